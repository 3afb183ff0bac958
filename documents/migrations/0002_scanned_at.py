"""Whether a virus scanner has looked at a file, and when."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="scanned_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a virus scanner found nothing. Empty: not scanned.",
                null=True,
                verbose_name="scanned at",
            ),
        ),
    ]
