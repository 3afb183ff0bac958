"""Each damage that somebody with the keys of the database could do to organisations and applications is named."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from applications import services as applications
from applications.invariants import violations
from applications.services.checking import override_rule
from applications.services.clarifying import answer_clarification, ask_clarification
from applications.services.de_minimis import declare_aid, remove_aid
from calls import services as calls
from calls.states import ProposalsPerSme, Role
from tests import scenes
from tests.attached import attach, form_with_files
from tests.damages import overlooked

pytestmark = pytest.mark.django_db
OPEN, AFTER = scenes.OPEN, scenes.AFTER
DAY = timedelta(days=1)
FIRM = {"country": "RO", "turnover_eur": "1", "balance_sheet_eur": "1"}
GROUP = {
    "enterprises": {
        "E1": FIRM | {"name": "Mother SRL", "headcount": "100"},
        "E2": FIRM | {"name": "Sister SRL", "headcount": "10"},
    },
    "holdings": [
        {"holder": "E1", "held": "A", "capital_pct": "60"},
        {"holder": "A", "held": "E2", "capital_pct": "25"},
    ],
}


@pytest.fixture
def world(settings: Any, tmp_path: Path) -> None:
    """One application found eligible, against a rule at first and after a question; one that waits; one withdrawn."""
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    owner = scenes.eurocluster()
    manager = scenes.team_member(Role.MANAGER, owner)
    call = scenes.draft_call(owner, scenes.budget_line(owner), proposals_per_sme=ProposalsPerSme.ONE)
    calls.set_form(call=call, form=form_with_files(), at=OPEN)
    calls.publish_call(call_id=call.pk, by=None, at=scenes.OPENS - DAY)
    for word in ("Oak", "Ash", "Elm"):
        made = scenes.pair(call, word=word).fill()
        attach(made, word.encode(), at=OPEN)
        made.submit()
        if word == "Oak":
            described(made)
            made.submit(number=2, at=OPEN + DAY)
            checked(made, manager)
        if word == "Elm":
            applications.withdraw_application(application_id=made.application.pk, by=made.lead, at=OPEN + DAY)


def described(made: scenes.Pair) -> None:
    firm, one = made.organisations[0], {"by": made.lead, "at": OPEN}
    figures = {"headcount": Decimal(34), "turnover_eur": Decimal(2), "balance_sheet_eur": Decimal(2)}
    applications.record_period(organisation_id=firm.pk, ends_on=OPEN.date() - 200 * DAY, **figures, **one)
    applications.declare_sme(organisation_id=firm.pk, surroundings=GROUP, **one)
    aid = {"member_state": "RO", "granted_on": OPEN.date(), "amount_eur": Decimal("100.00"), "grantor": "Town", **one}
    for _time in range(2):
        given = declare_aid(organisation_id=firm.pk, **aid)
    remove_aid(organisation_id=firm.pk, aid_id=given.pk, **one)


def checked(made: scenes.Pair, manager: Any) -> None:
    one = {"application_id": made.application.pk, "by": manager}
    asked = ask_clarification(question="Why?", due_at=AFTER + 5 * DAY, at=AFTER, **one)
    answer_clarification(clarification_id=asked.pk, answer="So.", by=made.lead, at=AFTER)
    for outcome in ("fail", "pass"):
        override_rule(rule="trl_rise", outcome=outcome, reason="Read again.", at=AFTER, **one)
    applications.decide_eligibility(is_eligible=True, note="", at=AFTER, **one)


#: A damage a paragraph, and after the dashes what is said of it.
DAMAGES = """
UPDATE applications_submission SET canonical = replace(canonical, 'PANEL', 'PANEM') -- not have the recorded hash

UPDATE applications_submission SET content = '{"sections": {}, "partners": []}' -- the content is not the sealed text

UPDATE applications_submission SET canonical = replace(canonical, 'PANEL', 'PANEM'),
  content = replace(content::text, 'PANEL', 'PANEM')::jsonb,
  sha256 = encode(sha256(replace(canonical, 'PANEL', 'PANEM')::bytea), 'hex') -- is not recorded so

DELETE FROM applications_submission WHERE number = 2 -- is recorded and not there

DELETE FROM applications_submission USING applications_submission later
  WHERE applications_submission.number = 1 AND later.number = 2
  AND applications_submission.application_id = later.application_id -- 1 sealed versions, the last is version 2

UPDATE applications_submission SET submitted_at = submitted_at + interval '1 minute' -- at another instant

UPDATE applications_application SET submitted_at = submitted_at - interval '1 hour' -- at another instant

UPDATE calls_call SET closes_at = opens_at + interval '1 hour' -- while the call was not open

UPDATE applications_application SET status = 'ineligible' WHERE status = 'eligible' -- is ineligible with a check that

UPDATE applications_application SET status = 'eligible' WHERE status = 'submitted' -- is eligible with no check

UPDATE applications_application SET status = 'submitted' WHERE status = 'withdrawn' -- recorded is withdrawn

UPDATE applications_application SET requested_eur = requested_eur + 1 -- its partners for

UPDATE applications_participation SET requested_eur = requested_eur + 1 WHERE role = 'lead';
  UPDATE applications_application SET requested_eur = requested_eur + 1 -- EUR, sealed are

UPDATE applications_participation SET role = 'partner' -- has no lead

UPDATE applications_participation SET call_id = call_id + 1 -- belongs to another call

UPDATE applications_participation SET is_exclusive = false -- does not hold its only place

UPDATE applications_participation SET is_exclusive = true -- holds a place in the call without being submitted

UPDATE documents_document SET sha256 = repeat('0', 64) WHERE kind = 'attachment' -- which is missing or another file

DELETE FROM applications_attachment -- is recorded and not there

UPDATE applications_eligibilitycheck SET results = jsonb_set(results, '{0,evidence}', '""') -- application.checked of

UPDATE applications_eligibilitycheck SET results = jsonb_set(results, '{0,outcome}', '"fail"') -- is eligible although

UPDATE applications_eligibilitycheck SET note = 'By the way.' -- check True By the way. is not recorded so

DELETE FROM applications_eligibilitycheck -- is recorded and not there

UPDATE applications_eligibilityoverride SET reason = 'A favour.' -- override trl_rise pass A favour. is not recorded so

DELETE FROM applications_eligibilityoverride WHERE outcome = 'fail' -- override trl_rise fail Read again. is recorded

INSERT INTO applications_eligibilityoverride (application_id, rule, outcome, reason, decided_by_id, decided_at)
  SELECT application_id, 'size', 'pass', 'A favour.', decided_by_id, decided_at
  FROM applications_eligibilityoverride WHERE outcome = 'fail' -- override size pass A favour. is not recorded so

UPDATE applications_clarification SET answer = 'Otherwise.' -- clarification.answered of

UPDATE applications_clarification SET answered_at = due_at -- was answered after its deadline

UPDATE applications_clarification SET cancelled_at = answered_at -- is answered and taken back

DELETE FROM applications_clarification -- is recorded and not there

UPDATE applications_organisation SET legal_name = 'Other SRL' -- legal_name differ from version

UPDATE applications_organisation SET size_category = 'micro' WHERE size_category = 'medium' -- does not follow from

UPDATE applications_accountingperiod SET headcount = headcount - 1 -- periods differ from version

DELETE FROM applications_organisationversion WHERE number = 1 -- and keeps

UPDATE applications_organisationversion SET content = content || '{"city": "Cluj"}' -- organisation.described of

UPDATE applications_membership SET role = 'member' -- has no administrator

UPDATE applications_membership SET left_at = joined_at -- has no administrator

DELETE FROM applications_groupmember -- its group is not that of declaration 1

UPDATE applications_groupmember SET is_linked = false -- its group is not that of declaration 1

UPDATE applications_smedeclaration SET category = 'micro' -- its size is not that of its result

UPDATE applications_smedeclaration SET "group" = '{}' -- organisation.sme_declared of

DELETE FROM applications_smedeclaration -- SME declaration 1 medium is recorded and not there

UPDATE applications_deminimisaid SET amount_eur = 1 -- de minimis aid RO 2026-03-12 100.00 Town

DELETE FROM applications_deminimisaid -- de minimis aid RO 2026-03-12 100.00 Town

UPDATE audit_event SET action = 'application.seen' WHERE action = 'application.withdrawn' -- recorded is submitted
"""


def test_every_damage_is_named(world: None) -> None:
    assert list(violations()) == []
    assert overlooked(DAMAGES, violations) == {}
