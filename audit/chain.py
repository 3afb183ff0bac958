"""Checking the hash chain: one statement that recomputes every link inside PostgreSQL.

The digest below must stay equal to the one the sealing trigger uses (migration 0001). It is repeated here on purpose:
the check must not call a function that lives in the database it distrusts.
"""

from dataclasses import dataclass

from django.db import connection

DIGEST = """
    encode(sha256(convert_to(jsonb_build_array(
        previous_hash, position, id, (extract(epoch FROM at) * 1000000)::bigint, actor_id, actor_label,
        action, subject_label, subject_id, data::text
    )::text, 'UTF8')), 'hex')
"""

VERIFY = f"""
    WITH link AS (
        SELECT row_number() OVER chain AS place, position, hash, previous_hash, {DIGEST} AS digest,
               lag(hash, 1, '') OVER chain AS hash_before
        FROM audit_event WHERE position IS NOT NULL
        WINDOW chain AS (ORDER BY position)
    ), chain AS (
        SELECT count(*) AS length,
               min(place) FILTER (WHERE position <> place OR digest IS DISTINCT FROM hash
                                     OR previous_hash IS DISTINCT FROM hash_before) AS first_bad,
               (array_agg(hash ORDER BY place DESC))[1] AS last_hash
        FROM link
    ), tail AS (
        SELECT coalesce(max(position), 0) AS position, coalesce(max(hash), '') AS hash FROM audit_head
    )
    SELECT chain.length, tail.position, tail.hash,
           CASE
               WHEN chain.first_bad IS NOT NULL THEN least(chain.first_bad, tail.position + 1)
               WHEN chain.length <> tail.position THEN least(chain.length, tail.position) + 1
               WHEN chain.length > 0 AND chain.last_hash <> tail.hash THEN chain.length
               WHEN EXISTS (SELECT 1 FROM audit_event WHERE position IS NULL) THEN chain.length + 1
           END
    FROM chain, tail
"""  # noqa: S608 — constant text


@dataclass(frozen=True)
class ChainReport:
    """What the check found. `first_bad_position` is `None` for a whole chain; positions count from 1.

    A removed event is named by the position it had, an event that was slipped in by the position it would have got.
    """

    checked: int
    first_bad_position: int | None
    head_position: int
    head: str

    @property
    def is_whole(self) -> bool:
        return self.first_bad_position is None


def verify_chain() -> ChainReport:
    """Recompute every link and compare the end with the noted head.

    Inside a transaction the caller's own, still unsealed events are sealed first.
    """
    with connection.cursor() as cursor:
        if connection.in_atomic_block:
            seal_pending_events()
        cursor.execute(VERIFY)
        checked, head_position, head, first_bad = cursor.fetchone()
    return ChainReport(checked=checked, first_bad_position=first_bad, head_position=head_position, head=head)


def seal_pending_events() -> None:
    """Seal the events of the open transaction now instead of at commit; holds the chain's head until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS audit_event_request_seal, audit_event_seal IMMEDIATE")
        cursor.execute("SET CONSTRAINTS audit_event_request_seal, audit_event_seal DEFERRED")


def hash_at(position: int) -> str | None:
    """The hash sealed at a position, to compare with one noted outside the database."""
    from audit.models import Event

    return Event.objects.filter(position=position).values_list("hash", flat=True).first()
