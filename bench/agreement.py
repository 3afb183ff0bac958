"""How long a manager waits for a grant agreement: from the click to the finished PDF, through the real worker.

    python -m bench.agreement

The click is the POST of the button "prepare". The end is the commit that makes the agreement ready to sign: by then the
PDF is on disk with its hash, and the mails to the parties are in the outbox. Between two runs the rows of the last one
are deleted, so that the same application gets its agreement again. Then the same click is made while the worker is busy with
a thousand mails: as they are owed today, and in the order in which they came, as it would be without priorities.
"""

import statistics
import sys
import time
from datetime import timedelta
from typing import Any

from bench.stage import Stage, machine, say, staged, wait_until

RUNS = 5
MAILS = 1000
BEGUN = 20  # mails that are done before the click: both children of the worker are at it
MOST_SECONDS = 3.0


def awarded_application() -> Any:
    from applications.models import Application

    return Application.objects.filter(status="awarded", agreement__isnull=True, call__eurocluster__slug="dream")[0]


def one_run(stage: Stage, application: Any) -> tuple[float, int]:
    """Seconds from the click, and the size of the PDF in bytes."""
    from django.urls import reverse

    from vouchers.models import GrantAgreement

    manager = stage.visitor("manager.dream@demo.example")
    began = time.perf_counter()
    answer = manager.ask("POST", reverse("agreement_prepare", args=[application.pk]))
    if answer.status != 302:
        sys.exit(f"The click answers {answer.status}")
    ready = GrantAgreement.objects.filter(application=application, status="ready", document__status="ready")
    agreement = wait_until(lambda: ready.select_related("document").first(), what="The PDF", timeout=300, pause=0.01)
    return time.perf_counter() - began, agreement.document.size


def forget(application: Any) -> None:
    from vouchers.models import GrantAgreement

    agreement = GrantAgreement.objects.select_related("document").get(application=application)
    agreement.delete()
    agreement.document.delete()


def owe_mails(name: str, patience: timedelta) -> None:
    """A thousand mails of one instant, whose turn comes after `patience`."""
    from django.utils import timezone

    from notifications.models import Message, OutboxJob

    now, about = timezone.now(), {"about_label": "bench", "about_id": name, "email": "ana@example.org"}
    told = [
        Message(key=f"{name}:{n}", kind="bench", subject=f"Mail {n}", body_text="A mail.\n", created_at=now, **about)
        for n in range(MAILS)
    ]
    rows = {"kind": "notifications.deliver_message", "created_at": now, "next_attempt_at": now}
    turn_at = now + patience
    OutboxJob.objects.bulk_create(
        OutboxJob(key=f"message:{one.key}", payload={"message": one.pk}, turn_at=turn_at, **rows)
        for one in Message.objects.bulk_create(told)
    )


def mails_left(name: str) -> int:
    from notifications.models import OutboxJob

    return OutboxJob.objects.pending().filter(key__startswith=f"message:{name}:").count()


def behind_mails(stage: Stage, application: Any, name: str, patience: timedelta) -> tuple[float, int]:
    """Seconds from the click, made while a thousand mails are being sent, and how many of them were left at its end."""
    from notifications.nudging import nudge

    owe_mails(name, patience)
    for _child in range(2):
        nudge()
    wait_until(lambda: mails_left(name) <= MAILS - BEGUN, what="The first mails")
    seconds, _size = one_run(stage, application)
    left = mails_left(name)
    wait_until(lambda: not mails_left(name), what="The last mail", timeout=300, pause=0.2)
    return seconds, left


def measure_behind_mails(stage: Stage, application: Any) -> None:
    from notifications.states import Priority

    cases = {"as owed": Priority.BULK, "first in, first out": -Priority.BULK}
    say(f"\nThe same click while {MAILS} mails are sent")
    for name, patience in cases.items():
        forget(application)
        seconds, left = behind_mails(stage, application, name.replace(" ", "-"), patience)
        say(f"{name}: {seconds:.2f} s, {left} mails left by then")


def measure(stage: Stage) -> None:
    application = awarded_application()
    runs = []
    for number in range(RUNS + 1):
        if number:
            forget(application)
        runs.append(one_run(stage, application))
    (first, size), *others = runs
    seconds = sorted(one for one, _ in others)
    middle = statistics.median(seconds)
    say(f"\nOne agreement from click to finished PDF ({size / 1000:.0f} kB); {machine()}")
    say(
        f"First of a fresh worker: {first:.2f} s. Then {RUNS} runs: "
        + ", ".join(f"{one:.2f}" for one in seconds)
        + " s."
    )
    say(
        f"Median {middle:.2f} s, aim {MOST_SECONDS:.0f} s: "
        + ("met" if max(middle, first) <= MOST_SECONDS else "missed")
    )
    measure_behind_mails(stage, application)


if __name__ == "__main__":
    with staged() as stage:
        measure(stage)
