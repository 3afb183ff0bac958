"""A Eurocluster with 200 calls, firms and experts, written to the database in bulk: what any number of applications share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

CALLS, FIRMS, EXPERTS = 200, 2000, 60
SLUG = "recentre"
AWARD = Decimal("26000.00")
ALLOCATED = Decimal("900000000.00")
COUNTRIES = ("RO", "IT", "RO", "ES", "RO", "BG", "FR", "BE")


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
