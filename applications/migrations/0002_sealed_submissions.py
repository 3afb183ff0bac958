"""A submission is sealed: its row can be neither changed nor removed."""

from django.db import migrations

from audit.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("applications", "0001_initial"), ("audit", "0001_initial")]
    operations = append_only("applications_submission")
