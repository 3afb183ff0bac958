"""Who wrote is named with the instant, as everywhere."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0011_mean_score_and_titles")]
    operations = [
        migrations.AlterModelOptions(
            name="setaside",
            options={
                "ordering": ["application", "pk"],
                "verbose_name": "texts set aside",
                "verbose_name_plural": "texts set aside",
            },
        ),
        migrations.RenameField(model_name="setaside", old_name="kept_at", new_name="written_at"),
        migrations.AlterField(
            model_name="setaside", name="written_at", field=models.DateTimeField(verbose_name="written at")
        ),
        migrations.AlterModelOptions(
            name="setaside",
            options={
                "ordering": ["application", "-written_at", "-pk"],
                "verbose_name": "texts set aside",
                "verbose_name_plural": "texts set aside",
            },
        ),
    ]
