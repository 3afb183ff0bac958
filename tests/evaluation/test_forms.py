"""Marks as they are typed, and what they add up to."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.forms import Select
from pytest_django.asserts import assertHTMLEqual

from evaluation.forms import LongSelect, MarkField, keys_of
from evaluation.ranking import Criterion, Scheme
from evaluation.tally import anchor_of, tally_of

COMMON = Criterion("impact", title="Impact", threshold=Decimal(3))
WIDE = Criterion("impact", scale_max=Decimal(100), step=Decimal(1))
SCHEME = Scheme((COMMON, Criterion("excellence", weight=Decimal(3), title="Excellence")), total_threshold=Decimal(6))


@pytest.mark.parametrize(
    ("typed", "mark"), [("4", Decimal(4)), ("4.0", Decimal(4)), (" 3,5 ", Decimal("3.5")), ("", None), (None, None)]
)
def test_a_mark_on_the_scale(typed: str | None, mark: Decimal | None) -> None:
    assert MarkField(criterion=COMMON).clean(typed) == mark


@pytest.mark.parametrize("typed", ["5.5", "3.3", "-1", "NaN", "Infinity", "1e3", "٣٫٣", "four", "4;5"])
def test_a_mark_beside_the_scale(typed: str) -> None:
    with pytest.raises(ValidationError):
        MarkField(criterion=COMMON).clean(typed)


def test_a_long_scale_has_no_keys() -> None:
    assert [value for value, _label in keys_of(COMMON)][:4] == ["0", "0.5", "1", "1.5"]
    assert len(keys_of(COMMON)) == 11
    assert keys_of(WIDE) == []
    assert MarkField(criterion=WIDE).clean("87") == Decimal(87)


@pytest.mark.parametrize(
    ("criterion", "mark", "sentence"),
    [
        (COMMON, "0", "0 — fails: not addressed, or cannot be judged because information is missing"),
        (COMMON, "4.5", "4.5 — between very good and excellent"),
        (COMMON, None, ""),
        (WIDE, "80", ""),
    ],
)
def test_the_sentence_of_a_mark(criterion: Criterion, mark: str | None, sentence: str) -> None:
    assert anchor_of(criterion, None if mark is None else Decimal(mark)) == sentence


def test_a_tally_while_marks_are_missing() -> None:
    tally = tally_of(SCHEME, {"impact": Decimal("2.5"), "excellence": None})
    assert (tally.total, tally.total_max, tally.given, tally.of) == (Decimal("2.5"), Decimal(10), 1, 2)
    assert (tally.is_complete, tally.score, tally.below) == (False, None, ("Impact",))


def test_a_complete_tally() -> None:
    tally = tally_of(SCHEME, {"impact": Decimal(4), "excellence": Decimal(2)})
    assert (tally.total, tally.score) == (Decimal(6), Decimal("5.00"))
    assert (tally.is_complete, tally.is_total_below, tally.below) == (True, False, ())


def test_a_long_select_says_what_djangos_select_says() -> None:
    choices = [("", "Choose"), ("Abroad <far>", [(1, "Åsa & Co"), (2, "<b>")]), ("Here", [(3, "Three")])]
    for value in (None, "", 2, "3"):
        ours, theirs = (
            widget(choices=choices, attrs={"class": "select", "required": True}).render("expert", value, {"id": "id_9"})
            for widget in (LongSelect, Select)
        )
        assertHTMLEqual(ours, theirs)
