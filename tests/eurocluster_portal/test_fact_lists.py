"""Lists of agreements, vouchers, claims, batches, recoveries and calls: what they find, and that an export holds the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import SavedView, User
from applications.models import Application, Organisation
from calls.models import Call
from calls.states import CallStatus
from eurocluster_portal.lists.agreements import AgreementList
from eurocluster_portal.lists.calls import TeamCallList
from eurocluster_portal.lists.listing import Listing
from eurocluster_portal.lists.payments import BatchList, RecoveryList
from eurocluster_portal.lists.vouchers import ClaimList, VoucherList
from tests.factories import vouchers as make
from tests.held import held
from vouchers import services
from vouchers.models import Claim, GrantAgreement

pytestmark = pytest.mark.django_db

OF_EVERYBODY = {"agreement_list": AgreementList, "voucher_list": VoucherList, "claim_list": ClaimList}
OF_A_TEAM = {"batch_list": BatchList, "recovery_list": RecoveryList, "eurocluster_calls": TeamCallList}
LISTS: dict[str, Any] = OF_EVERYBODY | OF_A_TEAM


class Scene:
    """One agreement on which both first instalments are paid, one of 20,000 EUR that is claimed, one nobody has signed."""

    def __init__(self, slug: str = "recentre", name: str = "RE-CENTRE", prefix: str = "REC") -> None:
        self.scene = make.Scene(slug=slug, name=name, prefix=prefix)
        self.people = self.scene.people
        self.batch = make.paid(self.scene)
        self.paid = GrantAgreement.objects.get(application__call=self.scene.call)
        self.claimed = make.claimed(self.scene, "15000.00", "5000.00")[0].instalment.voucher.agreement
        self.ready = make.ready(self.scene, title=f"{name} unsigned")
        self.recovery = services.ask_recovery(
            voucher_id=self.paid.vouchers.order_by("number")[0].pk,
            amount_eur=Decimal("120.00"),
            reason=f"{name} was paid too much",
            due_on=make.AT.date() + timedelta(days=30),
            by=self.people["finance"],
            at=make.AT,
        )

    def list(self, name: str, query: str = "", user: User | None = None) -> Listing:
        of = (self.scene.eurocluster,) if name in OF_A_TEAM else ()
        return LISTS[name](user or self.people["manager"], QueryDict(query), make.AT, *of)  # type: ignore[no-any-return]

    def found(self, name: str, query: str = "", user: User | None = None) -> list[Any]:
        """What stands in the first column of every row."""
        found = self.list(name, query, user)
        return [found.columns[0].value(row) for row in found.all_rows()]

    def page(self, name: str) -> str:
        return reverse(name, args=[self.scene.eurocluster.slug] if name in OF_A_TEAM else [])


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Scene, Scene]]:
    with held(lambda: (Scene(), Scene("dream", "Canary", "CAN")), django_db_blocker) as scenes:
        yield scenes


@pytest.fixture
def scene(built: tuple[Scene, Scene], db: None) -> Scene:
    """Each test's own to change."""
    return deepcopy(built[0])


@pytest.fixture
def there(built: tuple[Scene, Scene], db: None) -> Scene:
    return deepcopy(built[1])


# --- Filters ----------------------------------------------------------------------------------------


FILTERS = [
    ("", ["paid", "claimed", "ready"]),
    ("status=signed", ["paid", "claimed"]),
    ("status=signed&status=ready", ["paid", "claimed", "ready"]),
    ("status=closed", []),
    ("paid=something", ["paid"]),
    ("paid=nothing", ["claimed", "ready"]),
    ("eur_min=20000&eur_max=20000", ["claimed"]),
    ("eur_min=20000.01", ["paid", "ready"]),
    ("country=IT", ["paid", "claimed", "ready"]),
    ("country=FR", []),
    ("q=UNSIGNED", ["ready"]),
    ("q=Nordfurn", ["paid", "claimed", "ready"]),
    ("call=recentre-innovation", ["paid", "claimed", "ready"]),
    ("call=nonsense", []),
    ("eurocluster=recentre", ["paid", "claimed", "ready"]),
    ("eurocluster=dream", []),
    ("from=2026-03-02&to=2026-03-02", ["paid", "claimed", "ready"]),
    ("from=2026-03-03", []),
    ("sort=nonsense&status=nonsense&paid=x&eur_min=much&call=a b", ["paid", "claimed", "ready"]),
]


def test_agreements_are_filtered(scene: Scene) -> None:
    for query, names in FILTERS:
        numbers = {getattr(scene, name).number for name in names}
        assert set(scene.found("agreement_list", query)) == numbers, query
        assert scene.list("agreement_list", query).count == len(names), query


def test_an_agreement_is_found_once_however_many_of_its_partners_match(scene: Scene) -> None:
    Organisation.objects.update(country="RO", legal_name="All alike")
    assert len(scene.found("agreement_list", "country=RO&q=alike")) == 3


HOSTILE = [
    "from=0001-01-01",
    "to=0001-01-01",
    "from=9999-12-31",
    "to=9999-12-31",
    "eur_min=NaN&eur_max=Infinity",
    "eur_min=1e400&eur_max=99999999999999999",
    "page=99999999999999999999&sort=--status",
    "call=../..&eurocluster=%27&country=ZZ",
    "state_days_min=36500&score_min=1e99",
    "format=pdf&columns=pk",
]


def test_nothing_in_an_address_breaks_a_list(client: Client, scene: Scene) -> None:
    client.force_login(scene.people["manager"])
    pages = [*map(scene.page, LISTS), reverse("eurocluster_applications", args=[scene.scene.eurocluster.slug])]
    for page, query in product(pages, HOSTILE):
        assert client.get(f"{page}?{query}").status_code == 200, (page, query)


def test_vouchers_and_claims_are_filtered(scene: Scene) -> None:
    assert len(scene.found("voucher_list")) == 4
    assert scene.found("voucher_list", "eur_min=20000&sort=number") == [one.number for one in scene.paid.vouchers.all()]
    assert len(scene.found("voucher_list", "country=RO&status=active")) == 2
    assert scene.found("voucher_list", "status=expired") == []
    assert len(scene.found("claim_list", "status=paid")) == 2
    assert len(scene.found("claim_list", "status=submitted&eur_max=2500")) == 1
    assert scene.found("claim_list", f"q={scene.claimed.application.reference}&country=RO") == list(
        Claim.objects.filter(
            instalment__voucher__agreement=scene.claimed, instalment__voucher__organisation__country="RO"
        ).values_list("number", flat=True)
    )


def test_batches_and_recoveries_are_filtered(scene: Scene) -> None:
    assert scene.found("batch_list", "status=paid&q=Nordfurn&from=2026-03-02") == [scene.batch.number]
    assert scene.found("batch_list", "status=prepared") == []
    assert scene.found("recovery_list", "q=TOO MUCH&eur_max=120") == [scene.recovery.voucher.number]
    assert scene.found("recovery_list", "status=received") == []
    assert scene.found("recovery_list", "call=another") == []


# --- Order and columns ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_every_column_is_told_and_every_order_goes_both_ways(scene: Scene, name: str) -> None:
    """Rows without a value come last either way."""
    for column in LISTS[name].table:
        if column.sort:
            up, down = (
                [
                    column.value(row)
                    for row in scene.list(name, f"sort={sign}{column.key}&columns={column.key}").all_rows()
                ]
                for sign in ("", "-")
            )
            assert sorted(map(str, up)) == sorted(map(str, down)), column.key
            told = [one for one in up if one not in (None, "")]
            assert up[: len(told)] == told, column.key
            if column.kind in {"eur", "figure", "instant", "day"}:
                assert told == sorted(told), column.key
    every = "&".join(f"columns={column.key}" for column in LISTS[name].table)
    found = scene.list(name, every)
    assert [column.key for column in found.columns] == [column.key for column in LISTS[name].table]
    assert all(column.value(row) is not Ellipsis for row in found.all_rows() for column in found.columns)


def test_what_the_columns_say(scene: Scene) -> None:
    found = scene.list("agreement_list", "q=unsigned&columns=signatures&columns=countries&columns=lead&columns=signed")
    (row,) = found.all_rows()
    said = {column.key: column.value(row) for column in found.columns}
    assert said == {
        "number": scene.ready.number,
        "lead": "Nordfurn SRL",
        "countries": "IT, RO",
        "signatures": "0 of 3",
        "signed": None,
    }
    found = scene.list("voucher_list", "sort=-paid&columns=amount&columns=paid&columns=left")
    row = next(found.all_rows())
    assert [column.value(row) for column in found.columns][1:] == [Decimal(30000), Decimal(15000), Decimal(15000)]
    found = scene.list("claim_list", "status=paid&sort=amount&columns=batch&columns=paid&columns=instalment")
    row = next(found.all_rows())
    assert [column.value(row) for column in found.columns][1:] == [
        "1 · Signature of the agreement",
        scene.batch.number,
        make.AT,
    ]
    (row,) = scene.list("batch_list").all_rows()
    assert row.payment_count == 2


# --- Calls ------------------------------------------------------------------------------------------


def test_a_call_is_found_in_the_phase_it_shows() -> None:
    scene = make.Scene("by-phase", "By phase", "PHA")
    calls = Call.objects.filter(eurocluster=scene.eurocluster)
    frozen = {"frozen_at": make.AT, "frozen_by": scene.people["owner"], "freeze_reason": "A court said so."}
    thawed = dict.fromkeys(frozen, None) | {"freeze_reason": ""}
    days = [timedelta(days=number) for number in (-1, 0, 1)]
    for status, opens, long, freezing in product(CallStatus, days, (1, 5 * 24), (frozen, thawed)):
        closes = make.AT + opens + timedelta(hours=long)
        calls.update(status=status, opens_at=make.AT + opens, closes_at=closes, **freezing)
        phase = calls.get().phase_at(make.AT)
        found = TeamCallList(scene.people["owner"], QueryDict(f"status={phase}"), make.AT, scene.eurocluster)
        assert found.counts == {phase.value: 1}
        assert [row.phase for row in found.all_rows()] == [phase]


def test_calls_are_counted_and_filtered(scene: Scene) -> None:
    (row,) = scene.list("eurocluster_calls", "columns=awarded_eur&columns=submitted").all_rows()
    awarded = sum(application.awarded_eur for application in Application.objects.filter(call=scene.scene.call))
    assert (row.submitted, row.counts["awarded"], row.awarded_eur) == (3, 3, awarded)
    title = scene.scene.call.title
    assert scene.found("eurocluster_calls", "q=INNOVATION&strand=innovate&eur_min=52000") == [title]
    for nothing in ("q=training", "strand=network", "eur_max=51999.99", "selection=first_come", "from=2026-03-01"):
        assert scene.found("eurocluster_calls", nothing) == [], nothing


# --- Who sees what ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_nothing_of_another_eurocluster_leaks(client: Client, scene: Scene, there: Scene, name: str) -> None:
    """Neither by a filter, the search, the order, a count, a choice nor an export."""
    client.force_login(scene.people["manager"])
    every = "&".join(f"columns={column.key}" for column in LISTS[name].table)
    queries = ["", every, "q=Canary", "eurocluster=dream", "call=dream-innovation", f"format=csv&{every}", "sort=-call"]
    for query in queries:
        text = client.get(f"{scene.page(name)}?{query}").content.decode(errors="replace")
        assert "CAN-2026" not in text, query
        assert "Canary " not in text, query
    if name in OF_A_TEAM:
        assert client.get(there.page(name)).status_code == 404
        assert scene.found(name, user=there.people["manager"]) == []


def test_a_member_reads_the_rows_of_its_organisation_alone(client: Client, scene: Scene) -> None:
    lead, partner = make.people_of(scene.claimed)
    first, second = scene.claimed.vouchers.order_by("number")
    assert scene.found("agreement_list", user=lead) == [scene.claimed.number]
    assert scene.found("voucher_list", user=lead) == [first.number]
    assert scene.found("voucher_list", user=partner) == [second.number]
    assert scene.found("claim_list", user=partner) == [second.instalments.get(position=1).claims.get().number]
    client.force_login(lead)
    text = client.get(reverse("voucher_list")).content.decode()
    assert first.number in text
    assert "Save this view" not in text


def test_a_view_of_every_list_is_kept(client: Client, scene: Scene) -> None:
    client.force_login(scene.people["finance"])
    for name in LISTS:
        page = scene.page(name)
        data = {"page": page, "query": "q=oak&sort=-amount", "name": f"Mine of {name}"}
        assert client.post(reverse("saved_view_save"), data).status_code == 302
        assert f"Mine of {name}" in client.get(page).content.decode()
    assert SavedView.objects.count() == len(LISTS)


# --- Exports ----------------------------------------------------------------------------------------


def test_an_export_is_what_is_shown_with_figures_as_figures(client: Client, scene: Scene) -> None:
    Organisation.objects.filter(country="IT").update(legal_name="=HYPERLINK(1)")
    client.force_login(scene.people["finance"])
    query = {"columns": ["beneficiary", "amount", "submitted"], "sort": "-amount", "status": ["paid", "submitted"]}
    shown = client.get(scene.page("claim_list"), query)
    text = client.get(scene.page("claim_list"), query | {"format": "csv"}).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Claim", "Beneficiary", "Amount EUR", "Submitted (Brussels time)"]
    assert [row[0] for row in rows[1:]] == [row.claim.number for row, _cells in shown.context["rows"]]
    assert rows[1][2:] == ["15000.00", "2026-03-02 10:30"]
    assert rows[2][1] == "'=HYPERLINK(1)"
    book = load_workbook(io.BytesIO(client.get(scene.page("claim_list"), query | {"format": "xlsx"}).content))
    sheet = list(book["Claims"].iter_rows(values_only=True))
    assert [row[2] for row in sheet[1:]] == [15000, 11000.01, 7500, 2500]


def test_days_are_days_in_a_spreadsheet(client: Client, scene: Scene) -> None:
    client.force_login(scene.people["finance"])
    answer = client.get(scene.page("batch_list"), {"format": "xlsx", "columns": ["execution"]})
    sheet = list(load_workbook(io.BytesIO(answer.content))["Payment batches"].iter_rows(values_only=True))
    assert sheet[1][1].date() == scene.batch.execution_on


# --- Awards without an agreement ----------------------------------------------------------------------


def test_awards_without_an_agreement_stand_above_the_list(client: Client, scene: Scene) -> None:
    award = scene.scene.award(title="Waits for its agreement")
    client.force_login(scene.people["manager"])
    assert award.title in client.get(reverse("agreement_list")).content.decode()
    assert award.title not in client.get(reverse("agreement_list"), {"status": "signed"}).content.decode()
    client.force_login(scene.people["observer"])
    assert award.title not in client.get(reverse("agreement_list")).content.decode()


def test_only_the_oldest_awards_are_shown_one_by_one(client: Client, scene: Scene) -> None:
    from eurocluster_portal.lists.views import facts

    awards = [scene.scene.award(title=f"Award {number} waits") for number in range(facts.SHOWN_AWARDS + 1)]
    client.force_login(scene.people["manager"])
    text = client.get(reverse("agreement_list")).content.decode()
    assert [award.title in text for award in awards] == [*[True] * facts.SHOWN_AWARDS, False]
    assert f"{len(awards)} awards wait for their agreements" in text


def test_a_recovery_leads_to_its_voucher(scene: Scene) -> None:
    (row,) = scene.list("recovery_list").all_rows()
    assert row.url == scene.recovery.voucher.get_absolute_url()
