"""A Eurocluster with 200 calls and any number of applications, written to the database in bulk.

What is written holds together as if the services had done it: submissions, partners, checks, reviews, ranking, decisions,
agreements, vouchers and claims, and ledger entries that add up to the counters of the line. Left out is what no list, desk,
figure or statement reads: answers to sections, marks per criterion, payment batches, mails.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

CALLS, FIRMS, EXPERTS = 200, 2000, 60
#: The first applications stand in two calls, a third of them being evaluated and the others funded, so that every list of
#: them fills a page: the last of the awards wait for their agreements, fifty and more have come to theirs.
FIRST, TWO = 100, (1, 2)
SLUG = "recentre"
AWARD = Decimal("26000.00")
ALLOCATED = Decimal("900000000.00")
COUNTRIES = ("RO", "IT", "RO", "ES", "RO", "BG", "FR", "BE")
#: What stands in a call of each kind, by the tenth application.
OPEN = ("submitted",) * 7 + ("draft", "draft", "withdrawn")
EVALUATED = ("eligible",) * 7 + ("submitted", "ineligible", "withdrawn")
FUNDED = ("awarded",) * 10
DECIDED = ("awarded",) * 5 + ("reserve", "rejected", "rejected", "rejected", "ineligible")
CHECKED = frozenset({"eligible", "ineligible", "awarded", "reserve", "rejected"})
REVIEWED = CHECKED - {"ineligible"}
OUTCOMES = {"awarded": "funded", "reserve": "reserve", "rejected": "rejected"}


@dataclass
class Crowd:
    at: datetime
    eurocluster: Any = None
    line: Any = None
    person: Any = None
    calls: list[Any] = field(default_factory=list)
    forms: dict[int, Any] = field(default_factory=dict)
    lists: dict[int, Any] = field(default_factory=dict)
    firms: list[Any] = field(default_factory=list)
    experts: list[Any] = field(default_factory=list)

    def days_ago(self, days: float) -> datetime:
        return self.at - timedelta(days=days)


# --- What both portals have -------------------------------------------------------------------


def prepare(at: datetime) -> Crowd:
    """The Eurocluster with its line, 200 calls, firms and experts, and its manager; no application yet."""
    from calls import services as calls
    from calls.models import BudgetLine, Eurocluster

    crowd = Crowd(at, Eurocluster.objects.get(slug=SLUG), person=_user("applicant"))
    crowd.line = BudgetLine.objects.create(
        eurocluster=crowd.eurocluster, code="crowd", title="Vouchers of the crowd", strand="innovate"
    )
    calls.allocate_to_line(
        line_id=crowd.line.pk,
        amount_eur=ALLOCATED,
        cause=crowd.line,
        key="allocation:crowd",
        memo="Grant",
        by=None,
        at=crowd.days_ago(700),
    )
    calls.give_role(
        user=_user("manager"), role="manager", eurocluster=crowd.eurocluster, by=None, at=crowd.days_ago(700)
    )
    _make_calls(crowd)
    _make_firms(crowd)
    _make_experts(crowd)
    return crowd


def _user(name: str) -> Any:
    from accounts.models import User

    return User.objects.create_user(f"{name}@crowd.example", "correct-horse-battery", full_name=name.title())


def _make_calls(crowd: Crowd) -> None:
    from calls.models import Call, CallForm, Criterion
    from evaluation.models import RankingList

    pattern = Call.objects.filter(eurocluster=crowd.eurocluster).order_by("pk").first()
    definition = pattern.forms.first().definition
    marked = list(pattern.criteria.all())
    values = {one.attname: getattr(pattern, one.attname) for one in Call._meta.concrete_fields if one.attname != "id"}
    rows = [Call(**values | _settings(crowd, number)) for number in range(CALLS)]
    crowd.calls = Call.objects.bulk_create(rows)
    forms = CallForm.objects.bulk_create(
        CallForm(call=call, version=1, definition=definition, created_at=crowd.at) for call in crowd.calls
    )
    crowd.forms = {one.call_id: one for one in forms}
    for call in crowd.calls:
        Criterion.objects.bulk_create(_copied(one, call) for one in marked)
    decided = [call for call in crowd.calls if call.status == "implementation"]
    lists = RankingList.objects.bulk_create(
        RankingList(
            call=call,
            number=1,
            made_by=crowd.person,
            made_at=crowd.days_ago(60),
            available_eur=ALLOCATED,
            decided_at=crowd.days_ago(60),
            decided_by=crowd.person,
        )
        for call in decided
    )
    crowd.lists = {one.call_id: one for one in lists}


def _settings(crowd: Crowd, number: int) -> dict[str, Any]:
    status = ("published", "evaluation", "implementation", "implementation")[number % 4]
    closes = crowd.at + timedelta(days=20 + number) if status == "published" else crowd.days_ago(100 + number)
    return {
        "budget_line_id": crowd.line.pk,
        "code": f"crowd-{number}",
        "title": f"Vouchers of the crowd, call {number}",
        "status": status,
        "opens_at": closes - timedelta(days=200),
        "closes_at": closes,
        "published_at": closes - timedelta(days=210),
    }


def _copied(criterion: Any, call: Any) -> Any:
    values = {one.attname: getattr(criterion, one.attname) for one in criterion._meta.concrete_fields}
    return type(criterion)(**values | {"id": None, "call_id": call.pk})


def _make_firms(crowd: Crowd) -> None:
    from applications.models import Organisation

    crowd.firms = Organisation.objects.bulk_create(
        Organisation(
            legal_name=f"Firm {number} of the crowd",
            country=COUNTRIES[number % len(COUNTRIES)],
            registration_number=f"J12/{number}/2012",
            street="Strada Fabricii 84",
            postcode="400632",
            city="Cluj-Napoca",
            nace="31.09",
            founded_on=date(2012, 3, 17),
            headcount=34,
            turnover_eur=2410000,
            balance_sheet_eur=1680000,
            size_category="small",
            created_at=crowd.days_ago(400),
        )
        for number in range(FIRMS)
    )


def _make_experts(crowd: Crowd) -> None:
    from evaluation.models import Expert

    for number in range(EXPERTS):
        expert = Expert.objects.create(user=_user(f"expert{number}"), country="BE", languages=["en"])
        expert.euroclusters.add(crowd.eurocluster)
        crowd.experts.append(expert)


# --- Applications -----------------------------------------------------------------------------


def join(crowd: Crowd, first: int, last: int) -> None:
    """Applications with these numbers, spread over the calls in turn, and everything that hangs on them."""
    from django.db import transaction

    chance = random.Random(first)
    with transaction.atomic():
        rows = _applications(crowd, range(first, last), chance)
        _partners(crowd, rows)
        submissions = _submissions(crowd, rows)
        _checks(crowd, rows)
        _reviews(crowd, [row for row in rows if row.status in REVIEWED], submissions, chance)
        _decisions(crowd, [row for row in rows if row.status in OUTCOMES], chance)
        _withdrawals(crowd, [row for row in rows if row.status == "withdrawn"])
        _mean_scores(rows)


def _applications(crowd: Crowd, numbers: Iterable[int], chance: random.Random) -> list[Any]:
    from applications.models import Application

    return Application.objects.bulk_create([_application(crowd, number, chance) for number in numbers])


def _application(crowd: Crowd, number: int, chance: random.Random) -> Any:
    from applications.models import Application

    is_first = number < FIRST
    call = crowd.calls[TWO[number % 3 > 0] if is_first else number % CALLS]
    standing = {"published": OPEN, "evaluation": EVALUATED}.get(call.status, FUNDED if is_first else DECIDED)
    status = standing[(number // 3 if is_first else number // CALLS + number) % 10]
    submitted = min(call.closes_at, crowd.at) - timedelta(days=chance.expovariate(0.1), hours=1)
    sent = {} if status == "draft" else {"submitted_at": submitted, "submitted_by": crowd.person}
    if status in OUTCOMES:
        sent["decided_at"] = crowd.days_ago(60)
    return Application(
        call=call,
        form=crowd.forms[call.pk],
        reference=None if status == "draft" else f"CROWD-{number:06}",
        status=status,
        title=f"Project {number} of the crowd",
        acronym=f"CROWD{number}",
        requested_eur=2 * AWARD,
        awarded_eur=AWARD if status == "awarded" else None,
        created_by=crowd.person,
        created_at=submitted - timedelta(days=chance.uniform(1, 30)),
        changed_at=submitted,
        **sent,
    )


def _partners(crowd: Crowd, rows: list[Any]) -> None:
    from applications.models import Participation

    Participation.objects.bulk_create(
        Participation(
            application=row,
            call_id=row.call_id,
            organisation=crowd.firms[(row.pk * 2 + place) % FIRMS],
            role=role,
            requested_eur=AWARD,
            awarded_eur=AWARD / 2 if row.status == "awarded" else None,
            confirmed_at=row.created_at,
            confirmed_by=crowd.person,
        )
        for row in rows
        for place, role in enumerate(("lead", "partner"))
    )


def _submissions(crowd: Crowd, rows: list[Any]) -> dict[int, Any]:
    from applications.models import Submission

    made = Submission.objects.bulk_create(
        Submission(
            application=row,
            number=1,
            submitted_at=row.submitted_at,
            submitted_by=crowd.person,
            content={"title": row.title},
            canonical=row.title,
            sha256=hashlib.sha256(row.title.encode()).hexdigest(),
        )
        for row in rows
        if row.submitted_at
    )
    return {one.application_id: one for one in made}


def _checks(crowd: Crowd, rows: list[Any]) -> None:
    from applications.models import EligibilityCheck

    EligibilityCheck.objects.bulk_create(
        EligibilityCheck(
            application=row,
            results=[{"rule": "partners", "outcome": "pass"}],
            is_eligible=row.status != "ineligible",
            note="Too few partners." if row.status == "ineligible" else "",
            checked_by=crowd.person,
            checked_at=row.submitted_at + timedelta(days=9),
        )
        for row in rows
        if row.status in CHECKED
    )


def _reviews(crowd: Crowd, rows: list[Any], submissions: dict[int, Any], chance: random.Random) -> None:
    """Two experts each; of those not decided a fifth still reads."""
    from evaluation.models import Assignment, Review

    asked = [
        Assignment(
            application=row,
            submission=submissions[row.pk],
            expert=crowd.experts[(row.pk + place) % EXPERTS],
            status="accepted" if row.status == "eligible" and chance.random() < 0.2 else "reviewed",
            due_on=crowd.days_ago(10 - place * 20).date(),
            assigned_by=crowd.person,
            assigned_at=crowd.days_ago(70),
            answered_at=crowd.days_ago(69),
            has_declared_no_conflict=True,
        )
        for row in rows
        for place in range(2)
    ]
    Assignment.objects.bulk_create(asked)
    Review.objects.bulk_create(
        Review(
            assignment=one,
            version=1,
            saved_at=crowd.days_ago(62),
            submitted_at=crowd.days_ago(62),
            total=Decimal(chance.randint(12, 30)) / 2,
        )
        for one in asked
        if one.status == "reviewed"
    )


def _mean_scores(rows: list[Any]) -> None:
    """As submitting a review keeps them."""
    from applications.models import Application
    from evaluation.models import Assignment

    means = dict(Assignment.objects.filter(application__in=[row.pk for row in rows]).means())
    for row in rows:
        row.mean_score = means.get(row.pk)
    Application.objects.bulk_update([row for row in rows if row.pk in means], ["mean_score"])


def _decisions(crowd: Crowd, rows: list[Any], chance: random.Random) -> None:
    from bench.crowd_money import spend
    from evaluation.models import Decision, RankingEntry

    entries = RankingEntry.objects.bulk_create(
        RankingEntry(
            ranking_list=crowd.lists[row.call_id],
            application=row,
            position=row.pk,
            marks={},
            total=12,
            score=12,
            proposed=OUTCOMES[row.status],
            proposed_eur=row.awarded_eur or 0,
            reason="By the marks.",
        )
        for row in rows
    )
    Decision.objects.bulk_create(
        Decision(
            application=row,
            entry=entry,
            outcome=OUTCOMES[row.status],
            amount_eur=row.awarded_eur or 0,
            decided_by=crowd.person,
            decided_at=row.decided_at,
        )
        for row, entry in zip(rows, entries, strict=True)
    )
    spend(crowd, [row for row in rows if row.status == "awarded"], chance)


def _withdrawals(crowd: Crowd, rows: list[Any]) -> None:
    from audit import services as audit

    for row in rows:
        audit.record("application.withdrawn", subject=row, actor=crowd.person, at=crowd.days_ago(20))
