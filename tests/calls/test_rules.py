"""Who may do what in a Eurocluster, as one table, for their own and for another one."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from calls import rules
from calls.models import Call, Eurocluster
from calls.states import CallStatus, Role
from tests.factories.accounts import UserFactory
from tests.factories.calls import BudgetLineFactory, CallFactory, EuroclusterFactory, TeamRoleFactory

pytestmark = pytest.mark.django_db
TABLE = """
role           manage  read  money  give
owner          yes     yes   no     yes
manager        yes     yes   no     no
finance        no      yes   yes    no
observer       no      yes   no     no
administrator  no      yes   no     yes
auditor        no      yes   no     no
nobody         no      no    no     no
visitor        no      no    no     no
"""
RULES = {
    "manage": rules.can_manage,
    "read": rules.can_read_team_pages,
    "money": rules.can_handle_money,
    "give": rules.can_give_roles,
}
SERVE_ALL = {"administrator", "auditor"}
ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASES = [(row[0], name, told == "yes") for row in ROWS[1:] for name, told in zip(ROWS[0][1:], row[1:], strict=True)]


def person(who: str, eurocluster: Eurocluster) -> User | AnonymousUser:
    if who == "visitor":
        return AnonymousUser()
    if who == "nobody":
        return UserFactory()
    role = Role.OBSERVER if who == "auditor" else Role(who)
    return TeamRoleFactory(role=role, eurocluster=None if who in SERVE_ALL else eurocluster).user


@pytest.mark.parametrize(("who", "rule", "may"), CASES)
def test_who_may(who: str, rule: str, may: bool) -> None:
    eurocluster, other = EuroclusterFactory(), EuroclusterFactory()
    user = person(who, eurocluster)
    assert RULES[rule](user, eurocluster) is may
    assert RULES[rule](user, other.pk) is (may and who in SERVE_ALL)


@pytest.mark.parametrize("who", [row[0] for row in ROWS[1:]])
def test_what_is_seen(who: str) -> None:
    eurocluster, other = EuroclusterFactory(), EuroclusterFactory()
    own, foreign = (CallFactory(draft=True, eurocluster=one) for one in (eurocluster, other))
    public = CallFactory(eurocluster=other)
    cancelled_draft = CallFactory(draft=True, status=CallStatus.CANCELLED, eurocluster=other)
    user = person(who, eurocluster)
    is_team = who not in {"nobody", "visitor"}
    seen = {public} | ({own} if is_team else set()) | ({foreign, cancelled_draft} if who in SERVE_ALL else set())
    assert set(Call.objects.visible_to(user)) == seen
    assert set(Call.objects.public()) == {public}
    teams = {eurocluster, other} if who in SERVE_ALL else {eurocluster} if is_team else set()
    assert set(Eurocluster.objects.seen_by_team_member(user)) == teams
    assert set(Call.objects.run_by(user)) == {
        call for call in (own, foreign, public, cancelled_draft) if call.eurocluster in teams
    }


def test_rules_of_a_call_are_those_of_its_eurocluster() -> None:
    line = BudgetLineFactory()
    manager = TeamRoleFactory(eurocluster=line.eurocluster).user
    own, foreign = CallFactory(eurocluster=line.eurocluster, budget_line=line), CallFactory()
    assert (rules.can_edit_call(manager, own), rules.can_edit_call(manager, foreign)) == (True, False)
    assert (rules.can_publish_call(manager, own), rules.can_publish_call(manager, foreign)) == (True, False)


def test_a_role_that_ended_counts_no_more() -> None:
    held = TeamRoleFactory()
    held.ended_at = held.given_at
    held.save()
    assert not rules.holds_any_team_role(held.user)


def test_roles_are_read_once_per_person_and_request(django_assert_num_queries: pytest.FixtureRequest) -> None:
    eurocluster = EuroclusterFactory()
    user = User.objects.get(pk=TeamRoleFactory(eurocluster=eurocluster).user.pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert all([rules.can_manage(user, eurocluster), rules.can_read_team_pages(user, eurocluster)])
