"""How long the main pages take inside the portal, and how often they ask the database.

    python -m bench.pages [requests per page, 40 without]

Real gunicorn, real sessions, the demo population. What is timed stands in bench/timed.py. One request at a time.
"""

import re
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.stage import Stage, Visitor, machine, print_table, say, staged

WARM_UP = 5
MOST_QUERIES, MOST_MS = 12, 30.0


@dataclass(frozen=True)
class Page:
    title: str
    who: str
    path: str


@dataclass(frozen=True)
class Sample:
    app: float  # ms
    cpu: float  # ms of the web process alone: what neighbours on the machine hardly change
    db: float  # ms
    queries: int


def member_of(organisation: Any) -> str:
    return str(organisation.memberships.order_by("pk").values_list("user__email", flat=True)[0])


def main_pages() -> list[Page]:
    from django.urls import reverse

    from applications.models import Application
    from calls.models import Call
    from evaluation.models import Assignment
    from vouchers.models import Claim, GrantAgreement, PaymentBatch, Voucher

    def page(title: str, who: str, name: str, *args: Any) -> Page:
        return Page(title, who, reverse(name, args=args))

    def current(prefix: str) -> Call:
        return Call.objects.filter(code__startswith=prefix).exclude(code__endswith="-2023").get()

    opened, evaluated, decided = map(current, ("recentre-innovation-", "desire-", "dream-innovation-"))
    applications = Application.objects.filter(call=opened).order_by("-pk")
    draft = applications.filter(status="draft", participations__role="partner")[0]
    lead = member_of(draft.participations.get(role="lead").organisation)
    submitted = applications.filter(status="submitted")[0]
    assignment = Assignment.objects.filter(status="accepted", review__isnull=False).select_related("expert__user")[0]
    reader = assignment.expert.user.email
    agreement = GrantAgreement.objects.filter(status="signed").order_by("pk")[0]
    voucher = Voucher.objects.filter(instalments__claims__isnull=False).order_by("pk")[0]
    holder = member_of(voucher.organisation)
    claim = Claim.objects.filter(status="submitted")[0]
    batch = PaymentBatch.objects.order_by("-pk")[0]
    manager, finance = "manager.{}@demo.example".format, "finance.{}@demo.example".format
    return [
        page("home", "", "home"),
        page("list of calls", "", "call_list"),
        page("call", "", "call_detail", opened.code),
        page("desk, applicant", lead, "desk"),
        page("desk, beneficiary", holder, "desk"),
        page("desk, manager", manager("desire"), "desk"),
        page("desk, evaluator", reader, "desk"),
        page("desk, finance", finance("dream"), "desk"),
        page("application, tasks", lead, "application_detail", draft.pk),
        page("application, a section", lead, "section_edit", draft.pk, "excellence"),
        page("application, check answers", lead, "application_check", draft.pk),
        page("applications of a call", manager("recentre"), "call_applications", opened.code),
        page("eligibility check", manager("recentre"), "eligibility_check", submitted.pk),
        page("evaluation overview", manager("desire"), "call_evaluation", evaluated.code),
        page("review", reader, "review_edit", assignment.pk),
        page("ranking", manager("dream"), "call_ranking", decided.code),
        page("agreement", manager("dream"), "agreement_detail", agreement.pk),
        page("voucher", holder, "voucher_detail", voucher.pk),
        page("finance desk", finance("dream"), "finance_desk", "dream"),
        page("claim", finance("dream"), "claim_detail", claim.pk),
        page("payment batch", finance("dream"), "batch_detail", batch.pk),
        page("budget", manager("dream"), "budget_detail", "dream"),
    ]


def sampler(stage: Stage, page: Page, session: str = "") -> Callable[[], Sample]:
    """Asks for the page as its person, or with a session that is there already."""
    visitor = Visitor(stage.port, session) if session else stage.visitor(page.who)

    def sample() -> Sample:
        answer = visitor.ask("GET", page.path)
        if answer.status != 200:
            sys.exit(f"{page.path} as {page.who or 'a visitor'} answers {answer.status}")
        app, cpu, db, queries = re.findall(r"dur=([\d.]+)", answer.getheader("Server-Timing", ""))
        return Sample(float(app), float(cpu), float(db), int(queries))

    return sample


def row_of(page: Page, samples: list[Sample]) -> list[str]:
    times = [one.app for one in samples]
    middle, late = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    queries = max(one.queries for one in samples)
    cpu = statistics.median(one.cpu for one in samples)
    database = statistics.median(one.db for one in samples)
    is_missed = queries > MOST_QUERIES or middle > MOST_MS
    figures = [f"{value:.1f}" for value in (min(times), middle, late, cpu, database)]
    return [page.title, str(queries), *figures, "missed" if is_missed else "met"]


def measure(stage: Stage, requests: int = 40) -> None:
    rows = []
    for page in main_pages():
        sample = sampler(stage, page)
        for _ in range(WARM_UP):
            sample()
        rows.append(row_of(page, [sample() for _ in range(requests)]))
    say(f"\nPages: {requests} requests each after {WARM_UP} to warm up; {machine()}")
    say(f"Aim: at most {MOST_QUERIES} queries, p50 at most {MOST_MS:.0f} ms. Times in ms, see bench/timed.py.\n")
    print_table(["page", "queries", "least", "p50", "p95", "CPU", "database", "aim"], rows)


if __name__ == "__main__":
    with staged() as stage:
        measure(stage, *map(int, sys.argv[1:2]))
