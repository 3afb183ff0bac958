"""Damage that somebody with the keys of the database could do: is each of it named by the invariants?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import connection, transaction

Violations = Callable[[], Iterable[str]]


def overlooked(damages: str, violations: Violations) -> dict[str, list[str]]:
    """What `violations` say after those damages that they do not name; each is written `statement -- words that name it`."""
    found = {}
    for one in damages.strip().split("\n\n"):
        damage, named = one.split(" -- ")
        said = said_after(damage, violations)
        if not any(named in violation for violation in said):
            found[damage] = said
    return found


def said_after(damage: str, violations: Violations) -> list[str]:
    """What is said after a damage by a superuser, whom neither triggers nor other tables hold up; it is undone again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(damage)
        assert cursor.rowcount > 0
        said = list(violations())
        transaction.set_rollback(True)
    return said
