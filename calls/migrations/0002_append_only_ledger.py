"""What is in the ledger stays in the ledger."""

from django.db import migrations

from audit.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial"), ("audit", "0001_initial")]
    operations = append_only("calls_ledgerentry")
