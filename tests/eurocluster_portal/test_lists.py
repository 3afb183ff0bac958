"""Lists of applications: what they find, in which order, with which columns, and that an export holds the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import SavedView, User
from applications.models import Application
from calls.models import Call, CutOff, Eurocluster
from calls.states import Role
from eurocluster_portal.lists.application_list import ApplicationList
from eurocluster_portal.lists.columns import COLUMNS, DEFAULT
from evaluation.models import Expert
from tests import scenes
from tests.held import held

pytestmark = pytest.mark.django_db


class Scene:
    """A Eurocluster with two calls: reviewed applications in one, a submitted one and a draft in the other."""

    def __init__(self) -> None:
        self.eurocluster = scenes.eurocluster()
        line = scenes.budget_line(self.eurocluster)
        self.manager = scenes.team_member(Role.MANAGER, self.eurocluster)
        self.experts = [scenes.expert(self.eurocluster, name=f"Expert {number}") for number in (1, 2)]
        self.call = scenes.open_call(self.eurocluster, line, title="Reviewed call")
        self.other = scenes.open_call(self.eurocluster, line, title="Another call", proposals_per_sme="any")
        self.good = scenes.reviewed(self.call, self.manager, self.experts, marks=("5", "5", "5")).application
        self.fair = scenes.reviewed(
            self.call, self.manager, self.experts[:1], marks=("3", "3", "3.5"), requested=("10000.00", "20000.00")
        ).application
        self.waiting = scenes.submitted(self.other).application
        self.draft = scenes.pair(self.other, word="Secret").application

    def list(self, query: str = "", call: Call | None = None, user: User | None = None) -> ApplicationList:
        return ApplicationList(user or self.manager, self.eurocluster, call, QueryDict(query), scenes.AFTER)

    def found(self, query: str = "", **options: object) -> list[str]:
        return [row.application.reference or "" for row in self.list(query, **options).all_rows()]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    with held(Scene, django_db_blocker) as scene:
        yield scene


@pytest.fixture
def scene(built: Scene, db: None) -> Scene:
    """Each test's own to change."""
    return deepcopy(built)


def references(*applications: Application) -> list[str]:
    return [one.reference or "" for one in applications]


# --- Filters ----------------------------------------------------------------------------------------


def test_a_list_holds_what_was_submitted_and_nothing_else(scene: Scene) -> None:
    assert set(scene.found()) == set(references(scene.good, scene.fair, scene.waiting))
    assert scene.found(call=scene.other) == references(scene.waiting)
    assert scene.found("status=draft") == scene.found()  # no such filter


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=submitted", ["waiting"]),
        ("status=submitted&status=eligible", ["good", "fair", "waiting"]),
        ("score_min=10", ["good"]),
        ("score_max=9.5", ["fair"]),
        ("score_min=9.5&score_max=15", ["good", "fair"]),
        ("country=RO", ["good", "fair", "waiting"]),
        ("country=FR", []),
        ("country=US", []),
        ("sector=it", ["good", "fair", "waiting"]),
        ("sector=energy", []),
        ("from=2026-03-12&to=2026-03-12", ["good", "fair", "waiting"]),
        ("from=2026-03-13", []),
        ("to=2026-03-11", []),
        ("state_days_min=1", ["waiting"]),
        ("state_days_min=79", ["waiting"]),
        ("state_days_min=80", []),
        ("q=PANEL", ["good", "fair", "waiting"]),
        ("q=Secret", []),
        ("sort=nonsense&status=nonsense&country=x&from=yesterday&expert=none", ["good", "fair", "waiting"]),
    ],
)
def test_filters(scene: Scene, query: str, names: list[str]) -> None:
    assert set(scene.found(query)) == set(references(*(getattr(scene, name) for name in names)))
    assert scene.list(query).count == len(names)


def test_the_last_instant_of_a_day_is_in_it_by_the_clock_of_brussels(scene: Scene) -> None:
    late = scenes.brussels_instant(scenes.OPEN.date(), scenes.time(23, 59))
    Application.objects.filter(pk=scene.waiting.pk).update(submitted_at=late)
    assert scene.waiting.reference in scene.found(f"to={scenes.OPEN.date()}")
    assert scene.waiting.reference not in scene.found(f"from={scenes.OPEN.date() + timedelta(days=1)}")


def test_filter_by_call_round_and_expert(scene: Scene) -> None:
    assert scene.found(f"call={scene.other.code}") == references(scene.waiting)
    first = CutOff.objects.create(call=scene.call, closes_at=scenes.OPEN + timedelta(days=1))
    Application.objects.filter(pk=scene.good.pk).update(cut_off=first)
    assert scene.found(f"round={first.pk}", call=scene.call) == references(scene.good)
    assert scene.found("round=closing", call=scene.call) == references(scene.fair)
    assert scene.found(f"expert={scene.experts[1].pk}") == references(scene.good)


def test_search_looks_at_reference_title_acronym_and_partners(scene: Scene) -> None:
    partner = scene.waiting.participations.select_related("organisation")[0].organisation.legal_name
    Application.objects.filter(pk=scene.fair.pk).update(acronym="OAKS", title="Chairs of 50% oak")
    for words, application in [
        (scene.good.reference, scene.good),
        ("oaks", scene.fair),
        ("50% OAK", scene.fair),
        (partner.lower(), scene.waiting),
    ]:
        assert scene.found(f"q={words}".replace("%", "%25")) == references(application)


# --- Order ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", [column for column in COLUMNS if column.sort], ids=lambda column: column.key)
def test_every_order_goes_both_ways(scene: Scene, column: object) -> None:
    """Rows without a value come last either way; the others turn round where their values differ."""
    key = column.key  # type: ignore[attr-defined]
    up, down = scene.list(f"sort={key}&columns={key}"), scene.list(f"sort=-{key}&columns={key}")
    values = [column.value(row) for row in up.all_rows()]  # type: ignore[attr-defined]
    assert len(values) == 3
    told = [value for value in values if value not in (None, "")]
    assert values[: len(told)] == told or key not in {"score", "awarded", "agreement", "eligibility", "days"}
    turned = [column.value(row) for row in down.all_rows()]  # type: ignore[attr-defined]
    assert sorted(map(str, turned)) == sorted(map(str, values))


def test_order_by_score_and_by_amount(scene: Scene) -> None:
    assert scene.found("sort=-score") == references(scene.good, scene.fair, scene.waiting)
    assert scene.found("sort=score") == references(scene.fair, scene.good, scene.waiting)
    assert scene.found("sort=requested")[0] == scene.fair.reference
    assert scene.found("sort=-days")[0] == scene.waiting.reference
    assert scene.found("sort=reviews")[0] == scene.waiting.reference


# --- Columns ----------------------------------------------------------------------------------------


def cells(scene: Scene, application: Application, *keys: str) -> dict[str, object]:
    found = scene.list("&".join(f"columns={key}" for key in keys))
    row = next(row for row in found.all_rows() if row.application.pk == application.pk)
    return {column.key: column.value(row) for column in found.columns}


def test_what_the_columns_say(scene: Scene) -> None:
    said = cells(scene, scene.fair, *(column.key for column in COLUMNS))
    assert said["score"] == Decimal("9.50")
    assert said["reviews"] == "1 of 2"
    assert said["partners"] == 2
    assert said["countries"] == "ES, RO"
    assert said["sector"] == "Furniture and interiors; Information technology"
    assert said["requested"] == Decimal("30000.00")
    assert said["days"] == 0
    assert said["call"] == "Reviewed call"
    assert said["eligibility"] == "Eligible"
    assert said["round"] == scenes.CLOSES
    assert said["agreement"] == ""
    waiting = cells(scene, scene.waiting, "score", "reviews", "days")
    assert waiting == {"reference": scene.waiting.reference, "score": None, "reviews": "", "days": 79}


def test_days_since_a_withdrawal(scene: Scene) -> None:
    from applications import services

    services.withdraw_application(
        application_id=scene.fair.pk,
        by=scene.fair.submitted_by,  # type: ignore[arg-type]
        at=scenes.AFTER - timedelta(days=3),
    )
    assert cells(scene, scene.fair, "days")["days"] == 3
    assert scene.found("status=withdrawn&state_days_min=3") == references(scene.fair)
    assert scene.found("status=withdrawn&state_days_min=4") == []


def test_columns_stand_in_the_order_of_the_table_and_the_usual_ones_need_no_words(scene: Scene) -> None:
    keys = [column.key for column in scene.list("columns=status&columns=title&columns=evil").columns]
    assert keys == ["reference", "title", "status"]
    assert tuple(column.key for column in scene.list(call=scene.call).columns) == DEFAULT


# --- Pages ------------------------------------------------------------------------------------------


def page_of(eurocluster: Eurocluster) -> str:
    return reverse("eurocluster_applications", args=[eurocluster.slug])


def test_the_page_shows_its_order_and_keeps_its_settings(client, scene: Scene) -> None:
    client.force_login(scene.manager)
    text = client.get(
        page_of(scene.eurocluster), {"sort": "-requested", "q": "panel", "columns": "requested"}
    ).content.decode()
    assert 'aria-sort="descending"' in text
    assert text.count("aria-sort") == 1
    assert '<input type="hidden" name="q" value="panel">' in text
    assert 'name="sort" value="requested"' in text
    assert 'name="sort" value="reference"' in text


def test_an_export_is_exactly_what_is_shown(client, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ApplicationList, "per_page", 1)
    Application.objects.filter(pk=scene.good.pk).update(title="=1+1")
    client.force_login(scene.manager)
    query = {"columns": ["title", "requested", "submitted", "score"], "sort": "-score"}
    shown = client.get(page_of(scene.eurocluster), query).content.decode()
    assert scene.good.reference in shown
    assert scene.fair.reference not in shown  # on page 2
    rows = list(
        csv.reader(
            io.StringIO(client.get(page_of(scene.eurocluster), query | {"format": "csv"}).content.decode("utf-8-sig"))
        )
    )
    assert rows[0] == ["Reference", "Title", "Requested EUR", "Submitted (Brussels time)", "Mean score"]
    assert rows[1] == [scene.good.reference, "'=1+1", "52000.00", "2026-03-12 09:00", "15.00"]
    assert [row[0] for row in rows[1:]] == references(scene.good, scene.fair, scene.waiting)
    book = load_workbook(io.BytesIO(client.get(page_of(scene.eurocluster), query | {"format": "xlsx"}).content))
    sheet = list(book["Applications"].iter_rows(values_only=True))
    assert [row[0] for row in sheet[1:]] == references(scene.good, scene.fair, scene.waiting)
    assert sheet[1][1:3] == ("'=1+1", 52000)
    assert sheet[1][3].isoformat() == "2026-03-12T09:00:00"
    assert sheet[3][4] is None


def test_nothing_of_another_eurocluster_leaks(client, scene: Scene) -> None:
    """Neither by a filter, the search, the order, a count, the names of experts or an export."""
    there = scenes.eurocluster("dream", "DR")
    line, manager = scenes.budget_line(there), scenes.team_member(Role.MANAGER, there)
    foreign_call = scenes.open_call(there, line, title="Canary call")
    foreign = scenes.submitted(foreign_call, title="Canary title").application
    scenes.expert(there, name="Canary expert")
    client.force_login(scene.manager)
    every = "&".join(f"columns={column.key}" for column in COLUMNS)
    for query in [
        "",
        f"call={foreign_call.code}",
        "q=Canary",
        f"q={foreign.reference}",
        f"{every}&sort=-call",
        "format=csv",
        f"format=xlsx&{every}",
    ]:
        text = client.get(f"{page_of(scene.eurocluster)}?{query}").content.decode(errors="replace")
        own_words = re.sub(r'value="[^"]*"', "", text)  # what the reader typed comes back in the fields
        assert "Canary" not in own_words, query
        assert str(foreign.reference) not in own_words, query
    assert scene.found("q=Canary") == []
    assert client.get(page_of(there)).status_code == 404
    assert ApplicationList(manager, scene.eurocluster, None, QueryDict(), scenes.AFTER).count == 0


def test_experts_are_offered_to_the_team_alone(client, scene: Scene) -> None:
    """The same people who read the evaluation of a call."""
    for role, shown in [(Role.MANAGER, True), (Role.OBSERVER, True)]:
        client.force_login(scenes.team_member(role, scene.eurocluster))
        assert ("Expert 1" in client.get(page_of(scene.eurocluster)).content.decode()) is shown
    client.force_login(Expert.objects.first().user)
    assert client.get(page_of(scene.eurocluster)).status_code == 404


# --- Saved views --------------------------------------------------------------------------------------


def test_a_view_is_saved_shown_renamed_and_deleted(client, scene: Scene) -> None:
    client.force_login(scene.manager)
    page, query = page_of(scene.eurocluster), "status=eligible&sort=-score&columns=score"
    data = {"page": page, "query": query, "name": " Best\nfirst "}
    assert client.post(reverse("saved_view_save"), data).headers["Location"] == f"{page}?{query}"
    view = SavedView.objects.get()
    assert (view.user, view.name, view.page, view.query) == (scene.manager, "Best first", page, query)
    assert (
        f'href="?{query.replace("&", "&amp;")}" aria-current="true"' in client.get(f"{page}?{query}").content.decode()
    )
    client.post(reverse("saved_view_rename", args=[view.pk]), {"name": "Top"})
    view.refresh_from_db()
    assert view.name == "Top"
    client.post(reverse("saved_view_delete", args=[view.pk]))
    assert not SavedView.objects.exists()


def test_views_are_private(client, scene: Scene) -> None:
    client.force_login(scene.manager)
    page = page_of(scene.eurocluster)
    client.post(reverse("saved_view_save"), {"page": page, "query": "q=private", "name": "Mine alone"})
    view = SavedView.objects.get()
    assert "Mine alone" in client.get(page).content.decode()
    client.force_login(scenes.team_member(Role.OWNER, scene.eurocluster))
    assert "Mine alone" not in client.get(page).content.decode()
    assert client.post(reverse("saved_view_rename", args=[view.pk]), {"name": "Yours"}).status_code == 404
    assert client.post(reverse("saved_view_delete", args=[view.pk])).status_code == 404


@pytest.mark.parametrize(
    "page", ["//evil.example/", "https://evil.example/manage/recentre/applications/", "/desk/", ""]
)
def test_a_view_is_of_a_list_and_leads_nowhere_else(client, scene: Scene, page: str) -> None:
    client.force_login(scene.manager)
    assert client.post(reverse("saved_view_save"), {"page": page, "query": "", "name": "x"}).status_code == 403
    assert not SavedView.objects.exists()
