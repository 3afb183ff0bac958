"""A call from the draft to the archive, and roles in teams: what is done, what is refused, what is written down."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import product
from typing import Any

import pytest

from accounts.models import User
from audit.models import Event
from calls import services
from calls.form_definition import parse
from calls.models import Call, TeamRole
from calls.services.calls import set_criteria, set_instalments
from calls.states import CALL_MOVES, CallStatus, IllegalMove, InstalmentTrigger, Role, Strand, SupportKind
from tests.factories.accounts import UserFactory
from tests.factories.calls import (
    AT,
    CLOSES_AT,
    OPENS_AT,
    BudgetLineFactory,
    CallFactory,
    EuroclusterFactory,
    SectorFactory,
    definition,
)

pytestmark = pytest.mark.django_db
AFTER = CLOSES_AT + timedelta(days=1)
VERBS = {
    CallStatus.PUBLISHED: services.publish_call,
    CallStatus.EVALUATION: services.begin_evaluation,
    CallStatus.DECIDED: services.close_decision,
    CallStatus.IMPLEMENTATION: services.start_implementation,
    CallStatus.ARCHIVED: services.archive_call,
    CallStatus.CANCELLED: partial(services.cancel_call, reason="The money is gone."),
}


@pytest.fixture
def manager() -> User:
    return UserFactory(full_name="Chiara Piovesan")


def settings_of_a_call(**changes: Any) -> dict[str, Any]:
    line = BudgetLineFactory()
    return {
        "eurocluster": line.eurocluster,
        "budget_line": line,
        "code": "innovation-2026",
        "title": "Innovation",
        "summary": "For two SMEs.",
        "description": "## What is funded",
        "strand": Strand.INNOVATE,
        "opens_at": OPENS_AT,
        "closes_at": CLOSES_AT,
        "support_kind": SupportKind.LUMP_SUM,
        "support_max_eur": Decimal("52000.00"),
    } | changes


def criterion(code: str, weight: str) -> dict[str, Any]:
    return {"code": code, "title": code.title(), "guidance": "…", "weight": Decimal(weight)}


HALVES = [
    {"trigger": InstalmentTrigger.SIGNATURE, "rate": Decimal("0.5")},
    {"trigger": InstalmentTrigger.FINAL_REPORT, "rate": Decimal("0.5")},
]


def events(call: Call) -> list[tuple[str, str, dict[str, Any]]]:
    rows = Event.objects.about(call).order_by("id")
    return list(rows.values_list("action", "actor_label", "data"))


# --- Setting up ---------------------------------------------------------------------------------


def test_create_call(manager: User) -> None:
    call = services.create_call(
        fields=settings_of_a_call(),
        sectors=[SectorFactory(code="it")],
        criteria=[criterion("impact", "0.6"), criterion("excellence", "0.4")],
        instalments=HALVES,
        form=parse(definition()),
        by=manager,
        at=AT,
    )
    assert call.status == CallStatus.DRAFT
    assert list(call.sectors.values_list("code", flat=True)) == ["it"]
    assert list(call.criteria.values_list("position", "code")) == [(1, "impact"), (2, "excellence")]
    assert list(call.instalment_rules.values_list("position", "trigger")) == [(1, "signature"), (2, "final_report")]
    assert [form.version for form in call.forms.all()] == [1]
    assert call.forms.get().parsed() == parse(definition())
    assert events(call) == [("call.created", "Chiara Piovesan", {"code": "innovation-2026"})]


def update(call: Call, by: User, **changes: Any) -> Call:
    values = {"fields": {}, "sectors": call.sectors.all(), "criteria": None, "instalments": None} | changes
    return services.update_call(call_id=call.pk, **values, by=by, at=AT)


def test_update_call_changes_what_is_given(manager: User) -> None:
    call = CallFactory(draft=True)
    changed = update(
        call,
        manager,
        fields={"title": "Another title", "summary": call.summary, "awards_max": 20},
        criteria=[criterion("impact", "1")],
        form=parse(definition("dream")),
    )
    call.refresh_from_db()
    assert (call.title, call.awards_max) == ("Another title", 20)
    assert list(call.criteria.values_list("code", flat=True)) == ["impact"]
    assert call.instalment_rules.count() == 2
    assert [form.version for form in call.forms.all()] == [2, 1]
    assert events(changed) == [("call.changed", "Chiara Piovesan", {"fields": ["awards_max", "title"]})]


@pytest.mark.parametrize("status", [status for status in CallStatus if status != CallStatus.DRAFT])
def test_only_a_draft_is_changed(manager: User, status: CallStatus) -> None:
    call = CallFactory(status=status)
    with pytest.raises(IllegalMove):
        update(call, manager, fields={"title": "Too late"})
    call.refresh_from_db()
    assert call.title == "Innovation vouchers"
    assert events(call) == []


# --- Publishing ---------------------------------------------------------------------------------


def test_publish_call(manager: User) -> None:
    call = services.publish_call(call_id=CallFactory(draft=True).pk, by=manager, at=AT)
    call.refresh_from_db()
    assert (call.status, call.published_at, call.published_by) == (CallStatus.PUBLISHED, AT, manager)
    window = {"opens_at": "2026-01-31T09:30:00Z", "closes_at": "2026-06-30T15:00:00Z"}
    assert events(call) == [("call.published", "Chiara Piovesan", window)]


def _short(call: Call) -> None:
    call.closes_at = call.opens_at + timedelta(days=59, hours=23)


def _without_criteria(call: Call) -> None:
    call.criteria.all().delete()


def _unbalanced_weights(call: Call) -> None:
    set_criteria(call=call, criteria=[criterion("impact", "0.5"), criterion("excellence", "0.4")])


def _unbalanced_instalments(call: Call) -> None:
    set_instalments(call=call, instalments=HALVES[:1])


def _without_form(call: Call) -> None:
    call.forms.all().delete()


def _too_expensive(call: Call) -> None:
    call.support_max_eur = Decimal("1040000.01")


def _line_of_another(call: Call) -> None:
    call.budget_line = BudgetLineFactory()


def _unreachable_threshold(call: Call) -> None:
    call.total_threshold = Decimal("15.5")


def _one_expert_who_differs(call: Call) -> None:
    call.reviews_per_application = 1


def _unknown_tie_break(call: Call) -> None:
    call.tie_breaks = ["criterion:impact", "criterion:novelty", "earlier_submission"]


GAPS = {
    "The call must be open for at least two months.": _short,
    "The call has no evaluation criteria.": _without_criteria,
    "The weights of the criteria must add up to 100 %.": _unbalanced_weights,
    "The overall threshold is higher than the best total.": _unreachable_threshold,
    "A difference that calls a third expert needs two experts per application.": _one_expert_who_differs,
    "Equal scores are ordered by a criterion that the call does not have.": _unknown_tie_break,
    "The instalments must add up to 100 %.": _unbalanced_instalments,
    "The call has no application form.": _without_form,
    "The budget line has less money left than one award may cost.": _too_expensive,
    "The budget line belongs to another Eurocluster.": _line_of_another,
}


@pytest.mark.parametrize(("words", "spoil"), GAPS.items(), ids=GAPS)
def test_an_incomplete_call_is_not_published(manager: User, words: str, spoil: Any) -> None:
    call = CallFactory(draft=True)
    spoil(call)
    call.save()
    with pytest.raises(services.CallNotReady) as refused:
        services.publish_call(call_id=call.pk, by=manager, at=AT)
    assert refused.value.gaps == [words]
    call.refresh_from_db()
    assert (call.status, call.published_at) == (CallStatus.DRAFT, None)


def test_everything_is_checked_and_done() -> None:
    call = CallFactory(draft=True)
    checks = services.publishing_checks(call)
    assert [check.is_done for check in checks if check.is_required] == [True] * 9
    assert services.publishing_gaps(call) == []


def test_advice_does_not_keep_a_call_from_being_published(manager: User) -> None:
    call = CallFactory(draft=True)
    advised = [check for check in services.publishing_checks(call) if not check.is_required]
    no_document = "The call offers no document, such as guidelines for applicants or a model agreement."
    assert [check.gap for check in advised if not check.is_done] == [
        no_document,
        "The partners of the Eurocluster are not entered, so applicants cannot see whom the rule excludes.",
        "The Eurocluster has no contact address for applicants.",
    ]
    call.eurocluster.partners.create(name="CENFIM", country="ES")
    call.eurocluster.contact_email = "desk@clusters.example"
    assert [check.gap for check in services.publishing_checks(call) if not check.is_done] == [no_document]


def test_a_short_window_is_published_with_a_recorded_reason(manager: User) -> None:
    call = CallFactory(draft=True)
    _short(call)
    call.save()
    reason = "The mission to Mexico leaves in May."
    services.publish_call(call_id=call.pk, by=manager, at=AT, reason=reason)
    [(action, _, data)] = events(call)
    assert (action, data["reason"]) == ("call.published", reason)


def test_a_reason_excuses_nothing_else(manager: User) -> None:
    call = CallFactory(draft=True)
    _short(call)
    call.save()
    _without_criteria(call)
    with pytest.raises(services.CallNotReady) as refused:
        services.publish_call(call_id=call.pk, by=manager, at=AT, reason="There was no time.")
    assert refused.value.gaps == ["The call has no evaluation criteria."]


# --- The life cycle -----------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "target"), list(product(CallStatus, VERBS)), ids=str)
def test_every_move(manager: User, source: CallStatus, target: CallStatus) -> None:
    published_at = None if source == CallStatus.DRAFT else OPENS_AT
    call = CallFactory(status=source, published_at=published_at)
    if target in CALL_MOVES[source]:
        VERBS[target](call_id=call.pk, by=manager, at=AFTER)
    else:
        with pytest.raises(IllegalMove):
            VERBS[target](call_id=call.pk, by=manager, at=AFTER)
    call.refresh_from_db()
    assert call.status == (target if target in CALL_MOVES[source] else source)
    expected = [f"call.{target}"] if target in CALL_MOVES[source] else []
    assert [action for action, _, _ in events(call)] == expected


def test_no_verb_leads_back_to_a_draft() -> None:
    assert set(CallStatus) - set(VERBS) == {CallStatus.DRAFT}
    assert all(CallStatus.DRAFT not in targets for targets in CALL_MOVES.values())


def test_evaluation_waits_for_the_closing_instant(manager: User) -> None:
    call = CallFactory()
    with pytest.raises(IllegalMove):
        services.begin_evaluation(call_id=call.pk, by=manager, at=CLOSES_AT - timedelta(microseconds=1))
    services.begin_evaluation(call_id=call.pk, by=manager, at=CLOSES_AT)
    call.refresh_from_db()
    assert call.status == CallStatus.EVALUATION


# --- Teams --------------------------------------------------------------------------------------


def test_give_and_end_a_role(manager: User) -> None:
    eurocluster, user = EuroclusterFactory(), UserFactory(email="new@example.org")
    held = services.give_role(user=user, role=Role.FINANCE, eurocluster=eurocluster, by=manager, at=AT)
    again = services.give_role(user=user, role=Role.FINANCE, eurocluster=eurocluster, by=manager, at=AFTER)
    assert (held, held.given_by, held.given_at) == (again, manager, AT)
    services.end_role(role_id=held.pk, by=manager, at=AFTER)
    services.end_role(role_id=held.pk, by=manager, at=AFTER + timedelta(days=1))
    held.refresh_from_db()
    assert held.ended_at == AFTER
    actions = Event.objects.about(held).order_by("id").values_list("action", "data")
    assert list(actions) == [
        ("role.given", {"role": "finance", "person": "new@example.org"}),
        ("role.ended", {"role": "finance"}),
    ]


def test_a_role_that_ended_is_given_anew(manager: User) -> None:
    eurocluster, user = EuroclusterFactory(), UserFactory()
    first = services.give_role(user=user, role=Role.MANAGER, eurocluster=eurocluster, by=None, at=AT)
    services.end_role(role_id=first.pk, by=manager, at=AFTER)
    second = services.give_role(user=user, role=Role.MANAGER, eurocluster=eurocluster, by=manager, at=AFTER)
    assert second != first
    assert set(TeamRole.objects.held_at(AFTER + timedelta(seconds=1))) == {second}
    assert set(TeamRole.objects.held_at(AFTER - timedelta(seconds=1))) == {first}
