"""What an organisation said of itself and declared of its group stays as it was said."""

from django.db import migrations

from audit.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("applications", "0006_organisations_and_checks"), ("audit", "0001_initial")]
    operations = [*append_only("applications_organisationversion"), *append_only("applications_smedeclaration")]
