"""A list asks the database as often for four rows as for one, and never more than twelve times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from applications import services as applications
from calls import services as calls
from calls.models import Call
from calls.states import Role
from evaluation import services as evaluation
from evaluation.models import Assignment
from notifications.models import Message, OutboxJob
from tests import scenes
from vouchers import services as vouchers
from vouchers.models import Claim, GrantAgreement, PaymentBatch, Recovery, Voucher

pytestmark = pytest.mark.django_db

MOST = 12
#: A page of eight plots, each worked out by one or two sums.
MOST_OF_PLOTS = 15
#: The rules of a call with all they look at: group, earlier awards, consortium, the same project elsewhere.
MOST_OF_RULES = 14
FEW, MANY = 1, 4


@dataclass
class Lists:
    """A Eurocluster in which every list has `rows` rows for the person who reads it."""

    rows: int
    pairs: dict[str, list[scenes.Pair]] = field(default_factory=dict)
    people: dict[str, User | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slug = f"cluster-of-{self.rows}"
        self.eurocluster = scenes.eurocluster(self.slug, f"C{self.rows}")
        self.lines = [
            scenes.budget_line(self.eurocluster, "1040000.00", code=f"line-{number}") for number in range(self.rows)
        ]
        for role in (Role.MANAGER, Role.FINANCE, Role.OWNER, Role.OBSERVER):
            self.people[role.value] = scenes.team_member(role, self.eurocluster)
        self.second = scenes.team_member(Role.FINANCE, self.eurocluster)
        self.experts = [scenes.expert(self.eurocluster) for _ in range(2)]
        administrator = scenes.person("Administrator of all")
        calls.give_role(user=administrator, role=Role.ADMINISTRATOR, eurocluster=None, by=None, at=scenes.OPENS)
        self.people |= {
            "anonymous": None,
            "newcomer": scenes.person("Newcomer"),
            "member": scenes.person("Member of many firms"),
            "expert": self.experts[0].user,
            "administrator": administrator,
        }
        self._fill()

    def _person(self, who: str) -> User:
        found = self.people[who]
        assert found
        return found

    @property
    def manager(self) -> User:
        return self._person("manager")

    @property
    def finance(self) -> User:
        return self._person("finance")

    @property
    def member(self) -> User:
        return self._person("member")

    def _fill(self) -> None:
        make = scenes.open_call
        self.open_calls = [make(self.eurocluster, line, **scenes.open_now()) for line in self.lines]
        self.evaluated, self.ranked, self.decided = (make(self.eurocluster, self.lines[0]) for _ in range(3))
        numbers = range(self.rows)
        self.pairs["draft"] = [self._pair(self.open_calls[0], "draft") for _ in numbers]
        self.pairs["submitted"] = [self._pair(self.open_calls[0], "submitted") for _ in numbers]
        self.pairs["eligible"] = [self._pair(self.evaluated, "eligible") for _ in numbers]
        self.pairs["ranked"] = [self._reviewed(self.ranked) for _ in numbers]
        scenes.ranked(self.ranked, self.manager)
        self.pairs["awarded"] = [self._reviewed(self.decided) for _ in range(3 * self.rows)]
        decided = scenes.ranked(self.decided, self.manager)
        evaluation.decide_ranking(ranking_list_id=decided.pk, by=self.manager, at=scenes.AFTER)
        for made in self.pairs["eligible"]:
            self._assign(made)
        self._propose_transfers()
        self._pay()
        self._ask_back()
        self._tell()
        self._stop_jobs()

    def _pair(self, call: Call, stage: str) -> scenes.Pair:
        at = scenes.now() if call in self.open_calls else scenes.OPEN
        made = scenes.pair(call, at=at)
        if stage != "draft":
            made.fill(at=at).submit(at=at)
        if stage == "eligible":
            applications.decide_eligibility(
                application_id=made.application.pk, is_eligible=True, note="", by=self.manager, at=scenes.AFTER
            )
        if call is not self.ranked:
            self._join(made, at)
        made.application.refresh_from_db()
        return made

    def _join(self, made: scenes.Pair, at: datetime) -> None:
        """Make the member one of both firms."""
        for organisation, by in zip(made.organisations, (made.lead, made.partner), strict=True):
            scenes.colleague(organisation, self.member, by=by, at=at)

    def _reviewed(self, call: Call) -> scenes.Pair:
        made = self._pair(call, "eligible")
        for reader in self.experts:
            scenes.review(made, reader, self.manager, ("4", "4", "4"))
        return made

    def _assign(self, made: scenes.Pair) -> None:
        for reader in self.experts:
            evaluation.assign_expert(
                application_id=made.application.pk,
                expert_id=reader.pk,
                due_on=(scenes.AFTER + timedelta(days=21)).date(),
                by=self.manager,
                at=scenes.AFTER,
            )

    def _pay(self) -> None:
        """A third of the awards waits for an agreement, a third for approvals and batches, a third for the bank."""
        awarded = self.pairs["awarded"]
        for made in awarded[self.rows : 2 * self.rows]:
            scenes.signed(made, self.manager, content=b"%PDF")
            scenes.claimed(made, 0)
            waiting = scenes.claimed(made, 1)
            vouchers.approve_claim(claim_id=waiting.pk, by=self.finance, at=scenes.AFTER)
        for made in awarded[2 * self.rows : 3 * self.rows]:
            scenes.signed(made, self.manager, content=b"%PDF")
            scenes.batched(scenes.claimed(made, 0), self.finance)
            released = scenes.batched(scenes.claimed(made, 1), self.finance)
            vouchers.release_batch(batch_id=released.pk, by=self.second, at=scenes.AFTER)

    def _ask_back(self) -> None:
        """Something of as many vouchers as there are rows."""
        for voucher in Voucher.objects.filter(self.ours("agreement__application"))[: self.rows]:
            Recovery.objects.create(
                voucher=voucher,
                amount_eur=1,
                reason=f"Not spent on {voucher.number}",
                due_on=scenes.AFTER.date(),
                asked_by=self.finance,
                asked_at=scenes.AFTER,
            )

    def _propose_transfers(self) -> None:
        spare = scenes.budget_line(self.eurocluster, "1000.00", code="spare")
        for number in range(self.rows):
            calls.propose_transfer(
                source_id=spare.pk,
                target_id=self.lines[0].pk,
                amount_eur=Decimal(number + 1),
                reason="Amendment",
                by=self.manager,
                at=scenes.OPEN,
            )

    def _tell(self) -> None:
        """Messages to somebody to whom nothing else was told."""
        for number in range(self.rows):
            Message.objects.create(
                key=f"{self.slug}:{number}",
                kind="note",
                recipient=self.people["newcomer"],
                email="newcomer@portal.example",
                subject=f"Message {number} of {self.slug}",
                body_text="A message.",
                about_label="calls.eurocluster",
                about_id=str(self.eurocluster.pk),
                created_at=scenes.now(),
            )

    def _stop_jobs(self) -> None:
        for number in range(self.rows):
            told = Message.objects.create(
                key=f"stopped:{self.slug}:{number}",
                kind="note",
                email="nobody@portal.example",
                subject=f"Told {number} of {self.slug}",
                body_text="A message.",
                about_label="calls.eurocluster",
                about_id=str(self.eurocluster.pk),
                created_at=scenes.now(),
            )
            OutboxJob.objects.create(
                kind="notifications.deliver_message",
                key=f"stopped:{self.slug}:{number}",
                payload={"message": told.pk},
                status="dead",
                created_at=scenes.now(),
                next_attempt_at=scenes.now(),
            )

    # What each list shows: every one of these texts must be on the page.

    def references(self, *stages: str) -> list[str]:
        return [made.application.reference or "" for stage in stages for made in self.pairs[stage]]

    def firms(self) -> list[str]:
        return [firm.legal_name for made in self.pairs["draft"] for firm in made.organisations]

    def agreements(self) -> list[str]:
        return list(GrantAgreement.objects.filter(self.ours("application")).values_list("number", flat=True))

    def voucher_numbers(self) -> list[str]:
        return list(Voucher.objects.filter(self.ours("agreement__application")).values_list("number", flat=True))

    def claims(self, **having: Any) -> list[str]:
        claims = Claim.objects.filter(self.ours("instalment__voucher__agreement__application"), **having)
        return list(claims.values_list("number", flat=True))

    def batches(self) -> list[str]:
        return list(PaymentBatch.objects.filter(eurocluster=self.eurocluster).values_list("number", flat=True))

    def recoveries(self) -> list[str]:
        asked = Recovery.objects.filter(self.ours("voucher__agreement__application"))
        return list(asked.values_list("voucher__number", flat=True))

    def payments(self) -> list[str]:
        return [*self.claims(status__in=["submitted", "approved"]), *self.batches()]

    def first_voucher(self) -> Voucher:
        """One whose first instalment was claimed."""
        return Voucher.objects.filter(self.ours("agreement__application"), instalments__claims__isnull=False)[0]

    def assignment(self) -> Assignment:
        """Accepted and reviewed."""
        return self.experts[0].assignments.filter(status="reviewed")[0]

    def ours(self, path: str) -> Q:
        return Q(**{f"{path}__call__eurocluster": self.eurocluster})


def nothing(_: Lists) -> list[Any]:
    return []


@dataclass(frozen=True)
class Page:
    who: str
    name: str
    args: Callable[[Lists], list[str | int]] = nothing
    shows: Callable[[Lists], list[str]] = nothing
    most: int = MOST

    def __str__(self) -> str:
        return f"{self.name} for {self.who}"


def slug(lists: Lists) -> list[str | int]:
    return [lists.slug]


PAGES = [
    Page("anonymous", "home", shows=lambda lists: [call.code for call in lists.open_calls]),
    Page("anonymous", "call_list", shows=lambda lists: [call.code for call in lists.open_calls]),
    Page("anonymous", "eurocluster_detail", slug, lambda lists: [call.code for call in lists.open_calls]),
    Page("member", "organisation_list", shows=lambda lists: lists.firms()),
    Page("member", "application_list", shows=lambda lists: lists.references("draft", "submitted", "eligible")),
    Page("member", "agreement_list", shows=Lists.agreements),
    Page("member", "voucher_list", shows=Lists.voucher_numbers),
    Page("manager", "manage_eurocluster", slug, lambda lists: [call.code for call in lists.open_calls]),
    Page("manager", "budget_detail", slug, lambda lists: [line.title for line in lists.lines]),
    Page("finance", "transfer_list", slug, lambda lists: [f"€{n + 1}.00 from" for n in range(lists.rows)]),
    Page("manager", "budget_forecast", slug, lambda lists: [line.title for line in lists.lines]),
    Page("manager", "eurocluster_figures", slug, lambda lists: [c.code for c in lists.open_calls], MOST_OF_PLOTS),
    Page("manager", "call_figures", lambda lists: [lists.evaluated.code], most=MOST_OF_PLOTS),
    Page("manager", "call_figures", lambda lists: [lists.decided.code], most=MOST_OF_PLOTS),
    Page("owner", "profile_edit", slug),
    Page("owner", "partners_edit", slug),
    Page("owner", "payer_edit", slug),
    Page("administrator", "eurocluster_create"),
    Page("administrator", "budget_line_create", slug),
    Page("administrator", "job_list", shows=lambda lists: [f"Told {n} of {lists.slug}" for n in range(lists.rows)]),
    Page("owner", "eurocluster_list", shows=lambda lists: [lists.eurocluster.name]),
    Page("owner", "country_list_list"),
    Page("owner", "country_list_detail", lambda _lists: [scenes.listed_country().country_list.code]),
    Page("owner", "team_detail", slug, lambda lists: [lists.manager.full_name]),
    Page("manager", "call_manage", lambda lists: [lists.evaluated.code]),
    Page("manager", "form_builder", lambda lists: [lists.open_calls[0].code]),
    Page("manager", "form_question_change", lambda lists: [lists.open_calls[0].code, "project", "title"]),
    Page("manager", "form_preview", lambda lists: [lists.open_calls[0].code, "costs"]),
    Page(
        "manager",
        "call_applications",
        lambda lists: [lists.open_calls[0].code],
        lambda lists: lists.references("submitted"),
    ),
    Page(
        "manager", "eurocluster_applications", slug, lambda lists: lists.references("submitted", "eligible", "ranked")
    ),
    Page(
        "manager", "call_evaluation", lambda lists: [lists.evaluated.code], lambda lists: lists.references("eligible")
    ),
    Page("manager", "call_ranking", lambda lists: [lists.ranked.code], lambda lists: lists.references("ranked")),
    Page("manager", "call_ranking", lambda lists: [lists.decided.code], lambda lists: lists.references("awarded")),
    Page("manager", "agreement_list", shows=lambda lists: [*lists.agreements(), *lists.references("awarded")]),
    Page("manager", "voucher_list", shows=Lists.voucher_numbers),
    Page("manager", "eurocluster_calls", slug, lambda lists: [call.code for call in lists.open_calls]),
    Page("member", "claim_list", shows=Lists.claims),
    Page("finance", "claim_list", shows=Lists.claims),
    Page("finance", "batch_list", slug, Lists.batches),
    Page("finance", "recovery_list", slug, Lists.recoveries),
    Page("expert", "assignment_list", shows=lambda lists: lists.references("eligible", "ranked")),
    Page("finance", "finance_desk", slug, Lists.payments),
    Page("newcomer", "message_list", shows=lambda lists: [f"Message {n} of {lists.slug}" for n in range(lists.rows)]),
    Page("anonymous", "call_detail", lambda lists: [lists.open_calls[0].code]),
    Page("member", "organisation_detail", lambda lists: [lists.pairs["submitted"][0].organisations[0].pk]),
    Page("member", "organisation_people", lambda lists: [lists.pairs["submitted"][0].organisations[0].pk]),
    Page("member", "organisation_history", lambda lists: [lists.pairs["submitted"][0].organisations[0].pk]),
    Page("member", "organisation_periods", lambda lists: [lists.pairs["submitted"][0].organisations[0].pk]),
    Page("member", "application_detail", lambda lists: [lists.pairs["draft"][0].application.pk]),
    Page("member", "section_edit", lambda lists: [lists.pairs["draft"][0].application.pk, "project"]),
    Page("member", "application_check", lambda lists: [lists.pairs["draft"][0].application.pk]),
    Page("member", "application_confirmation", lambda lists: [lists.pairs["submitted"][0].application.pk, 1]),
    Page("member", "application_read", lambda lists: [lists.pairs["submitted"][0].application.pk]),
    Page("member", "application_result", lambda lists: [lists.pairs["awarded"][0].application.pk]),
    Page(
        "manager", "eligibility_check", lambda lists: [lists.pairs["submitted"][0].application.pk], most=MOST_OF_RULES
    ),
    Page("manager", "call_create", slug),
    Page("expert", "assignment_detail", lambda lists: [lists.assignment().pk]),
    Page("expert", "review_edit", lambda lists: [lists.assignment().pk]),
    Page("member", "agreement_detail", lambda lists: [GrantAgreement.objects.filter(lists.ours("application"))[0].pk]),
    Page("member", "voucher_detail", lambda lists: [lists.first_voucher().pk]),
    Page("finance", "claim_detail", lambda lists: [lists.first_voucher().instalments.first().claims.get().pk]),
    Page("finance", "batch_detail", lambda lists: [lists.eurocluster.payment_batches.first().pk]),
    *(
        Page(who, "desk")
        for who in ("newcomer", "member", "expert", "manager", "finance", "owner", "observer", "administrator")
    ),
]


@dataclass
class Count:
    status: int
    queries: list[str]
    text: str


def read(page: Page, lists: Lists) -> Count:
    client, user = Client(), lists.people[page.who]
    if user:
        client.force_login(user)
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        answer = client.get(reverse(page.name, args=page.args(lists)))
        transaction.set_rollback(True)
    asked = [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
    return Count(answer.status_code, asked, unescape(answer.content.decode()))


def one_query_per_row(lists: Lists) -> Count:
    """What a careless list does."""
    with CaptureQueriesContext(connection) as captured:
        names = [
            voucher.organisation.legal_name for voucher in Voucher.objects.filter(lists.ours("agreement__application"))
        ]
    return Count(200, [query["sql"] for query in captured], " ".join(names))


Counts = dict[int, tuple[Count, list[str]]]
CONTROL = -1


@pytest.fixture(scope="module")
def counts(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[int, Counts]:
    """Each page read over one row of everything, then, with four more, over four (the public lists over five)."""
    found: dict[int, Counts] = {place: {} for place in (CONTROL, *range(len(PAGES)))}
    with django_db_blocker.unblock(), transaction.atomic():
        for rows in (FEW, MANY):
            lists = Lists(rows)
            for place, page in enumerate(PAGES):
                found[place][rows] = (read(page, lists), page.shows(lists))
            found[CONTROL][rows] = (one_query_per_row(lists), [])
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("place", range(len(PAGES)), ids=[str(page) for page in PAGES])
def test_a_list_asks_as_often_for_four_rows_as_for_one(place: int, counts: dict[int, Counts]) -> None:
    (few, shown_few), (many, shown_many) = counts[place][FEW], counts[place][MANY]
    assert (few.status, many.status) == (200, 200)
    assert [text for text in shown_few if text not in few.text] == []
    assert [text for text in shown_many if text not in many.text] == []
    assert len(shown_many) in (0, 1, *range(len(shown_few) + 3, 100))
    assert len(many.queries) == len(few.queries), "\n".join(many.queries)
    assert len(many.queries) <= PAGES[place].most, "\n".join(many.queries)


def test_a_query_per_row_is_noticed(counts: dict[int, Counts]) -> None:
    assert [len(counts[CONTROL][rows][0].queries) for rows in (FEW, MANY)] == [1 + 4 * FEW, 1 + 4 * MANY]
