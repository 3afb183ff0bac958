"""What an organisation says of itself: accounting periods, versions, history, and what the team reads of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications import services
from applications.models import Organisation, Participation
from applications.organisation_tasks import tasks_of
from applications.organisation_versions import changed_since
from applications.periods import Period, counted, size_of
from applications.states import MemberRole
from audit.models import Event
from tests import scenes
from tests.factories.accounts import UserFactory
from tests.factories.applications import AFTER, AT, OrganisationFactory, member_of, submitted
from tests.factories.calls import SectorFactory, team_member
from tests.responses import text_of

pytestmark = pytest.mark.django_db
LAST_YEAR = date(2025, 12, 31)


@pytest.fixture(autouse=True)
def _on_a_day(arrive_at: Any) -> None:
    arrive_at(AT)


@pytest.fixture
def owner() -> User:
    return UserFactory()


@pytest.fixture
def firm(owner: User) -> Organisation:
    return described(owner)


def described(owner: User, **period: Any) -> Organisation:
    fields = {
        "legal_name": "Lemn de Apuseni SRL",
        "country": "RO",
        "vat_number": "RO38031225",
        "street": "Strada Fabricii 84",
        "postcode": "400632",
        "city": "Cluj-Napoca",
        "founded_on": date(2009, 3, 17),
        **figures("34"),
    }
    return services.describe_organisation(fields=fields, sectors=[SectorFactory(code="it")], by=owner, at=AT, **period)


def figures(headcount: str, turnover: str = "2410000", balance: str = "1680000") -> dict[str, Decimal]:
    return {
        "headcount": Decimal(headcount),
        "turnover_eur": Decimal(turnover),
        "balance_sheet_eur": Decimal(balance),
    }


def period(firm: Organisation, by: User, year: int, headcount: str, **changes: Any) -> Organisation:
    return services.record_period(
        organisation_id=firm.pk, ends_on=date(year, 12, 31), by=by, at=AT, **figures(headcount) | changes
    )


def updated(firm: Organisation, by: User, **changes: Any) -> Organisation:
    given = {"sectors": [SectorFactory(code="it")], "version": None} | changes
    sectors, version = given.pop("sectors"), given.pop("version")
    return services.update_organisation(
        organisation_id=firm.pk, fields=given, sectors=sectors, version=version, by=by, at=AT + timedelta(hours=1)
    )


def typed(page: Any) -> dict[str, Any]:
    """What a browser sends back of the form as it is."""
    shown = {field.html_name: field.value() for field in page.context["form"]}
    return {name: value for name, value in shown.items() if value not in (None, "", False)}


# --- Accounting periods -----------------------------------------------------------------------


def test_figures_without_a_period_are_those_of_the_last_calendar_year(firm: Organisation) -> None:
    assert [(one.ends_on, one.headcount) for one in firm.periods.all()] == [(LAST_YEAR, Decimal(34))]
    assert firm.size_category == "small"


def test_the_description_follows_the_newest_period(firm: Organisation, owner: User) -> None:
    period(firm, owner, 2024, "8")
    firm.refresh_from_db()
    assert firm.headcount == 34
    changed = period(firm, owner, 2025, "45")
    assert changed.headcount == 45
    (last, _before) = changed.periods.order_by("-ends_on")
    services.remove_period(organisation_id=firm.pk, period_id=last.pk, by=owner, at=AT)
    firm.refresh_from_db()
    assert (firm.headcount, firm.size_category) == (8, "micro")
    with pytest.raises(services.LastPeriod):
        services.remove_period(organisation_id=firm.pk, period_id=firm.periods.get().pk, by=owner, at=AT)


def test_one_year_above_a_ceiling_does_not_change_the_size_and_two_do(firm: Organisation, owner: User) -> None:
    for year in (2024, 2023):
        period(firm, owner, year, "34")
    assert period(firm, owner, 2025, "60").size_category == "small"
    assert period(firm, owner, 2024, "55").size_category == "medium"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("2025", "60", False)], "medium"),
        ([("2025", "60", False), ("2024", "34", False)], "small"),
        ([("2024", "34", False), ("2025", "60", False)], "small"),
        ([("2025", "60", False), ("2024", "34", True)], "medium"),  # an estimate is no closed period
        ([("2025", "60", False), ("2023", "34", False)], "medium"),  # a year is missing between them
        ([("2025", "9", True)], "micro"),
    ],
)
def test_only_closed_periods_in_a_row_protect_the_size(given: list[tuple[str, str, bool]], expected: str) -> None:
    periods = [Period(date(int(year), 12, 31), **figures(heads), is_estimate=guess) for year, heads, guess in given]
    assert size_of(periods) == expected
    assert size_of(periods[::-1]) == expected


def test_at_most_three_periods_count() -> None:
    periods = [Period(date(year, 12, 31), **figures("34")) for year in range(2019, 2026)]
    assert [one.ends_on.year for one in counted(periods)] == [2025, 2024, 2023]


def test_a_period_that_has_not_closed_can_only_be_estimated(owner: User) -> None:
    with pytest.raises(services.PeriodNotClosed):
        described(owner, period_ends_on=date(2026, 12, 31))
    firm = described(owner, period_ends_on=date(2026, 12, 31), is_estimate=True)
    assert firm.periods.get().is_estimate is True


def test_ten_periods_are_enough(firm: Organisation, owner: User) -> None:
    for year in range(2016, 2025):
        period(firm, owner, year, "34")
    with pytest.raises(services.TooManyPeriods):
        period(firm, owner, 2015, "34")
    assert firm.periods.count() == 10


def test_a_size_declared_for_the_group_stays_until_it_is_declared_anew(firm: Organisation, owner: User) -> None:
    firm.sme_declarations.create(number=1, group={}, result={}, category="medium", declared_by=owner, declared_at=AT)
    assert period(firm, owner, 2025, "30").size_category == "medium"
    assert period(firm, owner, 2025, "300").size_category == "large"


def test_the_page_of_the_periods_adds_replaces_and_removes(client: Client, firm: Organisation, owner: User) -> None:
    client.force_login(owner)
    address = reverse("organisation_periods", args=[firm.pk])
    given = {"headcount": "31,5", "turnover_eur": "2 000 000", "balance_sheet_eur": "1500000"}
    assert client.post(address, given | {"period_ends_on": "31.12.2024"}).status_code == 302
    assert "31.5" in text_of(client.get(address))
    refused = client.post(address, given | {"period_ends_on": "31.12.2026"})
    assert refused.status_code == 422
    assert "This period has not closed yet." in text_of(refused)
    earlier = firm.periods.get(ends_on=date(2024, 12, 31))
    client.post(reverse("period_remove", args=[firm.pk, earlier.pk]))
    assert firm.periods.count() == 1
    only = reverse("period_remove", args=[firm.pk, firm.periods.get().pk])
    assert "This is the only period." in text_of(client.post(only, follow=True))


def test_a_later_period_in_the_description_keeps_the_one_before(
    client: Client, firm: Organisation, owner: User, arrive_at: Any
) -> None:
    client.force_login(owner)
    edit = reverse("organisation_edit", args=[firm.pk])
    data = typed(client.get(edit))
    assert data["period_ends_on"] == LAST_YEAR
    early = client.post(edit, data | {"period_ends_on": "31.12.2024"})
    assert "A newer period is known." in text_of(early)
    arrive_at(AT + timedelta(days=400))
    assert client.post(edit, data | {"period_ends_on": "31.12.2026", "headcount": "60"}).status_code == 302
    firm.refresh_from_db()
    assert (firm.periods.count(), firm.headcount, firm.size_category) == (2, 60, "small")


# --- Versions ---------------------------------------------------------------------------------


def test_every_change_is_a_version_and_nothing_else_is(firm: Organisation, owner: User) -> None:
    assert [one.number for one in firm.versions.all()] == [1]
    updated(firm, owner, city="Turda")
    updated(firm, owner, city="Turda")
    updated(firm, owner, contact_name="Maria Pop")
    updated(firm, owner, sectors=[SectorFactory(code="energy")])
    period(firm, owner, 2024, "30")
    firm.refresh_from_db()
    assert (firm.version, [one.number for one in firm.versions.all()]) == (5, [5, 4, 3, 2, 1])
    told = [event.data["fields"] for event in Event.objects.filter(action="organisation.changed").order_by("pk")]
    assert told == [["city"], ["contact_name"], ["sectors"], ["periods"]]
    assert firm.versions.get(number=2).content["city"] == "Turda"


def test_a_description_from_before_versions_begins_with_what_it_said(owner: User) -> None:
    firm = OrganisationFactory(member=owner, city="Dej")
    updated(firm, owner, city="Turda", **figures("34"))
    first, second = firm.versions.order_by("number")
    assert (first.content["city"], first.changed_by, first.changed_at) == ("Dej", None, firm.created_at)
    assert (second.content["city"], second.changed_by) == ("Turda", owner)


def test_versions_cannot_be_changed(firm: Organisation) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE applications_organisationversion SET number = 7")


def test_the_history_says_what_it_was_what_it_is_when_and_by_whom(
    client: Client, firm: Organisation, owner: User
) -> None:
    updated(firm, owner, city="Turda", country="BG", **figures("34", turnover="2500000"))
    client.force_login(owner)
    page = text_of(client.get(reverse("organisation_history", args=[firm.pk])))
    for words in ("Cluj-Napoca", "Turda", "Romania", "Bulgaria", "€2,410,000.00", "€2,500,000.00", str(owner)):
        assert words in page
    assert "Version 2" in page
    assert "Lemn de Apuseni SRL was described." in page
    client.force_login(UserFactory())
    assert client.get(reverse("organisation_history", args=[firm.pk])).status_code == 404


def test_two_people_who_change_it_at_once_overwrite_nothing(client: Client, firm: Organisation, owner: User) -> None:
    client.force_login(owner)
    edit = reverse("organisation_edit", args=[firm.pk])
    data = typed(client.get(edit))
    updated(firm, scenes.colleague(firm, UserFactory(), by=owner, at=AT), postcode="401000")
    answer: Any = client.post(edit, data | {"city": "Turda"})
    page = text_of(answer)
    assert "Somebody else changed the description meanwhile." in page
    assert "401000" in page
    assert 'value="Turda"' in page
    firm.refresh_from_db()
    assert (firm.city, firm.postcode) == ("Cluj-Napoca", "401000")
    again = typed(answer) | {"postcode": "401000"}
    assert client.post(edit, again).status_code == 302
    firm.refresh_from_db()
    assert (firm.city, firm.postcode, firm.version) == ("Turda", "401000", 3)


def test_a_stale_version_is_refused_by_the_service_itself(firm: Organisation, owner: User) -> None:
    updated(firm, owner, city="Turda", version=1)
    with pytest.raises(services.ChangedMeanwhile) as refused:
        updated(firm, owner, city="Dej", version=1)
    assert [(one.name, one.was, one.now) for one in refused.value.changes] == [("city", "Cluj-Napoca", "Turda")]


# --- What others read -------------------------------------------------------------------------


def test_the_team_reads_what_was_submitted_and_that_it_changed_since(client: Client, arrive_at: Any) -> None:
    application = submitted()
    firm = application.participations.get(role="lead").organisation
    arrive_at(AFTER)
    pages = [reverse(name, args=[application.pk]) for name in ("application_read", "eligibility_check")]
    client.force_login(team_member(application.call.eurocluster))
    for page in pages:
        assert "changed its description since" not in text_of(client.get(page))
    updated(firm, member_of(firm), city="Turda", **figures("34"))
    for page in pages:
        shown = text_of(client.get(page))
        assert f"{firm.legal_name} changed its description since" in shown
        assert "Turda" in shown
        assert "Cluj-Napoca" in shown
    client.force_login(member_of(firm))
    assert "changed its description since" not in text_of(client.get(pages[0]))


def test_versions_sealed_before_a_part_was_asked_for_do_not_differ_by_it() -> None:
    application = submitted()
    content = application.submissions.get().content
    for partner in content["partners"]:
        del partner["organisation"]["legal_form"]
    Organisation.objects.update(legal_form="SRL")
    assert changed_since(content) == []
    Organisation.objects.filter(participations__in=Participation.objects.all()).update(nace="62.01")
    assert len(changed_since(content)) == len(content["partners"])


def test_the_page_says_what_is_missing_for_applying(client: Client, firm: Organisation, owner: User) -> None:
    def missing() -> set[str]:
        fresh = Organisation.objects.get(pk=firm.pk)
        periods = list(fresh.periods.order_by("-ends_on"))
        return {str(task.name) for task in tasks_of(fresh, periods, AT) if not task.is_done}

    assert {"Contact person", "Legal form", "Main activity (NACE code)", "Earlier accounting periods"} <= missing()
    updated(firm, owner, legal_form="SRL", nace="31.09", contact_name="Maria", contact_email="m@lemn.example")
    for year in (2023, 2024):
        period(firm, owner, year, "30")
    assert not {"Contact person", "Legal form", "Main activity (NACE code)", "Earlier accounting periods"} & missing()
    client.force_login(owner)
    assert "Ready to apply?" in text_of(client.get(firm.get_absolute_url()))


def test_an_activity_that_nobody_has_is_refused(client: Client, firm: Organisation, owner: User) -> None:
    client.force_login(owner)
    edit = reverse("organisation_edit", args=[firm.pk])
    refused = client.post(edit, typed(client.get(edit)) | {"nace": "04.1"})
    assert "No activity has this one." in text_of(refused)
    assert client.post(edit, typed(client.get(edit)) | {"nace": "31.09"}).status_code == 302


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("organisation_detail", 10),
        ("organisation_people", 10),
        ("organisation_history", 7),
        ("organisation_periods", 7),
    ],
)
def test_every_page_costs_the_same_for_any_number_of_rows(
    client: Client, firm: Organisation, owner: User, name: str, queries: int, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        scenes.colleague(firm, UserFactory(), by=owner, at=AT)
        services.ask_to_join(organisation_id=firm.pk, message="", by=UserFactory(), at=AT)
        services.invite_member(
            organisation_id=firm.pk, email=f"p{number}@lemn.example", role=MemberRole.MEMBER, by=owner, at=AT
        )
        period(firm, owner, 2024 - number, "30")
    client.force_login(owner)
    with django_assert_num_queries(queries):
        assert client.get(reverse(name, args=[firm.pk])).status_code == 200
