"""What was published about a call stays as it was published."""

from django.db import migrations

from audit.migrations_support import append_only


class Migration(migrations.Migration):
    dependencies = [("calls", "0004_changes_transfers_and_invitations"), ("audit", "0001_initial")]
    operations = [*append_only("calls_corrigendum"), *append_only("calls_extension")]
