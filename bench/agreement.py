"""How long a manager waits for a grant agreement: from the click to the finished PDF, through the real worker.

    python -m bench.agreement

The click is the POST of the button "prepare". The end is the commit that makes the agreement ready to sign: by then the
PDF is on disk with its hash, and the mails to the parties are in the outbox. Between two runs the rows of the last one
are deleted, so that the same application gets its agreement again.
"""

import statistics
import sys
import time
from typing import Any

from bench.stage import Stage, machine, say, staged, wait_until

RUNS = 5
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
    agreement = wait_until(lambda: ready.select_related("document").first(), what="The PDF", pause=0.01)
    return time.perf_counter() - began, agreement.document.size


def forget(application: Any) -> None:
    from vouchers.models import GrantAgreement

    agreement = GrantAgreement.objects.select_related("document").get(application=application)
    agreement.delete()
    agreement.document.delete()


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


if __name__ == "__main__":
    with staged() as stage:
        measure(stage)
