"""The last minutes of a call: 300 people fill three sections and submit, and then as fast as it goes, beside pretalx.

    python -m bench.deadline_hour [minutes, 3 without] [people, 300 without]

The whole stack as `make run` has it, web processes, worker and beat, with the call really closing. Two figures:

- The deadline: 300 people come one after the other, ever more of them towards the end, and pause between their pages as
  people do. What the portal told each of them is held against its rows and its receipts; a control run of the same
  comparison, with one of each gone, must miss both.
- Throughput: eight clients without a pause, each person with a session, to pretalx and to the portal in turn, on an empty
  call and on calls that hold submissions already, as many on both sides. The aim is judged at the most of them.
"""

from __future__ import annotations

import contextlib
import functools
import io
import queue
import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

import psutil

from bench import applicants, earlier
from bench.applicants import Accepted, Applicant, Browser
from bench.peers.pretalx import running as peer
from bench.stage import Stage, machine, print_table, say, staged, wait_until

PEOPLE, CLIENTS, ROUNDS, PER_ROUND, PEER_PER_ROUND = 300, 8, 3, 100, 24
EARLIER = (0, 1_000, 10_000)  # submissions in the call before a comparison
MOST_SECONDS, LEAST_RATIO = 1.0, 10
PAUSE = 3.0  # seconds between two pages, on average


@dataclass
class Outcome:
    """What a crowd was told, and what went wrong."""

    accepted: list[Accepted] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    server_errors: int = 0
    requests: int = 0
    took: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0  # seconds of the web processes alone: what neighbours on the machine hardly change

    def add(self, browser: Browser, accepted: Accepted | None, failure: str = "") -> None:
        self.requests += len(browser.took)
        self.took += browser.took
        self.server_errors += browser.server_errors
        if accepted:
            self.accepted.append(accepted)
        else:
            self.failures.append(failure)

    @property
    def per_second(self) -> float:
        return len(self.accepted) / self.seconds


def go(browser: Browser, walk: Callable[[Browser], Accepted], outcome: Outcome, lock: threading.Lock) -> None:
    """One person's way, and what came of it."""
    accepted, failure = None, ""
    try:
        accepted = walk(browser)
    except (applicants.Refused, OSError) as problem:
        failure = repr(problem)
    with lock:
        outcome.add(browser, accepted, failure)


# --- The deadline -----------------------------------------------------------------------------


def last_minutes(port: int, people: Sequence[Applicant], seconds: float) -> Outcome:
    """Everybody has come, and gone, after this many seconds; half of them come in the last third."""
    outcome, lock, chance = Outcome(), threading.Lock(), random.Random(17)
    latest = seconds - 8 * PAUSE * 1.2
    threads = []
    for one in people:
        starts_after = latest * chance.random() ** 0.6
        pauses = random.Random(one.application)
        threads.append(threading.Thread(target=come, args=(port, one, starts_after, pauses, outcome, lock)))
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - began
    return outcome


def come(
    port: int, one: Applicant, starts_after: float, pauses: random.Random, outcome: Outcome, lock: threading.Lock
) -> None:
    time.sleep(starts_after)
    browser = applicants.browser_of(one, port)

    def rest() -> None:
        time.sleep(pauses.uniform(0.5, 1.5) * PAUSE)

    go(browser, lambda it: applicants.walk(one, it, rest), outcome, lock)


@dataclass(frozen=True)
class Losses:
    """Versions by application and number that somebody was told are there, and that have no row, or no receipt."""

    without_row: set[tuple[int, int]]
    without_receipt: set[tuple[int, int]]


def losses_in(told: Collection[Accepted]) -> Losses:
    from applications.models import Submission
    from documents.models import Document

    versions = {(one.application, one.number) for one in told}
    rows = set(Submission.objects.values_list("application", "number"))
    ready = Document.objects.filter(kind="receipt", status="ready").values_list("key", flat=True)
    receipts = {tuple(map(int, key.split(":")[1:3])) for key in ready}
    return Losses(versions - rows, versions - receipts)


def control(told: Sequence[Accepted], never_submitted: Applicant) -> Losses:
    """The same comparison with one more that was never submitted, and without the receipt of another."""
    from django.db import transaction

    from documents.models import Document

    with transaction.atomic():
        first = told[0]
        Document.objects.filter(key=f"receipt:{first.application}:{first.number}").delete()
        found = losses_in([*told, Accepted(never_submitted.application, 1, 0.0)])
        transaction.set_rollback(True)
    return found


def outbox_is_empty() -> bool:
    from notifications.models import OutboxJob

    return not OutboxJob.objects.exclude(status="done").exists()


# --- Throughput -------------------------------------------------------------------------------


def as_fast_as_it_goes(jobs: Sequence[tuple[Browser, Callable[[Browser], Accepted]]]) -> Outcome:
    """Eight clients, each taking the next person as soon as it is done with one."""
    outcome, lock, waiting = Outcome(), threading.Lock(), queue.SimpleQueue[Any]()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                go(*waiting.get_nowait(), outcome, lock)

    threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - began
    if not outcome.accepted:
        sys.exit(f"Nobody got through: {outcome.failures[:3]}")
    return outcome


def web_cpu(stage: Stage, name: str) -> float:
    """Seconds of CPU that a web server and its processes have used so far."""
    first = psutil.Process(stage.processes[name].pid)
    return sum(sum(one.cpu_times()[:2]) for one in [first, *first.children(recursive=True)])


def with_cpu(stage: Stage, name: str, run: Callable[[], Outcome]) -> Outcome:
    before = web_cpu(stage, name)
    outcome = run()
    outcome.cpu = web_cpu(stage, name) - before
    return outcome


def ours(port: int, people: Sequence[Applicant]) -> Outcome:
    def job(one: Applicant) -> tuple[Browser, Callable[[Browser], Accepted]]:
        return applicants.browser_of(one, port), lambda browser: applicants.walk(one, browser)

    return as_fast_as_it_goes([job(one) for one in people])


def theirs(pretalx: peer.Pretalx, people: Sequence[peer.Poster]) -> Outcome:
    def job(one: peer.Poster) -> tuple[Browser, Callable[[Browser], Accepted]]:
        return peer.browser_of(one, pretalx.port), lambda browser: peer.walk(one, browser, pretalx.facts)

    return as_fast_as_it_goes([job(one) for one in people])


# --- The stage --------------------------------------------------------------------------------


def start(stage: Stage) -> None:
    """As `make run` starts it, on reference data alone."""
    import django
    from django.core.management import call_command

    from eurocluster_portal.management.commands.serve import celery_command, web_command

    say("Preparing the portal …")
    django.setup()
    for command in ("migrate", "load_reference_data"):
        call_command(command, verbosity=0, stdout=io.StringIO())
    (stage.home / "static").mkdir(exist_ok=True)
    stage.start("web", web_command("127.0.0.1", str(stage.port)))
    stage.start("worker", celery_command("worker", "--concurrency", "2", "--without-gossip", "--without-mingle"))
    schedule = str(stage.home / "beat-schedule")
    stage.start("beat", celery_command("beat", "--schedule", schedule, "--pidfile", ""))
    wait_until(stage.answers, what="The first answer", pause=0.2)


def prepared(number: int, *, prefix: str) -> list[Applicant]:
    from django.db import connection
    from django.utils import timezone

    from calls.models import Call

    at = timezone.now()
    call = Call.objects.filter(code="deadline-hour").first() or applicants.make_call(at, at + timedelta(days=1))
    people = applicants.make_applicants(call, number, at, prefix=prefix)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return people


def close_call_in(seconds: float) -> None:
    from django.utils import timezone

    from calls.models import Call

    Call.objects.filter(code="deadline-hour").update(closes_at=timezone.now() + timedelta(seconds=seconds))


# --- Measuring --------------------------------------------------------------------------------


def measure(stage: Stage, minutes: float = 3, people_of_last_minutes: float = PEOPLE) -> None:
    crowd = prepared(int(people_of_last_minutes), prefix="last")
    (spare, *others) = prepared(1 + CLIENTS * 2 + len(EARLIER) * ROUNDS * PER_ROUND, prefix="fast")
    warm_up, people = others[: CLIENTS * 2], others[CLIENTS * 2 :]
    ours(stage.port, warm_up)
    wait_until(outbox_is_empty, what="The last receipt", timeout=600, pause=0.5)
    if peer.install():
        pretalx = peer.start(stage, CLIENTS * 2 + len(EARLIER) * ROUNDS * PEER_PER_ROUND)
        compare(stage, pretalx, people)
    wait_until(outbox_is_empty, what="The last receipt", timeout=600, pause=0.5)
    measure_deadline(stage, crowd, spare, minutes * 60)


def measure_deadline(stage: Stage, crowd: Sequence[Applicant], spare: Applicant, seconds: float) -> None:
    close_call_in(seconds + 30)
    outcome = last_minutes(stage.port, crowd, seconds)
    began = time.perf_counter()
    wait_until(outbox_is_empty, what="The last receipt", timeout=600, pause=0.5)
    drained = time.perf_counter() - began
    lost, noticed = losses_in(outcome.accepted), control(outcome.accepted, spare)
    took = sorted(one.took for one in outcome.accepted)
    late = statistics.quantiles(took, n=20)[-1]
    say(f"\nThe last {seconds / 60:.0f} minutes: {len(crowd)} people, {outcome.requests} requests; {machine()}")
    print_table(
        ["accepted", "without row", "without receipt", "5xx", "failed", "submit p50", "p95", "max", "all requests p95"],
        [
            [
                str(len(outcome.accepted)),
                str(len(lost.without_row)),
                str(len(lost.without_receipt)),
                str(outcome.server_errors),
                str(len(outcome.failures)),
                *(f"{one * 1000:.0f} ms" for one in (statistics.median(took), late, took[-1])),
                f"{statistics.quantiles(outcome.took, n=20)[-1] * 1000:.0f} ms",
            ]
        ],
    )
    say(f"The outbox was empty {drained:.1f} s after the last submission.")
    rows, receipts = len(noticed.without_row), len(noticed.without_receipt)
    say(f"Control, one submission made up and one receipt taken away: {rows} row and {receipts} receipts are missing.")
    for failure in outcome.failures[:5]:
        say(f"Failed: {failure}")
    is_met = len(outcome.accepted) == len(crowd) and not any([*vars(lost).values(), outcome.server_errors])
    say(f"Aim: all accepted and there, no 5xx, p95 at most {MOST_SECONDS} s: ")
    say("met" if is_met and late <= MOST_SECONDS else "missed")


@dataclass(frozen=True)
class Round:
    earlier: int
    us: Outcome
    them: Outcome

    @property
    def ratio(self) -> float:
        return self.us.per_second / self.them.per_second

    def row(self) -> list[str]:
        both = (self.us, self.them)
        return [
            f"{self.earlier:,}",
            f"{self.us.per_second:.2f}",
            f"{self.them.per_second:.2f}",
            f"{self.ratio:.1f}",
            " and ".join(f"{one.requests / len(one.accepted):.0f}" for one in both),
            " and ".join(f"{one.cpu * 1000 / len(one.accepted):.0f}" for one in both),
            str(sum(len(one.failures) for one in both)),
        ]


def compare(stage: Stage, pretalx: peer.Pretalx, people: Sequence[Applicant]) -> None:
    waiting, posters = iter(people), iter(pretalx.posters)
    theirs(pretalx, list(islice(posters, CLIENTS * 2)))  # to warm up
    rounds, there = [], 0
    for wanted in EARLIER:
        fill(pretalx, wanted - there, prefix=f"earlier-{wanted}")
        there = wanted
        for _turn in range(ROUNDS):
            asked, asking = list(islice(posters, PEER_PER_ROUND)), list(islice(waiting, PER_ROUND))
            them = with_cpu(stage, "pretalx", functools.partial(theirs, pretalx, asked))
            us = with_cpu(stage, "web", functools.partial(ours, stage.port, asking))
            rounds.append(Round(wanted, us, them))
    say(f"\nSubmissions per second, {CLIENTS} clients without a pause, in turn; {machine()}")
    head = ["submissions before", "portal", "pretalx", "ratio", "requests each", "ms CPU each", "failed"]
    print_table(head, [one.row() for one in rounds])
    ratios = {wanted: statistics.median(one.ratio for one in rounds if one.earlier == wanted) for wanted in EARLIER}
    for wanted, ratio in ratios.items():
        say(f"Median ratio with {wanted:,} submissions before: {ratio:.1f}")
    say(f"Aim {LEAST_RATIO}: {'met' if ratios[EARLIER[-1]] >= LEAST_RATIO else 'missed'}")


def fill(pretalx: peer.Pretalx, more: int, *, prefix: str) -> None:
    """So many more submissions in both calls, and statistics of both databases that know them."""
    from django.db import connection
    from django.utils import timezone

    from applications.models import Submission
    from calls.models import Call

    if not more:
        return
    say(f"Submitting {more:,} more to both calls …")
    pattern = Submission.objects.select_related("application__form").earliest("pk")
    call = Call.objects.get(code="deadline-hour")
    earlier.add_earlier(call, more, pattern, timezone.now(), prefix=prefix)
    connection.cursor().execute("VACUUM ANALYZE")
    peer.add_earlier(pretalx, more)


if __name__ == "__main__":
    with staged(start) as stage:
        measure(stage, *map(float, sys.argv[1:3]))
