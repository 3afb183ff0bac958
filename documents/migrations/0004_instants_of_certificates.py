"""The instants of a certificate are named as every instant is."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_seal_certificates")]

    operations = [
        migrations.RemoveConstraint("sealcertificate", "certificate_replaced_after_its_first_use"),
        migrations.RenameField("sealcertificate", "not_before", "begins_at"),
        migrations.RenameField("sealcertificate", "not_after", "ends_at"),
        migrations.RenameField("sealcertificate", "since", "used_at"),
        migrations.RenameField("sealcertificate", "compromised_since", "compromised_at"),
        migrations.AddConstraint(
            "sealcertificate",
            models.CheckConstraint(
                condition=Q(replaced_at=None) | Q(replaced_at__gte=F("used_at")),
                name="certificate_replaced_after_its_first_use",
            ),
        ),
    ]
