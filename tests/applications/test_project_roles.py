"""As what organisations take part: chosen when they start or join, changed by the lead while it is a draft, sealed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from applications import services as applications
from applications.models import Application
from audit.models import Event
from calls.models import BudgetLine, Call
from tests import scenes
from tests.applications.variations import Applicants, Variation, by, firm

pytestmark = pytest.mark.django_db
ROLES = [{"code": "owner", "title": "Challenge owner"}, {"code": "solver", "title": "Solution provider"}]
OWNER, SOLVER = firm(role="owner"), firm(role="solver")
WITH_ROLES = Variation({"role_combinations": ["1+1"]}, {"project_roles": ROLES})


@pytest.fixture
def line() -> BudgetLine:
    return scenes.budget_line(scenes.eurocluster())


@pytest.fixture
def call(line: BudgetLine) -> Call:
    return WITH_ROLES.call(line)


@pytest.fixture
def draft(call: Call) -> Application:
    application, _lead = Applicants(call).draft(by(OWNER, SOLVER))
    return application


@pytest.fixture
def lead(client: Client, draft: Application, arrive_at: Any) -> Client:
    arrive_at(scenes.OPEN)
    client.force_login(draft.created_by)
    return client


def role_page(draft: Application, role: str = "partner") -> str:
    return f"/applications/{draft.pk}/partners/{draft.participations.get(role=role).pk}/role/"


def roles_in(draft: Application) -> list[str]:
    return [row.project_role.code if row.project_role else "" for row in draft.participations.order_by("role", "pk")]


def test_a_role_is_chosen_when_an_application_is_started(client: Client, call: Call, arrive_at: Any) -> None:
    arrive_at(scenes.OPEN)
    person, organisation = Applicants(call).of(OWNER)
    client.force_login(person)
    address = f"/applications/start/{call.code}/"
    page = client.post(address, {"organisation": organisation.pk})
    assert "Choose the role in which the organisation takes part." in page.content.decode()
    role = call.project_roles.get(code="owner")
    client.post(address, {"organisation": organisation.pk, "project_role": role.pk})
    assert roles_in(Application.objects.get()) == ["owner"]


def test_a_call_without_roles_asks_for_none(client: Client, line: BudgetLine, arrive_at: Any) -> None:
    arrive_at(scenes.OPEN)
    call = Variation().call(line)
    person, organisation = Applicants(call).of(OWNER)
    client.force_login(person)
    client.post(f"/applications/start/{call.code}/", {"organisation": organisation.pk})
    assert roles_in(Application.objects.get()) == [""]


def test_a_partner_chooses_its_role_when_it_joins(client: Client, call: Call, arrive_at: Any) -> None:
    arrive_at(scenes.OPEN)
    applicants = Applicants(call)
    application, lead = applicants.draft(by(OWNER))
    person, organisation = applicants.of(SOLVER)
    invitation = applications.invite_partner(
        application_id=application.pk, email=person.email, organisation_name="X", by=lead, at=scenes.OPEN
    )
    client.force_login(person)
    answer = {"organisation": organisation.pk, "answer": "accept"}
    address = f"/invitations/{invitation.token}/"
    assert client.post(address, answer).status_code == 422
    client.post(address, answer | {"project_role": call.project_roles.get(code="solver").pk})
    assert roles_in(application) == ["owner", "solver"]


def test_the_lead_changes_a_role_of_a_draft(lead: Client, draft: Application, call: Call) -> None:
    page = lead.get(f"/applications/{draft.pk}/partners/").content.decode()
    assert "Solution provider" in page
    assert role_page(draft) in page
    owner = call.project_roles.get(code="owner")
    assert lead.post(role_page(draft), {"project_role": owner.pk}).status_code == 302
    assert lead.post(role_page(draft), {"project_role": owner.pk}).status_code == 302
    assert roles_in(draft) == ["owner", "owner"]
    (event,) = Event.objects.filter(action="partner.role_chosen")
    assert event.data["role"] == "owner"


def test_a_role_of_another_call_is_refused(lead: Client, draft: Application, line: BudgetLine) -> None:
    foreign = WITH_ROLES.call(line).project_roles.get(code="owner")
    answer = lead.post(role_page(draft), {"project_role": foreign.pk})
    assert answer.status_code == 422
    assert roles_in(draft) == ["owner", "solver"]
    with pytest.raises(applications.RoleOfAnotherCall):
        applications.choose_project_role(
            application_id=draft.pk,
            participation_id=draft.participations.get(role="lead").pk,
            project_role=foreign,
            by=draft.created_by,
            at=scenes.OPEN,
        )


def test_what_is_submitted_keeps_its_roles(lead: Client, draft: Application, call: Call) -> None:
    sealed = applications.submit_application(application_id=draft.pk, number=1, by=draft.created_by, at=scenes.OPEN)
    assert [one["project_role"] for one in sealed.content["partners"]] == ["owner", "solver"]
    assert "Solution provider" in lead.get(f"/applications/{draft.pk}/read/").content.decode()
    answer = lead.post(role_page(draft), {"project_role": call.project_roles.get(code="owner").pk}, follow=True)
    assert "Partners can only change while" in answer.content.decode()
    assert roles_in(draft) == ["owner", "solver"]


def test_the_check_page_names_what_does_not_fit(lead: Client, draft: Application, call: Call) -> None:
    lead.post(role_page(draft), {"project_role": call.project_roles.get(code="owner").pk})
    text = " ".join(lead.get(f"/applications/{draft.pk}/check/").content.decode().split())
    assert "2 Challenge owner + 0 Solution provider" in text
    assert "the call asks for 1 Challenge owner + 1 Solution provider" in text
