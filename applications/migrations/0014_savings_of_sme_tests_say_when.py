"""Who acts is named with the instant, as everywhere; who is only told of has another name."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("applications", "0013_who_answered_and_described_once")]
    operations = [
        migrations.RemoveConstraint(model_name="organisation", name="a_page_describes_an_organisation_once"),
        migrations.RenameField(model_name="organisation", old_name="described_by", new_name="author"),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(
                condition=~Q(described_from=""),
                fields=["author", "described_from"],
                name="a_page_describes_an_organisation_once",
            ),
        ),
        migrations.RenameField(model_name="partnerinvitation", old_name="answered_by", new_name="respondent"),
        migrations.AddField(
            model_name="smedraftversion",
            name="saved_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="saved at"),
            preserve_default=False,
        ),
    ]
