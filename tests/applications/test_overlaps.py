"""The same project in two applications is found, and unrelated ones raise no alarm."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications import overlaps
from applications import services as applications
from applications.assessment import assess_sealed, assess_typed
from applications.models import GroupMember, Participation, SubmissionText
from applications.overlaps import Passage, marked, passages, shingles_of, words_of
from calls.models import BudgetLine
from notifications.models import OutboxJob
from notifications.registry import handler_for
from tests import scenes
from tests.applications.proposals import Writer, proposals

FOX = "The quick brown fox jumps over the lazy dog."


# --- Shingles and passages --------------------------------------------------------------------------


def test_words_are_compared_without_case_accents_and_signs() -> None:
    assert [word.plain for word in words_of("Căluşari, 3D-Druck — «ÉTÉ»!")] == ["calusari", "3d", "druck", "ete"]
    assert shingles_of(["Été à la mer du Nord"]) == shingles_of(["ete, a la MER du nord?"])


def test_runs_have_five_words_and_stay_within_one_answer() -> None:
    assert len(shingles_of(["one two three four five"])) == 1
    assert shingles_of(["one two three four", "five six seven"]) == frozenset()


def test_common_passages_are_marked_the_longest_first() -> None:
    texts = [
        "Yesterday the quick brown fox jumps, then it sleeps under an old oak tree for hours.",
        "Nothing here at all.",
    ]
    common = shingles_of(texts) & shingles_of([FOX + " It sleeps under an old oak tree for hours!"])
    assert [(piece.text, piece.is_common) for piece in marked(texts[0], common)] == [
        ("Yesterday ", False),
        ("the quick brown fox jumps", True),
        (", then ", False),
        ("it sleeps under an old oak tree for hours", True),
        (".", False),
    ]
    assert passages(texts, common) == [
        Passage("it sleeps under an old oak tree for hours", 9),
        Passage("the quick brown fox jumps", 5),
    ]


@given(st.text(alphabet="ab ,", max_size=80), st.text(alphabet="ab ,", max_size=80))
def test_the_pieces_of_a_text_are_the_text(text: str, other: str) -> None:
    pieces = marked(text, shingles_of([other]))
    assert "".join(piece.text for piece in pieces) == text
    assert all(len(words_of(piece.text)) >= 5 for piece in pieces if piece.is_common)


# --- Finding ----------------------------------------------------------------------------------------


@pytest.fixture
def line(db: None) -> BudgetLine:
    return scenes.budget_line(scenes.eurocluster())


@pytest.fixture
def pair(line: BudgetLine) -> scenes.Pair:
    return scenes.submitted(scenes.open_call(line.eurocluster, line))


def test_two_hundred_unrelated_proposals_raise_no_alarm_and_a_changed_copy_is_found_first(pair: scenes.Pair) -> None:
    writer = Writer(seed=7)
    texts = [writer.text(writer.chance.randint(300, 900)) for _ in range(200)]
    unrelated = proposals(pair, texts)
    assert SubmissionText.objects.count() == 200
    for one in unrelated:
        assert overlaps.alarming(one.application, one) == []
    for number in (0, 57, 199):
        copy = proposals(pair, [writer.copied(texts[number], changed=0.2)])[0]
        found = overlaps.overlaps_of(copy.application, copy)
        assert found[0].application == unrelated[number].application
        assert found[0].rate >= Decimal("0.25")
        assert [one.application for one in overlaps.alarming(copy.application, copy)] == [unrelated[number].application]
        copy.text.delete()


def test_the_text_of_the_version_that_counts_is_kept(pair: scenes.Pair) -> None:
    first = pair.application.submissions.get()
    job = OutboxJob.objects.get(key=f"text:{first.pk}")
    for _twice in range(2):
        handler_for(job.kind)(job.payload, at=scenes.OPEN)
    assert first.text.words.startswith("panel\n") or "panels from workshop waste" in first.text.words
    second = pair.submit(number=2)
    assert applications.keep_text(submission_id=second.pk)
    assert applications.keep_text(submission_id=first.pk) is None  # late, and no longer what counts
    assert list(SubmissionText.objects.values_list("submission", flat=True)) == [second.pk]


def test_drafts_and_withdrawn_applications_are_not_compared(pair: scenes.Pair) -> None:
    other = scenes.submitted(pair.call)
    applications.keep_text(submission_id=other.application.submissions.get().pk)
    sealed = pair.application.submissions.get()
    assert [one.application for one in overlaps.alarming(pair.application, sealed)] == [other.application]
    applications.withdraw_application(application_id=other.application.pk, by=other.lead, at=scenes.OPEN)
    assert overlaps.alarming(pair.application, sealed) == []
    assert overlaps.overlaps_of(pair.application, sealed) == []
    assert overlaps.overlap_with(pair.application, sealed, other.application.pk) is None


def test_the_same_enterprise_and_its_group_are_listed_whatever_they_write(line: BudgetLine, pair: scenes.Pair) -> None:
    elsewhere = scenes.budget_line(scenes.eurocluster("dream", "DR"))
    same = scenes.another(pair, scenes.open_call(elsewhere.eurocluster, elsewhere)).fill()
    same.submit()
    linked = scenes.submitted(same.call)
    daughter = linked.organisations[1]
    GroupMember.objects.create(
        organisation=pair.organisations[0], name=daughter.legal_name, country=daughter.country, is_linked=True
    )
    scenes.submitted(same.call)
    found = overlaps.overlaps_of(pair.application, pair.application.submissions.get())
    names = tuple(one.legal_name for one in pair.organisations)
    assert [(one.application, one.same, one.group, one.is_alarming) for one in found] == [
        (same.application, names, (), False),
        (linked.application, (), (linked.organisations[1].legal_name,), False),
    ]


def test_less_is_enough_within_one_undertaking(pair: scenes.Pair) -> None:
    writer = Writer(seed=3)
    text = writer.text(400)
    old, copy = proposals(pair, [text, writer.copied(text, changed=0.36)])
    (found,) = overlaps.overlaps_of(copy.application, copy)
    assert overlaps.finding.ALARM_RATE_WITHIN <= found.rate < overlaps.ALARM_RATE
    assert overlaps.alarming(copy.application, copy) == []
    for one in (old, copy):
        Participation.objects.create(
            application=one.application,
            call=pair.call,
            organisation=pair.organisations[0],
            role="lead",
            confirmed_at=scenes.OPEN,
            confirmed_by=pair.lead,
        )
    assert [one.application for one in overlaps.alarming(copy.application, copy)] == [old.application]


def test_the_rule_asks_a_person_and_never_refuses(pair: scenes.Pair) -> None:
    sealed = pair.application.submissions.get()
    rule = {one.code: one for one in assess_sealed(pair.application, sealed)}["double_funding"]
    assert rule.outcome == "pass"
    other = scenes.submitted(pair.call)
    applications.keep_text(submission_id=other.application.submissions.get().pk)
    rule = {one.code: one for one in assess_sealed(pair.application, sealed)}["double_funding"]
    assert rule.outcome == "unknown"
    assert f"{other.application.reference} (100 %)" in rule.evidence


def test_applicants_never_read_it(pair: scenes.Pair) -> None:
    participations = list(pair.application.participations.select_related("organisation", "sector", "project_role"))
    results = assess_typed(pair.application, participations, list(pair.application.answers.all()))
    assert "double_funding" not in {one.code for one in results}
