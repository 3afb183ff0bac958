"""The eligibility desk: rules decided otherwise, the decision, the letter, the order of arrival."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from applications import services
from applications.assessment import assess_sealed
from applications.checking_tasks import render_eligibility_letter
from applications.eligibility import RuleResult
from applications.judging import judge, judged, judged_in
from applications.letters import letter_key, redress_until
from applications.models import Application, EligibilityCheck, EligibilityOverride
from applications.services.checking import (
    ClarificationOpen,
    NoSuchRule,
    NothingToOverride,
    RuleFails,
    decide_eligibility,
    override_rule,
)
from applications.services.clarifying import ask_clarification
from applications.services.many import ChangedMeanwhile, confirm_eligibility
from applications.states import ApplicationStatus
from audit.models import Event
from calls.models import Call
from calls.phases import brussels_instant
from calls.states import Role, Selection
from documents import services as documents
from documents.models import Document
from eurocluster_portal.lists import bulk
from notifications.models import Message, OutboxJob
from tests.factories.applications import AFTER, checked, fill_in, hand_in, lead_of, partner_of, submitted
from tests.factories.calls import AT, CallFactory, team_member
from tests.held import held

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REASON = "The annexed report shows level 6 at the end."


@pytest.fixture(autouse=True)
def documents_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return settings.DOCUMENTS_DIR


def build() -> Application:
    """Submitted to a call that asks for more by now: its rise in technology readiness does not fit."""
    application = submitted()
    Call.objects.filter(pk=application.call_id).update(trl_rise_min=5)
    return application


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Application]:
    with held(build, django_db_blocker) as application:
        yield application


@pytest.fixture
def waiting(built: Application, db: None) -> Application:
    return Application.objects.select_related("call__eurocluster").get(pk=built.pk)


@pytest.fixture
def manager(waiting: Application) -> User:
    return team_member(waiting.call.eurocluster)


def override(application: Application, by: User, outcome: str = "pass", rule: str = "trl_rise", **changes: Any) -> Any:
    options = {"reason": REASON, "at": AFTER} | changes
    return override_rule(application_id=application.pk, rule=rule, outcome=outcome, by=by, **options)


def decide(application: Application, by: User, *, is_eligible: bool = True, note: str = "", **more: Any) -> Any:
    options = {"at": AFTER + DAY} | more
    return decide_eligibility(application_id=application.pk, is_eligible=is_eligible, note=note, by=by, **options)


def outcome_of(application: Application, rule: str = "trl_rise") -> tuple[str, str, str]:
    application = Application.objects.get(pk=application.pk)
    found = judge(application, application.submissions.order_by("-number")[0])
    one = next(one for one in found if one.code == rule)
    return one.outcome, one.automatic, one.reason


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


# --- What counts ------------------------------------------------------------------------------


def test_without_an_override_the_automatic_results_count(waiting: Application) -> None:
    submission = waiting.submissions.get()
    automatic, counting = assess_sealed(waiting, submission), judge(waiting, submission)
    assert [(one.code, one.outcome, one.evidence) for one in counting] == [
        (one.code, one.outcome, one.evidence) for one in automatic
    ]
    assert {one.automatic for one in counting} == {""}
    assert outcome_of(waiting)[0] == "fail"


def test_the_newest_override_counts_and_the_automatic_result_stays_known(waiting: Application, manager: User) -> None:
    override(waiting, manager)
    assert outcome_of(waiting) == ("pass", "fail", REASON)
    override(waiting, manager, "fail", reason="The report is from another project.", at=AFTER + DAY)
    assert outcome_of(waiting) == ("fail", "fail", "The report is from another project.")
    assert outcome_of(waiting, "duration")[1] == ""


def test_an_override_made_by_mistake_is_set_back_and_stays_in_the_history(waiting: Application, manager: User) -> None:
    override(waiting, manager)
    override(waiting, manager, "automatic", reason="It was the other application.", at=AFTER + DAY)
    assert outcome_of(waiting) == ("fail", "", "")
    assert [one.outcome for one in waiting.eligibility_overrides.all()] == ["automatic", "pass"]
    facts = Event.objects.filter(action="eligibility.overridden").order_by("pk").last().data
    assert (facts["outcome"], facts["before"], facts["automatic"]) == ("automatic", "pass", "fail")
    with pytest.raises(NothingToOverride):
        override(waiting, manager, "automatic", at=AFTER + 2 * DAY)
    with pytest.raises(RuleFails):
        decide(waiting, manager, at=AFTER + 2 * DAY)
    override(waiting, manager, at=AFTER + 2 * DAY)
    assert outcome_of(waiting) == ("pass", "fail", REASON)


@pytest.mark.parametrize(
    ("automatic", "outcome"), [(a, o) for a in ("pass", "fail", "unknown") for o in ("pass", "fail")]
)
def test_whatever_the_portal_found_the_override_counts(automatic: Any, outcome: str) -> None:
    found = [RuleResult("one", automatic, "One", "Found."), RuleResult("two", "pass", "Two", "Fine.")]
    [one, two] = judged(found, [EligibilityOverride(rule="one", outcome=outcome, reason="Seen.")])
    assert (one.outcome, one.automatic, one.evidence, one.for_applicants) == (outcome, automatic, "Found.", "Seen.")
    assert (two.outcome, two.automatic, two.for_applicants) == ("pass", "", "Fine.")


def test_an_override_of_an_earlier_version_does_not_count() -> None:
    call = CallFactory(selection=Selection.FIRST_COME, proposals_per_sme="any")
    application = submitted(call)
    manager = team_member(call.eurocluster)
    override(application, manager, "fail", "duration", at=AT + timedelta(hours=1))
    assert outcome_of(application, "duration")[0] == "fail"
    fill_in(application, duration_months="10", at=AT + timedelta(hours=2))
    hand_in(application, number=2, at=AT + timedelta(hours=3))
    assert outcome_of(application, "duration") == ("pass", "", "")


# --- The service ------------------------------------------------------------------------------


def test_an_override_leaves_its_event(waiting: Application, manager: User) -> None:
    made = override(waiting, manager)
    assert (made.rule, made.outcome, made.reason, made.decided_by, made.decided_at) == (
        "trl_rise",
        "pass",
        REASON,
        manager,
        AFTER,
    )
    event = Event.objects.about(waiting).get(action="eligibility.overridden")
    assert event.actor == manager
    assert event.data == {
        "rule": "trl_rise",
        "outcome": "pass",
        "before": "fail",
        "automatic": "fail",
        "reason": REASON,
    }


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"rule": "no_such"}, NoSuchRule),
        ({"rule": "de_minimis"}, NoSuchRule),
        ({"outcome": "fail"}, NothingToOverride),
        ({"outcome": "unknown"}, ValueError),
        ({"outcome": "automatic"}, NothingToOverride),
        ({"reason": " \n"}, ValueError),
        ({"at": AT}, services.CheckTooEarly),
    ],
)
def test_what_is_no_override(waiting: Application, manager: User, changes: dict[str, Any], error: Any) -> None:
    with pytest.raises(error):
        override(waiting, manager, **changes)
    assert not EligibilityOverride.objects.exists()
    assert not Event.objects.filter(action="eligibility.overridden").exists()


@pytest.mark.parametrize("status", set(ApplicationStatus) - {ApplicationStatus.SUBMITTED})
def test_only_what_waits_for_its_check_is_judged(waiting: Application, manager: User, status: str) -> None:
    Application.objects.filter(pk=waiting.pk).update(status=status, awarded_eur=1)
    with pytest.raises(services.IllegalMove):
        override(waiting, manager)


def test_nothing_is_judged_in_a_cancelled_call(waiting: Application, manager: User) -> None:
    Call.objects.filter(pk=waiting.call_id).update(status="cancelled")
    with pytest.raises(services.IllegalMove):
        override(waiting, manager)


@pytest.mark.parametrize("fields", [{"reason": ""}, {"outcome": "unknown"}])
def test_the_database_keeps_overrides_in_shape(waiting: Application, manager: User, fields: dict[str, str]) -> None:
    values = {"rule": "trl_rise", "outcome": "pass", "reason": "Seen."} | fields
    with pytest.raises(IntegrityError), transaction.atomic():
        EligibilityOverride.objects.create(application=waiting, decided_by=manager, decided_at=AFTER, **values)


# --- The decision -----------------------------------------------------------------------------


def test_nobody_is_found_eligible_against_a_rule_that_nobody_overrode(waiting: Application, manager: User) -> None:
    with pytest.raises(RuleFails) as refusal:
        decide(waiting, manager)
    assert [one.code for one in refusal.value.results] == ["trl_rise"]
    assert not EligibilityCheck.objects.exists()
    override(waiting, manager)
    check = decide(waiting, manager)
    kept = {one.code: one for one in judged_in(check)}
    assert (kept["trl_rise"].outcome, kept["trl_rise"].automatic, kept["trl_rise"].reason) == ("pass", "fail", REASON)
    assert kept["trl_rise"].evidence
    assert kept["duration"].automatic == ""


def test_a_refusal_names_the_rule_that_decides(waiting: Application, manager: User) -> None:
    """A rule that failed already is named as it is; one that fitted is overridden in the same step."""
    check = decide(waiting, manager, is_eligible=False, note="Level 6 is not reached.", rule="trl_rise")
    assert not EligibilityOverride.objects.exists()
    assert [one.code for one in judged_in(check) if one.outcome == "fail"] == ["trl_rise"]


def test_a_refusal_by_a_rule_that_fitted_overrides_it() -> None:
    application = submitted()
    manager = team_member(application.call.eurocluster)
    check = decide(application, manager, is_eligible=False, note="Founded by a partner of ours.", rule="not_excluded")
    made = EligibilityOverride.objects.get()
    assert (made.rule, made.outcome, made.reason, made.decided_at) == (
        "not_excluded",
        "fail",
        "Founded by a partner of ours.",
        AFTER + DAY,
    )
    [one] = [one for one in judged_in(check) if one.outcome == "fail"]
    assert (one.code, one.automatic, one.for_applicants) == ("not_excluded", "pass", made.reason)
    with pytest.raises(services.IllegalMove):
        override(application, manager, at=AFTER + 2 * DAY)


def test_a_refusal_by_an_unknown_rule_decides_nothing(waiting: Application, manager: User) -> None:
    with pytest.raises(NoSuchRule):
        decide(waiting, manager, is_eligible=False, note="No.", rule="no_such")
    waiting.refresh_from_db()
    assert waiting.status == "submitted"


def test_an_open_question_asks_for_a_confirmation_and_is_taken_back(manager: User, waiting: Application) -> None:
    override(waiting, manager)
    asked = ask_clarification(
        application_id=waiting.pk, question="Which level?", due_at=AFTER + 5 * DAY, by=manager, at=AFTER
    )
    with pytest.raises(ClarificationOpen) as refusal:
        decide(waiting, manager)
    assert refusal.value.due_at == AFTER + 5 * DAY
    decide(waiting, manager, despite_question=True)
    asked.refresh_from_db()
    assert (asked.status, asked.cancelled_at) == ("cancelled", AFTER + DAY)
    assert Event.objects.filter(action="clarification.cancelled").count() == 1


def test_a_question_past_its_deadline_holds_nothing_up(manager: User, waiting: Application) -> None:
    override(waiting, manager)
    asked = ask_clarification(
        application_id=waiting.pk, question="Which level?", due_at=AFTER + DAY, by=manager, at=AFTER
    )
    assert decide(waiting, manager, at=AFTER + DAY).is_eligible
    asked.refresh_from_db()
    assert asked.cancelled_at is None


# --- Many at once -----------------------------------------------------------------------------


def test_overrides_and_open_questions_count_in_the_preview_and_in_the_deed(waiting: Application, manager: User) -> None:
    rows = Application.objects.filter(pk=waiting.pk)
    [refused] = bulk.verdicts(rows, AFTER)
    assert "6" in refused.reason or refused.reason
    with pytest.raises(ChangedMeanwhile):
        confirm_eligibility(application_id=waiting.pk, number=1, by=manager, at=AFTER)
    override(waiting, manager)
    assert [one.reason for one in bulk.verdicts(rows, AFTER)] == [""]
    ask_clarification(application_id=waiting.pk, question="Which?", due_at=AFTER + DAY, by=manager, at=AFTER)
    assert [one.reason for one in bulk.verdicts(rows, AFTER)] == ["A question to the applicants can still be answered."]
    with pytest.raises(ClarificationOpen):
        confirm_eligibility(application_id=waiting.pk, number=1, by=manager, at=AFTER)
    assert [one.reason for one in bulk.verdicts(rows, AFTER + DAY)] == [""]
    assert confirm_eligibility(application_id=waiting.pk, number=1, by=manager, at=AFTER + DAY).is_eligible


def test_a_rule_overridden_to_fail_is_not_found_eligible_with_the_others() -> None:
    application = submitted()
    override(application, team_member(application.call.eurocluster), "fail", "duration", reason="Too short in fact.")
    [verdict] = bulk.verdicts(Application.objects.filter(pk=application.pk), AFTER)
    assert verdict.reason == "Too short in fact."


# --- The letter -------------------------------------------------------------------------------


def letter_of(check: EligibilityCheck) -> str:
    render_eligibility_letter({"check": check.pk}, at=AFTER + DAY)
    pages = PdfReader(BytesIO(documents.read_bytes(Document.objects.get(key=letter_key(check))))).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages)).replace("- ", "-")


def test_the_letter_of_a_refusal_names_rule_fact_reason_and_redress(waiting: Application, manager: User) -> None:
    check = decide(waiting, manager, is_eligible=False, note="The end level stays below what the call asks for.")
    text = letter_of(check)
    failed = next(one for one in judged_in(check) if one.outcome == "fail")
    for words in (
        "not eligible",
        waiting.reference,
        "Rise in technology readiness",
        re.sub(r"\s+", " ", failed.evidence)[:20],
        "The end level stays below",
        "concerns the procedure only",
        f"{redress_until(check.checked_at):%B %Y}",
    ):
        assert words in text, (words, text)
    assert manager.full_name not in text
    job = OutboxJob.objects.get(key=letter_key(check))
    assert (job.kind, job.payload) == ("applications.render_eligibility_letter", {"check": check.pk})


def test_the_letter_of_an_eligible_application_is_short() -> None:
    text = letter_of(checked().eligibility_check)
    assert "is eligible" in text
    assert "Redress" not in text


def test_of_a_rule_decided_by_a_person_the_letter_tells_the_reason_alone(waiting: Application, manager: User) -> None:
    """What else the portal found may name others."""
    override(waiting, manager)
    Call.objects.filter(pk=waiting.call_id).update(duration_max_months=3)
    override(waiting, manager, "pass", "duration")
    override(waiting, manager, "fail", "duration", reason="Seen again: too long.", at=AFTER + timedelta(hours=1))
    check = decide(waiting, manager, is_eligible=False, note="See the rule.")
    evidence = next(one.evidence for one in judged_in(check) if one.code == "duration")
    text = letter_of(check)
    assert "Seen again: too long." in text
    assert evidence not in text
    body = Message.objects.filter(kind="eligibility_decided")[0].body_text
    assert "Duration: Seen again: too long." in body


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        (brussels_instant(datetime(2026, 3, 1).date(), datetime(2026, 3, 1, 0, 30).time()), "2026-03-31"),
        (brussels_instant(datetime(2026, 10, 24).date(), datetime(2026, 1, 1, 23, 30).time()), "2026-11-23"),
    ],
)
def test_redress_is_counted_in_brussels_days(decided: datetime, last: str) -> None:
    assert redress_until(decided).isoformat() == last


def test_applicants_and_team_get_the_letter_and_nobody_else(
    client: Client, waiting: Application, manager: User
) -> None:
    check = decide(waiting, manager, is_eligible=False, note="Level.")
    page = reverse("eligibility_letter", args=[waiting.pk])
    stranger = lead_of(submitted(CallFactory()))
    client.force_login(lead_of(waiting))
    assert client.get(page).headers["Location"] == reverse("application_detail", args=[waiting.pk])
    letter_of(check)
    for user, status in (
        (lead_of(waiting), 200),
        (partner_of(waiting), 200),
        (manager, 200),
        (team_member(waiting.call.eurocluster, Role.OBSERVER), 200),
        (stranger, 404),
    ):
        client.force_login(user)
        answer = client.get(page)
        assert answer.status_code == status
        assert status == 404 or b"".join(answer).startswith(b"%PDF")
    undecided = submitted(CallFactory())
    client.force_login(lead_of(undecided))
    assert client.get(reverse("eligibility_letter", args=[undecided.pk])).status_code == 404


# --- Pages ------------------------------------------------------------------------------------


def test_a_manager_decides_a_rule_otherwise(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    arrive_at(AFTER)
    client.force_login(manager)
    check, page = (
        reverse("eligibility_check", args=[waiting.pk]),
        reverse("eligibility_override", args=[waiting.pk, "trl_rise"]),
    )
    assert page in text_of(client.get(check))
    refused = client.post(check, {"decision": "eligible"})
    assert refused.status_code == 422
    assert "“Rise in technology readiness” does not fit." in text_of(refused)
    assert 'value="fail"' not in text_of(client.get(page))
    assert client.post(page, {"outcome": "pass", "reason": " "}).status_code == 422
    assert client.post(page, {"outcome": "fail", "reason": "Why."}).status_code == 422
    assert client.post(page, {"outcome": "pass", "reason": REASON}).headers["Location"] == check
    shown = text_of(client.get(check))
    assert "The portal found that it does not fit." in shown
    assert REASON in shown
    assert str(manager) in shown
    assert client.get(reverse("eligibility_override", args=[waiting.pk, "no_such"])).status_code == 404
    assert "Set back to what the portal found: it does not fit" in text_of(client.get(page))
    assert client.post(page, {"outcome": "automatic", "reason": "A slip."}).headers["Location"] == check
    assert "set back to what the portal found. A slip." in text_of(client.get(check))
    assert "Set back" not in text_of(client.get(page))
    client.post(page, {"outcome": "pass", "reason": REASON})
    assert client.post(check, {"decision": "eligible"}).status_code == 302
    assert REASON in text_of(client.get(check))
    assert client.post(page, {"outcome": "fail", "reason": "Late."}).status_code == 422


def test_a_refusal_with_its_rule_on_the_page(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    arrive_at(AFTER)
    client.force_login(manager)
    page = reverse("eligibility_check", args=[waiting.pk])
    assert client.post(page, {"decision": "ineligible", "note": "No.", "rule": "no_such"}).status_code == 422
    assert client.post(page, {"decision": "ineligible", "note": "Level.", "rule": "trl_rise"}).status_code == 302
    client.force_login(lead_of(waiting))
    told = text_of(client.get(waiting.get_absolute_url()))
    assert "found not eligible" in told
    assert "Rise in technology readiness." in told
    assert "Level." in told
    assert reverse("eligibility_letter", args=[waiting.pk]) in told


def test_the_page_asks_before_a_decision_that_cuts_a_question_short(
    client: Client, arrive_at: Any, waiting: Application, manager: User
) -> None:
    override(waiting, manager)
    arrive_at(AFTER)
    client.force_login(manager)
    page = reverse("eligibility_check", args=[waiting.pk])
    assert "despite_question" not in text_of(client.get(page))
    ask_clarification(application_id=waiting.pk, question="Which?", due_at=AFTER + DAY, by=manager, at=AFTER)
    assert "despite_question" in text_of(client.get(page))
    refused = client.post(page, {"decision": "eligible"})
    assert refused.status_code == 422
    assert "Confirm that you decide now." in text_of(refused)
    assert client.post(page, {"decision": "eligible", "despite_question": "on"}).status_code == 302


def test_the_page_names_the_place_in_the_order_and_who_comes_first(client: Client, arrive_at: Any) -> None:
    call = CallFactory(selection=Selection.FIRST_COME, proposals_per_sme="any")
    first, second, third = (submitted(call, at=AT + timedelta(minutes=n)) for n in range(3))
    manager = team_member(call.eurocluster)
    client.force_login(manager)
    arrive_at(AT + timedelta(hours=1))

    def page(application: Application) -> str:
        return text_of(client.get(reverse("eligibility_check", args=[application.pk])))

    assert "Number 3" in page(third)
    assert f"Check {first.reference} first" in page(third)
    assert f"Next application {first.reference}" in page(second)
    assert "Number 1" in page(first)
    assert "first</a>" not in page(first)
    assert f"Next application {second.reference}" in page(first)
    decide(first, manager, at=AT + timedelta(hours=1))
    assert f"Check {second.reference} first" in page(third)
    assert "Number 1" in page(first)  # it waits for its award


def test_other_calls_have_no_order_of_arrival(client: Client, arrive_at: Any) -> None:
    call = CallFactory(proposals_per_sme="any")
    first, second = submitted(call), submitted(call, at=AT + timedelta(minutes=1))
    client.force_login(team_member(call.eurocluster))
    arrive_at(AFTER)
    shown = text_of(client.get(reverse("eligibility_check", args=[second.pk])))
    assert "Order of arrival" not in shown
    assert "still waits for its check" not in shown
    assert f"Next application {first.reference}" in shown


def test_a_decision_leads_to_the_next_that_can_be_decided(client: Client, arrive_at: Any) -> None:
    call = CallFactory(proposals_per_sme="any")
    first, second, third, asked = (submitted(call, at=AT + timedelta(minutes=n)) for n in range(4))
    manager = team_member(call.eurocluster)
    client.force_login(manager)
    arrive_at(AFTER)
    ask_clarification(application_id=asked.pk, question="Which?", due_at=AFTER + DAY, by=manager, at=AFTER)

    def page(application: Application) -> str:
        return reverse("eligibility_check", args=[application.pk])

    def after_deciding(application: Application) -> str:
        return client.post(page(application), {"decision": "eligible"}).headers["Location"]

    assert f"Next application {third.reference}" in text_of(client.get(page(second)))
    assert after_deciding(second) == page(third)
    assert after_deciding(third) == page(first)
    assert after_deciding(first) == reverse("call_applications", args=[call.code])
