"""Every plot says what the database holds, in its drawing, its table and its file, and leads to what it counts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from applications import services as applications
from applications.models import Application
from calls.models import Call, Eurocluster, LedgerEntry
from calls.states import Bucket, Role
from eurocluster_portal.plots import PLOTS, Figure, Scope
from eurocluster_portal.plots.periods import DAY, MONTH, MOST, WEEK, periods, summed
from eurocluster_portal.plots.scores import binned, step_of
from evaluation import services as evaluation
from tests import scenes
from tests.held import held

PDF = b"%PDF-1.7 a document"
AT = scenes.AFTER + timedelta(days=40)


# --- Pure layout ------------------------------------------------------------------------------


def test_periods_are_days_then_weeks_then_months() -> None:
    first = date(2026, 3, 1)
    units = [periods(first, first + timedelta(days=days - 1))[0].unit for days in (1, MOST, MOST + 1, 7 * MOST + 1)]
    assert units == [DAY, DAY, WEEK, MONTH]


@pytest.mark.parametrize("days", [1, 2, MOST, MOST + 1, 400, 491, 3000])
def test_periods_cover_every_day_once(days: int) -> None:
    first = date(2025, 12, 30)
    cut = periods(first, first + timedelta(days=days - 1))
    assert cut[0].first <= first
    assert cut[-1].last >= first + timedelta(days=days - 1)
    assert all(after.first == before.last + timedelta(days=1) for before, after in pairwise(cut))
    assert sum(summed({first + timedelta(days=place): 1 for place in range(days)}, cut)) == days


def test_scores_at_the_end_of_the_scale_stand_in_the_last_step() -> None:
    means = [Decimal(0), Decimal("0.99"), Decimal(1), Decimal("14.99"), Decimal(15)]
    assert binned(means, Decimal(15), Decimal(1)) == [2, 1, *[0] * 12, 2]


@pytest.mark.parametrize(("scale", "step"), [("5", "0.5"), ("15", "1"), ("25", "2"), ("100", "10"), ("300", "20")])
def test_steps_are_round_figures(scale: str, step: str) -> None:
    assert step_of(Decimal(scale)) == Decimal(step)


# --- A Eurocluster with something of everything -------------------------------------------------


class Team:
    def __init__(self, slug: str, prefix: str) -> None:
        self.eurocluster: Eurocluster = scenes.eurocluster(slug, prefix)
        self.line = scenes.budget_line(self.eurocluster)
        self.manager = scenes.team_member(Role.MANAGER, self.eurocluster)
        self.calls: list[Call] = []

    def call(self) -> Call:
        self.calls.append(scenes.open_call(self.eurocluster, self.line))
        return self.calls[-1]

    def fill(self) -> Team:
        """Two calls: one with an application at every stage before the decision, one decided, signed and claimed."""
        running, decided = self.call(), self.call()
        readers = [scenes.expert(self.eurocluster, name=f"Reader {number}") for number in range(2)]
        scenes.pair(running)
        scenes.submitted(running)
        scenes.eligible(running, self.manager, at=scenes.OPEN + timedelta(days=3))
        withdrawn = scenes.submitted(running)
        applications.withdraw_application(application_id=withdrawn.application.pk, by=withdrawn.lead, at=scenes.OPEN)
        scenes.reviewed(running, self.manager, readers, ("3", "3.5", "4"), countries=("IT", "ES"))
        first = scenes.reviewed(decided, self.manager, readers)
        scenes.awarded(decided, self.manager, readers, marks=("5", "5", "5"))
        scenes.signed(first, self.manager, content=PDF)
        return self


def build() -> Team:
    """Beside another Eurocluster, whose figures are never counted."""
    other = Team("elsewhere", "EW")
    scenes.awarded(other.call(), other.manager, [scenes.expert(other.eurocluster) for _ in range(2)])
    return Team("recentre", "RC").fill()


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Team]:
    with held(build, django_db_blocker) as team:
        yield team


@pytest.fixture
def team(built: Team, db: None) -> Team:
    """Each test's own to change."""
    return deepcopy(built)


def scopes(team: Team) -> Iterator[tuple[Scope, str, list[Any]]]:
    """Each call and the whole, with the condition of an SQL query that means the same."""
    for call in team.calls:
        yield Scope(team.eurocluster, AT, call), "c.id = %s", [call.pk]
    yield Scope(team.eurocluster, AT), "c.eurocluster_id = %s", [team.eurocluster.pk]


def sql(query: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


def cells(figure: Figure, *places: int) -> list[tuple[Any, ...]]:
    return [tuple(row.cells[place] for place in places) for row in figure.rows]


APPLICATIONS = "FROM applications_application a JOIN calls_call c ON c.id = a.call_id"


def test_the_funnel_counts_each_step(team: Team) -> None:
    for scope, of, params in scopes(team):
        found = sql(
            f"""SELECT count(*), count(*) FILTER (WHERE a.status <> 'draft'),
            count(*) FILTER (WHERE a.status IN ('eligible', 'awarded', 'reserve', 'rejected')),
            count(*) FILTER (WHERE EXISTS (SELECT FROM evaluation_assignment s JOIN evaluation_review r
                ON r.assignment_id = s.id WHERE s.application_id = a.id AND r.submitted_at IS NOT NULL)),
            count(*) FILTER (WHERE a.status = 'awarded'),
            count(*) FILTER (WHERE EXISTS (SELECT FROM vouchers_grantagreement g
                WHERE g.application_id = a.id AND g.signed_at IS NOT NULL)), 0
            {APPLICATIONS} WHERE {of}""",
            params,
        )
        assert tuple(number for (number,) in cells(PLOTS["funnel"](scope), 1)) == found[0]
    whole = PLOTS["funnel"](Scope(team.eurocluster, AT))
    assert [number for (number,) in cells(whole, 1)] == [7, 6, 4, 3, 2, 1, 0]


def test_submissions_are_counted_on_their_day_in_brussels(team: Team) -> None:
    late = Application.objects.filter(call=team.calls[0], status="submitted").get()
    late.submitted_at = datetime.fromisoformat("2026-03-30T22:30:00+00:00")  # 31 March, 00:30 in Brussels
    late.changed_at = late.submitted_at
    late.save()
    for scope, of, params in scopes(team):
        figure = PLOTS["submissions"](scope)
        found = sql(
            f"""SELECT count(*), count(*) FILTER (WHERE a.status <> 'draft') {APPLICATIONS} WHERE {of}""", params
        )
        assert tuple(figure.total[1:]) == found[0]
        assert tuple(map(sum, zip(*cells(figure, 1, 2), strict=True))) == found[0]
    by_week = PLOTS["submissions"](Scope(team.eurocluster, AT, team.calls[0]))
    links = [row.url for row in by_week.rows if row.cells[2] == 1]
    assert links == [reverse("call_applications", args=[team.calls[0].code]) + "?from=2026-03-30&to=2026-04-05"]


def test_the_waterfall_adds_up_to_the_line(team: Team) -> None:
    for scope, _of, _params in scopes(team):
        figure = PLOTS["waterfall"](scope)
        allocated, *parts = [amount for (amount,) in cells(figure, 1)]
        found = sql(
            "SELECT allocated_eur, reserved_eur, committed_eur, paid_eur, available_eur FROM calls_budgetline"
            " WHERE eurocluster_id = %s",
            [team.eurocluster.pk],
        )
        assert (allocated, *parts) == found[0]
        assert allocated == sum(parts)


def test_what_was_recovered_is_a_part_of_its_own(team: Team) -> None:
    line = team.line
    line.refresh_from_db()
    line.available_eur -= 100
    line.recovered_eur += 100
    line.save()
    figure = PLOTS["waterfall"](Scope(team.eurocluster, AT))
    assert [name for (name,) in cells(figure, 0)] == [
        "Allocated",
        "Reserved",
        "Committed",
        "Paid",
        "Recovered",
        "Available",
    ]
    assert sum(amount for (amount,) in cells(figure, 1)[1:]) == line.allocated_eur


def test_the_burn_down_ends_at_what_is_available(team: Team) -> None:
    team.line.refresh_from_db()
    for scope, _of, _params in scopes(team):
        figure = PLOTS["burn-down"](scope)
        known = [available for (available,) in cells(figure, 1) if available is not None]
        moved = LedgerEntry.objects.filter(line=team.line)
        left = sum(one.amount_eur for one in moved if one.target == Bucket.AVAILABLE) - sum(
            one.amount_eur for one in moved if one.source == Bucket.AVAILABLE
        )
        assert known[-1] == left == team.line.available_eur
        assert known[0] == Decimal("1040000.00")
        planned = [plan for (plan,) in cells(figure, 2)]
        assert planned == sorted(planned, reverse=True)
        assert planned[-1] == 0


def test_scores_are_spread_as_the_reviews_say(team: Team) -> None:
    for scope, of, params in scopes(team):
        found = sql(
            f"""SELECT round(avg(r.total), 2) {APPLICATIONS} JOIN evaluation_assignment s ON s.application_id = a.id
            JOIN evaluation_review r ON r.assignment_id = s.id WHERE s.status = 'reviewed' AND {of} GROUP BY a.id""",
            params,
        )
        figure = PLOTS["scores"](scope)
        assert figure.total[1] == len(found) == sum(number for (number,) in cells(figure, 1))
        for place, (number,) in enumerate(cells(figure, 1)[:-1]):
            assert number == sum(place <= mean < place + 1 for (mean,) in found)


def test_countries_count_applications_and_euros(team: Team) -> None:
    for scope, of, params in scopes(team):
        found = sql(
            f"""SELECT o.country, count(DISTINCT a.id), count(DISTINCT o.id), sum(p.requested_eur) {APPLICATIONS}
            JOIN applications_participation p ON p.application_id = a.id
            JOIN applications_organisation o ON o.id = p.organisation_id
            WHERE a.status <> 'draft' AND {of} GROUP BY o.country ORDER BY 2 DESC, 1""",
            params,
        )
        figure = PLOTS["countries"](scope)
        assert cells(figure, 1, 2, 3) == [row[1:] for row in found]


def test_the_work_of_experts_is_their_assignments(team: Team) -> None:
    for scope, of, params in scopes(team):
        found = sql(
            f"""SELECT count(*) FILTER (WHERE s.status = 'reviewed'),
            count(*) FILTER (WHERE s.status <> 'reviewed' AND s.due_on >= %s),
            count(*) FILTER (WHERE s.status <> 'reviewed' AND s.due_on < %s), count(*)
            {APPLICATIONS} JOIN evaluation_assignment s ON s.application_id = a.id
            WHERE s.status IN ('invited', 'accepted', 'reviewed') AND {of}""",
            [scope.today, scope.today, *params],
        )
        assert tuple(PLOTS["workload"](scope).total[1:]) == found[0]


def test_a_review_past_its_day_is_late(team: Team) -> None:
    reader = scenes.expert(team.eurocluster, name="Slow Reader")
    made = scenes.eligible(team.calls[0], team.manager)
    evaluation.assign_expert(
        application_id=made.application.pk,
        expert_id=reader.pk,
        due_on=(AT - timedelta(days=1)).date(),
        by=team.manager,
        at=scenes.AFTER,
    )
    figure = PLOTS["workload"](Scope(team.eurocluster, AT, team.calls[0]))
    assert cells(figure, 0, 1, 2, 3, 4)[0] == ("Slow Reader", 0, 0, 1, 1)


def test_time_in_a_state_is_measured_between_its_instants(team: Team) -> None:
    for scope, of, params in scopes(team):
        found = sql(
            f"""SELECT count(e.checked_at),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM e.checked_at - a.submitted_at) / 86400),
            count(*) FILTER (WHERE a.status = 'submitted')
            {APPLICATIONS} LEFT JOIN applications_eligibilitycheck e ON e.application_id = a.id WHERE {of}""",
            params,
        )
        left, median, _p90, now = cells(PLOTS["time-in-state"](scope), 1, 2, 3, 4)[1]
        assert (left, now) == (found[0][0], found[0][2])
        assert median == pytest.approx(float(found[0][1]), abs=0.051)


# --- Pages and files --------------------------------------------------------------------------


def pages(team: Team) -> list[str]:
    return [
        reverse("eurocluster_figures", args=[team.eurocluster.slug]),
        *(reverse("call_figures", args=[call.code]) for call in team.calls),
    ]


@pytest.fixture
def manager(client: Client, team: Team) -> Client:
    client.force_login(team.manager)
    return client


def test_every_part_leads_to_as_many_rows_as_it_counts(manager: Client, team: Team) -> None:
    followed = 0
    for scope, _of, _params in scopes(team):
        for slug in ("funnel", "submissions", "scores", "countries", "workload", "time-in-state"):
            place = {"submissions": 2, "workload": 4, "time-in-state": 4}.get(slug, 1)
            for row in PLOTS[slug](scope).rows:
                if row.url and row.cells[place]:
                    assert listed(manager, row.url) == row.cells[place], (slug, row)
                    followed += 1
    assert followed > 20
    agreements = [row.url for row in PLOTS["funnel"](Scope(team.eurocluster, scenes.now())).rows[-2:]]
    assert [url.partition("?")[0] for url in agreements] == [reverse("agreement_list")] * 2


def listed(client: Client, url: str) -> int:
    """How many applications the list at an address holds."""
    answer = client.get(url)
    assert answer.status_code == 200, url
    return int(answer.context["page_obj"].paginator.count)


def test_drawings_link_to_what_their_table_links_to(manager: Client, team: Team) -> None:
    text = unescape(manager.get(pages(team)[1]).content.decode())
    for call_list in ("?status=awarded", "?score_min=0", "?country=RO"):
        drawn = re.findall(r'<svg class="plot".*?</svg>', text, re.DOTALL)
        assert any(call_list in one for one in drawn), call_list


@pytest.mark.parametrize("slug", PLOTS)
def test_a_file_holds_the_table_of_the_page(manager: Client, team: Team, slug: str) -> None:
    call = team.calls[1]
    figure = PLOTS[slug](Scope(team.eurocluster, scenes.now(), call))
    answer = manager.get(reverse("call_figure_file", args=[call.code, slug, "csv"]))
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == list(figure.heads)
    assert len(rows) == 1 + len(figure.rows) + bool(figure.total)
    assert [row[0] for row in rows[1 : 1 + len(figure.rows)]] == [str(row.cells[0]) for row in figure.rows]
    book = load_workbook(io.BytesIO(manager.get(reverse("call_figure_file", args=[call.code, slug, "xlsx"])).content))
    assert len(list(book.active.iter_rows())) == len(rows)


@pytest.mark.parametrize(("plot", "kind"), [("nothing", "csv"), ("funnel", "pdf")])
def test_an_unknown_plot_or_kind_is_not_there(manager: Client, team: Team, plot: str, kind: str) -> None:
    assert manager.get(reverse("call_figure_file", args=[team.calls[0].code, plot, kind])).status_code == 404


def test_the_chooser_leads_to_a_call(manager: Client, team: Team) -> None:
    answer = manager.get(pages(team)[0], {"call": team.calls[1].code})
    assert answer["Location"] == pages(team)[2]
    assert manager.get(pages(team)[0], {"call": "no-such-call"}).status_code == 404


@pytest.mark.django_db
def test_a_call_without_applications_says_so(client: Client) -> None:
    made = Team("quiet", "QT")
    call = made.call()
    client.force_login(made.manager)
    for page in pages(made):
        text = client.get(page).content.decode()
        assert text.count("Nothing to show yet.") == 6  # all but the money
    assert client.get(reverse("call_manage", args=[call.code])).status_code == 200


@pytest.mark.django_db
def test_one_draft_is_counted_and_shown_nowhere(client: Client) -> None:
    made = Team("single", "SG")
    scenes.pair(made.call(), word="Secretive")
    client.force_login(made.manager)
    for page in pages(made):
        answer = client.get(page)
        assert "1 applications started, 0 submitted" in answer.content.decode()
        assert "Secretive" not in answer.content.decode()


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.FINANCE, Role.OWNER])
def test_the_whole_team_reads_the_figures(client: Client, team: Team, role: Role) -> None:
    client.force_login(scenes.team_member(role, team.eurocluster))
    assert [client.get(page).status_code for page in pages(team)] == [200, 200, 200]


def test_other_euroclusters_and_applicants_do_not(client: Client, team: Team) -> None:
    outsiders: list[Callable[[], User]] = [
        lambda: scenes.team_member(Role.MANAGER, Eurocluster.objects.get(slug="elsewhere")),
        lambda: scenes.person("An applicant"),
    ]
    for outsider in outsiders:
        client.force_login(outsider())
        assert [client.get(page).status_code for page in pages(team)] == [404, 404, 404]


def test_a_drawing_is_kept_until_something_happens(manager: Client, team: Team) -> None:
    page = pages(team)[1]
    with CaptureQueriesContext(connection) as first:
        before = manager.get(page).content.decode()
    with CaptureQueriesContext(connection) as second:
        assert manager.get(page).content.decode().count("<svg") == before.count("<svg")
    assert len(first) - len(second) >= 9
    assert "5 applications started" in before
    scenes.submitted(team.calls[0])
    assert "6 applications started" in manager.get(page).content.decode()
