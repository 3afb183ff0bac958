"""Telling people, and effects outside the database. Use as `from notifications import services as notifications`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as audit
from audit.subjects import Subject, id_of, label_of
from notifications.models import Message, OutboxJob
from notifications.nudging import nudge_at_commit
from notifications.registry import priority_of
from notifications.states import MOVES, JobStatus
from notifications.texts import render_message

__all__ = [
    "enqueue",
    "enqueue_job",
    "enqueue_to_address",
    "give_up_job",
    "mark_read",
    "retry_job",
    "retry_stopped_jobs",
]

MOST_AT_ONCE = 1000


def enqueue(
    kind: str,
    *,
    to: Any,
    about: Subject,
    at: datetime,
    context: Mapping[str, Any] | None = None,
    url: str = "",
    key: str | None = None,
) -> Message:
    """Write a message to a person, show it in the portal and mail it once the transaction commits.

    `url` is a path of the portal (`/applications/17/`). With `key`, a person gets the message at most once however
    often this is called; without it, once per instant.
    """
    return store_message(
        kind, recipient=to, email=to.email, language=to.language, about=about, at=at, context=context, url=url, key=key
    )


def enqueue_to_address(
    kind: str,
    *,
    email: str,
    about: Subject,
    at: datetime,
    context: Mapping[str, Any] | None = None,
    url: str = "",
    key: str | None = None,
    language: str = "en",
) -> Message:
    """Mail someone who has no account (yet)."""
    return store_message(
        kind, recipient=None, email=email, language=language, about=about, at=at, context=context, url=url, key=key
    )


@transaction.atomic(savepoint=False)
def store_message(
    kind: str,
    *,
    recipient: Any,
    email: str,
    language: str,
    about: Subject,
    at: datetime,
    context: Mapping[str, Any] | None,
    url: str,
    key: str | None,
) -> Message:
    about_label, about_id = label_of(about), id_of(about)
    who = str(recipient.pk) if recipient else email.lower()
    unique = f"{kind}:{key or f'{about_label}:{about_id}:{at.isoformat()}'}:{who}"
    known = Message.objects.filter(key=unique).first()
    if known:
        return known
    text = render_message(
        kind, recipient=recipient, email=email, language=language, about=about, url=url, **(context or {})
    )
    message = Message(
        key=unique,
        kind=kind,
        recipient=recipient,
        email=email,
        language=language,
        subject=text.subject,
        body_text=text.body,
        url=url,
        about_label=about_label,
        about_id=about_id,
        created_at=at,
    )
    Message.objects.bulk_create([message], ignore_conflicts=True)  # somebody may tell the same in this instant
    message = Message.objects.get(key=unique)
    enqueue_job("notifications.deliver_message", key=f"message:{unique}", payload={"message": message.pk}, at=at)
    return message


@transaction.atomic(savepoint=False)
def enqueue_job(kind: str, *, key: str, payload: Mapping[str, Any], at: datetime) -> None:
    """Owe an effect outside the database; the same `key` owes it once. It starts when the transaction commits.

    One statement: this stands in every submission, also in the last minute of a call.
    """
    turn_at = at + priority_of(kind)
    job = OutboxJob(key=key, kind=kind, payload=dict(payload), created_at=at, next_attempt_at=at, turn_at=turn_at)
    OutboxJob.objects.bulk_create([job], ignore_conflicts=True)
    nudge_at_commit()


@transaction.atomic
def retry_job(*, job_id: int, by: Any, at: datetime) -> bool:
    """Try a stopped or given-up job once more; `False` when it is neither."""
    job = OutboxJob.objects.select_for_update(of=("self",)).get(pk=job_id)
    if JobStatus.PENDING not in MOVES[job.status]:
        return False
    start_anew(job, at=at)
    audit.record("job.retried", subject=job, actor=by, at=at, kind=job.kind, key=job.key)
    return True


@transaction.atomic
def retry_stopped_jobs(*, kind: str, by: Any, at: datetime) -> int:
    """Try every stopped job of a kind once more, or of all kinds (`""`), up to `MOST_AT_ONCE`; how many these are."""
    stopped = OutboxJob.objects.dead().filter(kind=kind) if kind else OutboxJob.objects.dead()
    jobs = list(stopped.select_for_update(of=("self",)).order_by("pk")[:MOST_AT_ONCE])
    for job in jobs:
        start_anew(job, at=at)
        audit.record("job.retried", subject=job, actor=by, at=at, kind=job.kind, key=job.key)
    return len(jobs)


def start_anew(job: OutboxJob, *, at: datetime) -> None:
    job.status, job.attempts, job.lost_workers, job.claimed_at = JobStatus.PENDING, 0, 0, None
    job.next_attempt_at, job.turn_at = at, at + priority_of(job.kind)
    fields = ["status", "attempts", "lost_workers", "claimed_at", "next_attempt_at", "turn_at"]
    job.save(update_fields=fields)
    nudge_at_commit()


@transaction.atomic
def give_up_job(*, job_id: int, by: Any, at: datetime) -> bool:
    """Say that a stopped job will not be done, so that nobody looks after it any more; `False` when it is not stopped."""
    job = OutboxJob.objects.select_for_update(of=("self",)).get(pk=job_id)
    if JobStatus.DROPPED not in MOVES[job.status]:
        return False
    job.status = JobStatus.DROPPED
    job.save(update_fields=["status"])
    audit.record("job.given_up", subject=job, actor=by, at=at, kind=job.kind, key=job.key, reason=job.last_error)
    return True


def mark_read(*, by: Any, at: datetime, message_id: int | None = None) -> int:
    """Mark one of the person's messages read, or all of them; how many changed."""
    messages = Message.objects.visible_to(by).unread()
    if message_id is not None:
        messages = messages.filter(pk=message_id)
    return messages.update(read_at=at)
