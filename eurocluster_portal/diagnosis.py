"""What an operator asks when something does not work: is all there that the portal leans on, and does it answer?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from documents import scanning, sealing
from documents.certificates import SealUnusable
from documents.models import RENEWAL, Document, SealCertificate
from eurocluster_portal.health import broker_answers, database_answers
from notifications.models import OutboxJob


class State(StrEnum):
    WELL = "ok"
    LOOK = "look"  # works, and somebody should know
    BAD = "BAD"


@dataclass(frozen=True)
class Finding:
    about: str
    state: State
    words: str


def findings(*, at: datetime) -> Iterator[Finding]:
    """One after the other, as each is known: a service that hangs takes its time."""
    has_database = database_answers()
    yield from _servers(has_database)
    yield _scanner()
    yield _seal(at, has_database)
    yield _stamps(at)
    if has_database:
        yield from _work(at)


def _servers(has_database: bool) -> Iterator[Finding]:
    for about, answers, loss in (
        ("database", has_database, "does not answer: nobody can work"),
        ("broker", broker_answers(), "does not answer: mails and documents wait for the sweeper"),
    ):
        yield Finding(about, State.WELL, "answers") if answers else Finding(about, State.BAD, loss)


def _scanner() -> Finding:
    if not scanning.has_scanner():
        return Finding("virus scanner", State.LOOK, "none (CLAMD_ADDRESS): files are not scanned")
    try:
        scanning.scan(b"nothing")
    except scanning.ScannerDown:
        return Finding("virus scanner", State.BAD, "does not answer: no file is taken")
    return Finding("virus scanner", State.WELL, "answers")


def _seal(at: datetime, has_database: bool) -> Finding:
    try:
        one = sealing.identity()
    except SealUnusable as refusal:
        return Finding("seal", State.BAD, f"{refusal}: no receipt is made")
    last = one.certificate.not_valid_after_utc
    named = f"{one.name}, {one.fingerprint[:16]}, until {last:%Y-%m-%d}"
    row = SealCertificate.objects.filter(fingerprint=one.fingerprint).first() if has_database else None
    if row is not None and not row.is_in_use:
        return Finding("seal", State.BAD, f"{named}: replaced or not trusted any more, so no receipt is made")
    if not one.is_valid_at(at):
        return Finding("seal", State.BAD, f"{named}: not valid now")
    if last - at < RENEWAL:
        return Finding("seal", State.LOOK, f"{named}: get another, then manage.py seal_certificate replace")
    if one.is_development:
        return Finding("seal", State.LOOK, f"{named}: made here, and nobody trusts it")
    return Finding("seal", State.WELL, named)


def _stamps(at: datetime) -> Finding:
    from documents.sealing import stamping  # only whoever asks pays for the import

    service = stamping.service()
    if service is None:
        return Finding("time stamps", State.LOOK, "none (SEAL_TIMESTAMP_URL): receipts are sealed without")
    began = time.monotonic()
    try:
        stamp = stamping.try_service(service, at=at)
    except stamping.StampUnavailable as refusal:
        return Finding("time stamps", State.BAD, f"{service.name}: {refusal}")
    return Finding("time stamps", State.WELL, f"{service.name}: {stamp.by}, in {time.monotonic() - began:.1f} s")


def _work(at: datetime) -> Iterator[Finding]:
    stopped, due = OutboxJob.objects.dead().count(), OutboxJob.objects.due(at).count()
    words = f"{due} due, {stopped} stopped (/manage/background-work/)"
    yield Finding("background work", State.LOOK if stopped else State.WELL, words)
    if number := Document.objects.unstamped().count():
        yield Finding("receipts", State.LOOK, f"{number} without time stamp, because none came in time")
