"""What must hold of organisations and applications at any moment."""

from __future__ import annotations

from collections.abc import Iterator

from applications.invariants import checks, organisations, records, submissions


def violations() -> Iterator[str]:
    for part in (submissions, checks, organisations, records):
        yield from part.violations()
