"""The desk: each role sees what waits for it, and nothing of another Eurocluster."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications import services as applications
from calls.models import BudgetLine, Call, Eurocluster
from calls.services import begin_evaluation
from calls.states import Role
from eurocluster_portal.desks import Desk, desk_of
from evaluation import services as evaluation
from tests import scenes
from tests.factories.calls import TeamRoleFactory
from vouchers import services as vouchers
from vouchers.tasks import write_bank_file

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a document"
OPEN, AFTER = scenes.OPEN, scenes.AFTER
LATER = AFTER + timedelta(days=30)


class Team:
    """A Eurocluster with money, a call and the people who run it."""

    def __init__(self, slug: str, prefix: str) -> None:
        self.eurocluster: Eurocluster = scenes.eurocluster(slug, prefix)
        self.line: BudgetLine = scenes.budget_line(self.eurocluster)
        self.call: Call = scenes.open_call(
            self.eurocluster, self.line, code=f"{slug}-innovation", title=f"Call of {slug}"
        )
        self.manager = scenes.team_member(Role.MANAGER, self.eurocluster)

    def member(self, role: Role) -> User:
        return scenes.team_member(role, self.eurocluster)

    def experts(self) -> list[Any]:
        return [scenes.expert(self.eurocluster) for _ in range(2)]


@pytest.fixture
def team() -> Team:
    return Team("recentre", "RC")


@pytest.fixture
def other() -> Team:
    """Another Eurocluster, with an application handed in to it and awarded."""
    made = Team("elsewhere", "EW")
    scenes.signed(scenes.awarded(made.call, made.manager, made.experts()), made.manager, content=PDF)
    return made


def desk(user: User, at: datetime = AFTER) -> Desk:
    return desk_of(User.objects.get(pk=user.pk), at=at)


def texts(items: list[Any]) -> list[str]:
    return [item.text for item in items]


# --- A new person, and applicants ---------------------------------------------------------------


def test_a_new_person_is_told_how_to_begin(client: Client, other: Team) -> None:
    user = scenes.person("New Person")
    assert desk(user).is_new
    client.force_login(user)
    page = client.get("/desk/").content.decode()
    assert f'href="{reverse("organisation_create")}"' in page
    assert "Find a call" in page
    assert "elsewhere" not in page.lower()


def test_an_applicant_without_an_application(client: Client, team: Team) -> None:
    user = scenes.person("Ioana Mureșan")
    scenes.organisation(user)
    assert (desk(user).is_new, desk(user).needs) == (False, [])
    client.force_login(user)
    assert "No application yet" in client.get("/desk/").content.decode()


def test_a_draft_needs_its_authors_until_the_deadline(team: Team, other: Team) -> None:
    pair = scenes.pair(team.call)
    for author, step in (
        (pair.lead, "Complete and submit it"),
        (pair.partner, "Write your part; the lead submits it"),
    ):
        found = desk(author, OPEN)
        assert texts(found.needs) == [step]
        assert (found.needs[0].until, found.needs[0].url) == (
            team.call.closes_at,
            f"/applications/{pair.application.pk}/",
        )
        assert [row.application for row in found.applications] == [pair.application]
    late = desk(pair.lead, AFTER)
    assert (late.needs, late.applications[0].next_step) == ([], "It was not submitted before the deadline")


def test_changes_after_submitting_need_to_be_submitted(team: Team) -> None:
    pair = scenes.submitted(team.call)
    assert desk(pair.lead, OPEN).needs == []
    assert desk(pair.lead, OPEN).applications[0].next_step == "Nothing to do: the team checks it after the deadline"
    pair.save("project", at=OPEN + timedelta(hours=1), acronym="NEWER")
    assert texts(desk(pair.lead, OPEN + timedelta(hours=2)).needs) == ["Submit your changes"]
    partners = desk(pair.partner, OPEN + timedelta(hours=2))
    assert (partners.needs, partners.applications[0].next_step) == ([], "The lead submits the changes")


def test_an_invited_person_is_asked_to_answer(team: Team) -> None:
    pair, invited = scenes.pair(team.call), scenes.person("Milena Stoyanova")
    invitation = applications.invite_partner(
        application_id=pair.application.pk,
        email=invited.email.upper(),
        organisation_name="Third EOOD",
        by=pair.lead,
        at=OPEN,
    )
    found = desk(invited, OPEN)
    assert not found.is_new
    assert texts(found.needs) == ["Answer the invitation of Ioana Mureșan to an application"]
    assert found.needs[0].url == f"/invitations/{invitation.token}/"
    applications.decline_invitation(token=invitation.token, by=invited, at=OPEN)
    assert desk(invited, OPEN).needs == []


def test_each_party_is_asked_to_sign_until_it_has(team: Team, other: Team) -> None:
    pair = scenes.awarded(team.call, team.manager, team.experts())
    agreement = scenes.agreement(pair, team.manager, content=PDF)
    for author, organisation in zip((pair.lead, pair.partner), pair.organisations, strict=True):
        assert texts(desk(author).needs) == [f"Sign agreement {agreement.number} for {organisation}"]
    assert "Sign 1 agreement" in texts(desk(team.manager).needs)
    for organisation, by in ((pair.organisations[0], pair.lead), (None, team.manager)):
        vouchers.sign_agreement(
            agreement_id=agreement.pk,
            organisation_id=organisation.pk if organisation else None,
            signatory_name=by.full_name,
            document_sha256=agreement.document.sha256,
            ip_address="127.0.0.1",
            by=by,
            at=AFTER,
        )
    assert texts(desk(pair.lead).waiting) == [f"The other parties sign agreement {agreement.number}"]
    assert texts(desk(pair.partner).needs) == [f"Sign agreement {agreement.number} for {pair.organisations[1]}"]
    assert texts(desk(team.manager).needs) == []
    assert texts(desk(team.manager).waiting) == ["1 agreement waits for its beneficiaries"]


def test_a_due_instalment_is_claimed_once(team: Team) -> None:
    pair = scenes.awarded(team.call, team.manager, team.experts())
    scenes.signed(pair, team.manager, content=PDF)
    voucher = scenes.vouchers_of(pair)[0]
    assert texts(desk(pair.lead).needs) == [f"Name your bank account to claim instalment 1 of voucher {voucher.number}"]
    claim = scenes.claimed(pair, 0)
    assert (desk(pair.lead).needs, texts(desk(pair.lead).waiting)) == (
        [],
        [f"Instalment 1 of voucher {voucher.number} is on its way"],
    )
    vouchers.reject_claim(claim_id=claim.pk, reason="Wrong period.", by=team.member(Role.FINANCE), at=AFTER)
    assert texts(desk(pair.lead).needs) == [f"Claim instalment 1 of voucher {voucher.number}"]


# --- Experts --------------------------------------------------------------------------------------


def test_an_expert_answers_reads_and_is_late(team: Team, other: Team) -> None:
    pair, (reader, idle) = scenes.eligible(team.call, team.manager), team.experts()
    assignment = evaluation.assign_expert(
        application_id=pair.application.pk, expert_id=reader.pk, due_on=LATER.date(), by=team.manager, at=AFTER
    )
    reference = pair.application.reference
    invited = desk(reader.user)
    assert texts(invited.needs) == [f"Accept or decline to evaluate {reference}"]
    assert (invited.needs[0].url, invited.needs[0].due_on) == (f"/evaluation/{assignment.pk}/", LATER.date())
    evaluation.accept_assignment(assignment_id=assignment.pk, by=reader.user, at=AFTER)
    assert texts(desk(reader.user).needs) == [f"Evaluate {reference}"]
    assert texts(desk(reader.user, LATER).late) == []
    assert texts(desk(reader.user, LATER + timedelta(days=1)).late) == [f"Evaluate {reference}"]
    assert texts(desk(team.manager, LATER + timedelta(days=1)).late) == ["1 review is late"]
    assert (desk(idle.user).is_new, desk(idle.user).needs) == (False, [])


def test_an_expert_does_not_see_the_title_before_the_declaration(client: Client, team: Team) -> None:
    pair, (reader, _) = scenes.eligible(team.call, team.manager, title="Walnut chairs"), team.experts()
    evaluation.assign_expert(
        application_id=pair.application.pk, expert_id=reader.pk, due_on=LATER.date(), by=team.manager, at=AFTER
    )
    client.force_login(reader.user)
    assert "Walnut chairs" not in client.get("/desk/").content.decode()


# --- Managers -------------------------------------------------------------------------------------


def test_a_managers_work_through_the_life_of_a_call(team: Team, other: Team) -> None:
    manager = team.manager
    draft = scenes.draft_call(team.eurocluster, team.line, code="draft", title="Another call")
    assert texts(desk(manager, OPEN).needs) == ["Complete and publish the call"]
    draft.delete()
    pair = scenes.submitted(team.call)
    assert desk(manager, OPEN).needs == []
    assert texts(desk(manager).needs) == ["Check 1 application"]
    applications.decide_eligibility(application_id=pair.application.pk, is_eligible=True, note="", by=manager, at=AFTER)
    assert texts(desk(manager).needs) == ["Ask experts for 1 application"]
    first, second = team.experts()
    scenes.review(pair, first, manager, ("4", "4", "4"))
    assert texts(desk(manager).needs) == ["Ask experts for 1 application"]
    scenes.review(pair, second, manager, ("4", "4", "4"))
    assert texts(desk(manager).needs) == ["Make the ranking: all reviews are in"]
    made = scenes.ranked(team.call, manager)
    assert texts(desk(manager).needs) == ["Decide on the ranking"]
    evaluation.decide_ranking(ranking_list_id=made.pk, by=manager, at=AFTER)
    assert texts(desk(manager).needs) == ["Prepare 1 agreement"]
    scenes.agreement(pair, manager, is_ready=False)
    assert desk(manager).needs == []


def test_a_managers_calls_with_their_numbers(team: Team, other: Team) -> None:
    scenes.eligible(team.call, team.manager)
    scenes.submitted(team.call)
    scenes.pair(team.call)
    [row] = desk(team.manager).calls
    numbers = (row.handed_in, row.to_check, row.eligible, row.awarded)
    assert (row.call, numbers) == (team.call, (2, 1, 1, 0))


def test_reviews_that_are_not_late_wait_for_the_experts(team: Team) -> None:
    pair, (reader, _) = scenes.eligible(team.call, team.manager), team.experts()
    evaluation.assign_expert(
        application_id=pair.application.pk, expert_id=reader.pk, due_on=LATER.date(), by=team.manager, at=AFTER
    )
    assert texts(desk(team.manager).waiting) == ["1 review is being written"]


# --- Money ----------------------------------------------------------------------------------------


def test_finance_officers_hand_a_payment_on(team: Team, other: Team) -> None:
    first, second, owner = team.member(Role.FINANCE), team.member(Role.FINANCE), team.member(Role.OWNER)
    pair = scenes.awarded(team.call, team.manager, team.experts())
    scenes.signed(pair, team.manager, content=PDF)
    claim = scenes.claimed(pair, 0)
    assert [(item.text, item.mark) for item in desk(first).needs] == [("Approve or reject 1 claim", "€13,000")]
    assert desk(first).needs[0].url == "/finance/recentre/"
    vouchers.approve_claim(claim_id=claim.pk, by=first, at=AFTER)
    assert texts(desk(second).needs) == ["Put 1 approved claim into a payment batch"]
    batch = vouchers.prepare_batch(
        eurocluster_id=team.eurocluster.pk,
        claim_ids=[claim.pk],
        execution_on=LATER.date(),
        by=second,
        at=AFTER,
    )
    for acted in (first, second):
        assert texts(desk(acted).waiting) == [f"Another person releases batch {batch.number}: you have acted on it"]
        assert desk(acted).needs == []
    assert f"Release payment batch {batch.number}" in texts(desk(owner).needs)
    assert f"Release payment batch {batch.number}" in texts(desk(owner, LATER + timedelta(days=1)).late)
    vouchers.release_batch(batch_id=batch.pk, by=owner, at=AFTER)
    assert texts(desk(first).needs) == [f"Confirm that the bank has paid batch {batch.number}"]
    assert f"Confirm that the bank has paid batch {batch.number}" in texts(desk(owner).waiting)
    write_bank_file({"batch": batch.pk}, at=AFTER)
    vouchers.mark_batch_paid(batch_id=batch.pk, by=first, at=AFTER)
    assert (desk(first).needs, desk(first).waiting) == ([], [])


def test_the_money_adds_up_to_the_cent(client: Client, team: Team, other: Team) -> None:
    finance, second = team.member(Role.FINANCE), team.member(Role.FINANCE)
    pair = scenes.awarded(team.call, team.manager, team.experts(), requested=("25000.33", "26999.66"))
    scenes.signed(pair, team.manager, content=PDF)
    batch = scenes.batched(scenes.claimed(pair, 0), finance)
    vouchers.release_batch(batch_id=batch.pk, by=second, at=AFTER)
    write_bank_file({"batch": batch.pk}, at=AFTER)
    vouchers.mark_batch_paid(batch_id=batch.pk, by=finance, at=AFTER)
    [budget] = desk(finance).budgets
    assert budget.eurocluster == team.eurocluster
    total = budget.total
    assert (total.allocated, total.available, total.reserved) == (
        Decimal("1040000.00"),
        Decimal("988000.01"),
        Decimal("0.00"),
    )
    assert (total.paid, total.committed) == (batch.total_eur, Decimal("51999.99") - batch.total_eur)
    assert total.adds_up
    client.force_login(finance)
    page = client.get("/desk/").content.decode()
    shown = [Decimal(cell.replace(",", "")) for cell in re.findall(r'data-label="[^"]*">€([\d,]+\.\d\d)</td>', page)]
    assert shown[0] == sum(shown[1:5])
    assert shown[:5] == [total.allocated, total.available, total.reserved, total.committed, total.paid]


# --- Reading only ---------------------------------------------------------------------------------


def test_an_observer_reads_and_has_nothing_to_do(client: Client, team: Team, other: Team) -> None:
    scenes.submitted(team.call)
    found = desk(team.member(Role.OBSERVER))
    assert (found.needs, found.late, found.waiting) == ([], [], [])
    assert found.only_reads
    assert [row.call for row in found.calls] == [team.call]
    assert [budget.eurocluster for budget in found.budgets] == [team.eurocluster]


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OBSERVER])
def test_who_serves_all_sees_every_eurocluster(team: Team, other: Team, role: Role) -> None:
    found = desk(TeamRoleFactory(role=role, eurocluster=None).user)
    assert {row.call for row in found.calls} == {team.call, other.call}
    assert {budget.eurocluster for budget in found.budgets} == {team.eurocluster, other.eurocluster}
    assert (found.needs, found.late) == ([], [])
    assert len(found.euroclusters) == (2 if role == Role.ADMINISTRATOR else 0)


def test_an_administrator_sees_how_many_people_serve(team: Team) -> None:
    team.member(Role.MANAGER)
    [row] = desk(TeamRoleFactory(role=Role.ADMINISTRATOR, eurocluster=None).user).euroclusters
    assert (row.people, row.call_count) == (2, 1)  # type: ignore[attr-defined]


def test_roles_join_on_one_desk(team: Team, other: Team) -> None:
    """A manager of one Eurocluster who applies to another and reads for it."""
    pair = scenes.pair(other.call)
    user = pair.lead
    TeamRoleFactory(user=user, role=Role.MANAGER, eurocluster=team.eurocluster)
    scenes.submitted(team.call)
    found = desk(user)
    assert texts(found.needs) == ["Check 1 application"]
    assert [row.application for row in found.applications] == [pair.application]
    assert [row.call for row in found.calls] == [team.call]
    assert found.roles == ["Cluster manager, RECENTRE", "Applicant"]


# --- What each person must never see ----------------------------------------------------------------

READERS: dict[str, Callable[[Team], User]] = {
    "manager": lambda team: team.manager,
    "finance": lambda team: team.member(Role.FINANCE),
    "owner": lambda team: team.member(Role.OWNER),
    "observer": lambda team: team.member(Role.OBSERVER),
    "expert": lambda team: team.experts()[0].user,
    "applicant": lambda team: scenes.pair(team.call).lead,
}


@pytest.mark.parametrize("who", READERS)
def test_nothing_of_another_eurocluster(client: Client, team: Team, other: Team, who: str) -> None:
    client.force_login(READERS[who](team))
    page = client.get("/desk/").content.decode()
    assert "elsewhere" not in page.lower()
    assert "EW-" not in page


# --- Queries ----------------------------------------------------------------------------------------

QUERIES = {"manager": 10, "finance": 12, "owner": 12, "observer": 9, "expert": 7, "applicant": 10}


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize("who", QUERIES)
def test_queries(client: Client, team: Team, who: str, rows: int, django_assert_num_queries: Any) -> None:
    user = READERS[who](team)
    for number in range(rows):
        scenes.submitted(team.call)
        scenes.open_call(team.eurocluster, team.line, code=f"more-{number}")
    client.force_login(user)
    with django_assert_num_queries(QUERIES[who]):
        client.get("/desk/")


def test_queries_of_an_administrator(client: Client, team: Team, other: Team, django_assert_num_queries: Any) -> None:
    client.force_login(TeamRoleFactory(role=Role.ADMINISTRATOR, eurocluster=None).user)
    with django_assert_num_queries(12):
        client.get("/desk/")


# --- A manager's pages --------------------------------------------------------------------------------


def test_the_page_of_a_call(client: Client, team: Team, other: Team) -> None:
    scenes.submitted(team.call)
    begin_evaluation(call_id=team.call.pk, by=team.manager, at=AFTER)
    client.force_login(team.manager)
    page = client.get(f"/manage/calls/{team.call.code}/").content.decode()
    assert "Check 1 application" in page
    assert f'href="/manage/calls/{team.call.code}/applications/?status=submitted"' in page
    assert "Evaluation began" in page
    assert "€1,040,000.00 = €1,040,000.00 available + €0.00 reserved + €0.00 committed + €0.00 paid" in page
    assert client.get(f"/manage/calls/{other.call.code}/").status_code == 404


def test_the_page_of_a_draft_lists_what_is_missing(client: Client, team: Team) -> None:
    draft = scenes.draft_call(team.eurocluster, team.line, support_max_eur=Decimal("2000000.00"))
    client.force_login(team.manager)
    page = client.get(f"/manage/calls/{draft.code}/").content.decode()
    assert page.count(">Done<") == 10
    assert "The budget line has less money left than one award may cost." in page
    assert "Check and publish" in page
    client.force_login(team.member(Role.FINANCE))
    assert "Check and publish" not in client.get(f"/manage/calls/{draft.code}/").content.decode()


def test_the_page_of_a_eurocluster(client: Client, team: Team, other: Team) -> None:
    client.force_login(team.manager)
    page = client.get("/manage/recentre/").content.decode()
    for words in ("Call of recentre", "€1,040,000.00", team.manager.full_name, "Set up a call"):
        assert words in page
    assert "elsewhere" not in page
    client.force_login(team.member(Role.OBSERVER))
    assert "Set up a call" not in client.get("/manage/recentre/").content.decode()


@pytest.mark.parametrize("rows", [1, 4])
@pytest.mark.parametrize(("address", "queries"), [("/manage/recentre/", 9), ("/manage/calls/recentre-innovation/", 11)])
def test_queries_of_a_managers_pages(
    client: Client, team: Team, address: str, queries: int, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        scenes.submitted(team.call)
        scenes.open_call(team.eurocluster, team.line, code=f"more-{number}")
    client.force_login(team.manager)
    with django_assert_num_queries(queries):
        client.get(address)
