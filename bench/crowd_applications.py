"""Any number of applications of a crowd, written to the database in bulk.

What is written holds together as if the services had done it: submissions, partners, checks, reviews, ranking, decisions,
agreements, vouchers and claims, and ledger entries that add up to the counters of the line. Left out is what no list, desk,
figure or statement reads: answers to sections, marks per criterion, payment batches, mails.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bench.crowd import AWARD, CALLS, EXPERTS, FIRMS, Crowd
from bench.crowd_money import spend

#: The first applications stand in two calls, a third of them being evaluated and the others funded, so that every list of
#: them fills a page: the last of the awards wait for their agreements, fifty and more have come to theirs.
FIRST, TWO = 100, (1, 2)
#: What stands in a call of each kind, by the tenth application.
OPEN = ("submitted",) * 7 + ("draft", "draft", "withdrawn")
EVALUATED = ("eligible",) * 7 + ("submitted", "ineligible", "withdrawn")
FUNDED = ("awarded",) * 10
DECIDED = ("awarded",) * 5 + ("reserve", "rejected", "rejected", "rejected", "ineligible")
CHECKED = frozenset({"eligible", "ineligible", "awarded", "reserve", "rejected"})
REVIEWED = CHECKED - {"ineligible"}
OUTCOMES = {"awarded": "funded", "reserve": "reserve", "rejected": "rejected"}


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
