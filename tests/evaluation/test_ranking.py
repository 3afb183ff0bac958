import random as random_module
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluation.ranking import (
    Award,
    Candidate,
    Criterion,
    MarkRefused,
    Ranked,
    ReviewMarks,
    Scheme,
    SchemeError,
    award,
    counted_reviews,
    needs_third_review,
    rank,
    shown,
    total_of,
    validate_mark,
)

D = Decimal
NOON = datetime(2023, 6, 27, 12, 0, tzinfo=UTC)
CRITERIA = (
    Criterion("excellence", D("0.35"), threshold=D(3)),
    Criterion("impact", D("0.35"), threshold=D(3)),
    Criterion("implementation", D("0.3"), threshold=D(3)),
)
SCHEME = Scheme(CRITERIA, total_threshold=D(10))
EQUAL = Scheme(tuple(replace(criterion, weight=D(1)) for criterion in CRITERIA), total_threshold=D(10))


def review(name: str, *marks: str) -> ReviewMarks:
    return ReviewMarks(name, dict(zip(("excellence", "impact", "implementation"), map(D, marks), strict=True)))


def candidate(key: str, *reviews: ReviewMarks, **fields: Any) -> Candidate:
    values: dict[str, Any] = {"reference": f"REC-{key}", "requested_eur": D(52000), "submitted_at": NOON}
    return Candidate(key=key, reviews=reviews, **(values | fields))


def keys(ranked: list[Ranked]) -> list[str]:
    return [line.key for line in ranked]


# --- Marks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0", "0.5", "3.0", "4.50", "5", "5.0"])
def test_marks_on_the_scale(value: str) -> None:
    assert validate_mark(CRITERIA[0], D(value)) == D(value)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (D("5.5"), "5.5 is outside the scale: a mark lies between 0 and 5."),
        (D("-0.5"), "-0.5 is outside the scale: a mark lies between 0 and 5."),
        (D("3.3"), "3.3 is between two steps: marks are given in steps of 0.5, such as 3 or 3.5."),
        (D("4.999"), "4.999 is between two steps: marks are given in steps of 0.5, such as 4.5 or 5."),
        (D("NaN"), "A mark is a number from 0 to 5."),
        (D("Infinity"), "A mark is a number from 0 to 5."),
        (3.5, "A mark is a number from 0 to 5."),
        ("3", "A mark is a number from 0 to 5."),
        (None, "A mark is a number from 0 to 5."),
    ],
)
def test_marks_off_the_scale_are_refused_in_words(value: Any, reason: str) -> None:
    with pytest.raises(MarkRefused) as refused:
        validate_mark(CRITERIA[0], value)
    assert str(refused.value) == reason


@given(
    st.decimals(-10, 30, places=2), st.sampled_from([D(5), D(15), D(25)]), st.sampled_from([D("0.5"), D(1), D("0.25")])
)
def test_a_mark_is_accepted_exactly_when_it_is_a_step_of_the_scale(value: Decimal, top: Decimal, step: Decimal) -> None:
    allowed = {step * count for count in range(int(top / step) + 1)}
    criterion = Criterion("any", scale_max=top, step=step)
    if value in allowed:
        assert validate_mark(criterion, value) == value
    else:
        with pytest.raises(MarkRefused):
            validate_mark(criterion, value)


# --- Totals -----------------------------------------------------------------------------------


def test_the_sum_is_plain_and_the_score_is_weighted() -> None:
    totals = total_of(review("a", "4", "5", "3").marks, SCHEME)
    assert totals.total == 12
    assert totals.score == Fraction(3) * (Fraction("1.4") + Fraction("1.75") + Fraction("0.9"))
    assert total_of(review("a", "4", "5", "3").marks, EQUAL).score == 12


@pytest.mark.parametrize(
    ("marks", "failed"),
    [
        (("3", "3", "4"), ()),
        (("3", "3", "3.5"), ("total",)),
        (("2.5", "5", "5"), ("excellence",)),
        (("2.5", "2.5", "3"), ("excellence", "impact", "total")),
        (("5", "5", "0"), ("implementation",)),
    ],
)
def test_thresholds(marks: tuple[str, str, str], failed: tuple[str, ...]) -> None:
    assert total_of(review("a", *marks).marks, SCHEME).failed == failed


def test_weights_do_not_move_the_thresholds() -> None:
    heavy = Scheme((replace(CRITERIA[0], weight=D("0.9")), *CRITERIA[1:]), total_threshold=D(10))
    totals = total_of(review("a", "3", "3.5", "3.5").marks, heavy)
    assert totals.score < 10
    assert totals.passes_thresholds


@given(st.lists(st.integers(0, 10), min_size=3, max_size=3))
def test_the_score_stays_on_the_scale_of_the_sum(halves: list[int]) -> None:
    marks = {criterion.code: D(half) / 2 for criterion, half in zip(CRITERIA, halves, strict=True)}
    assert 0 <= total_of(marks, SCHEME).score <= 15
    assert total_of(marks, EQUAL).score == sum(marks.values())


@pytest.mark.parametrize(
    "marks", [{"excellence": D(3)}, {"excellence": D(3), "impact": D(3), "implementation": D(3), "style": D(3)}]
)
def test_marks_and_criteria_must_match(marks: dict[str, Decimal]) -> None:
    with pytest.raises(SchemeError):
        total_of(marks, SCHEME)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Scheme(()),
        lambda: Scheme((CRITERIA[0], CRITERIA[0]), tie_breaks=()),
        lambda: Scheme((Criterion("a", weight=D(0)),), tie_breaks=()),
        lambda: Scheme(CRITERIA, tie_breaks=("criterion:style",)),
        lambda: Scheme(CRITERIA, tie_breaks=("alphabet",)),
        lambda: Scheme(CRITERIA, edge="guess"),  # type: ignore[arg-type]
    ],
)
def test_contradictory_schemes_are_refused(build: Any) -> None:
    with pytest.raises(SchemeError):
        build()


# --- Several reviews --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "needed"),
    [
        (("5", "5", "0"), ("3", "3", "1"), False),  # 10 and 7: exactly 30 % of the higher
        (("5", "5", "0"), ("3", "3", "0.5"), True),  # 10 and 6.5
        (("0", "0", "0"), ("0", "0", "0"), False),
        (("0", "0", "0.5"), ("0", "0", "0"), True),
        (("4", "4", "4"), ("5", "5", "5"), False),
    ],
)
def test_when_a_third_review_is_needed(one: tuple[str, ...], other: tuple[str, ...], needed: bool) -> None:
    assert needs_third_review(candidate("1", review("a", *one), review("b", *other)), SCHEME) is needed
    assert needs_third_review(candidate("1", review("b", *other), review("a", *one)), SCHEME) is needed


def test_no_third_review_where_there_is_one_or_already_three_or_the_call_asks_for_none() -> None:
    far = review("a", "5", "5", "5"), review("b", "0", "0", "0")
    assert not needs_third_review(candidate("1", far[0]), SCHEME)
    assert not needs_third_review(candidate("1", *far, review("c", "1", "1", "1")), SCHEME)
    assert not needs_third_review(candidate("1", *far), replace(SCHEME, divergence_rate=None))


def test_of_three_reviews_the_two_closest_count() -> None:
    three = review("a", "5", "5", "5"), review("b", "2", "2", "2"), review("c", "4", "4.5", "4")
    [line] = rank([candidate("1", *three)], SCHEME)
    assert line.counted_evaluators == ("a", "c")
    assert line.marks == {"excellence": D("4.50"), "impact": D("4.75"), "implementation": D("4.50")}


def test_of_equally_close_pairs_the_higher_counts() -> None:
    three = review("a", "3", "3", "3"), review("b", "4", "4", "4"), review("c", "5", "5", "5")
    assert {one.evaluator_key for one in counted_reviews(candidate("1", *three), SCHEME)} == {"b", "c"}


def test_without_a_divergence_rate_all_reviews_count() -> None:
    three = review("a", "5", "5", "5"), review("b", "2", "2", "2"), review("c", "4", "4", "4")
    [line] = rank([candidate("1", *three)], replace(SCHEME, divergence_rate=None))
    assert line.marks["excellence"] == D("3.67")


def test_a_candidate_without_a_review_cannot_be_ranked() -> None:
    with pytest.raises(SchemeError, match="REC-1"):
        rank([candidate("1")], SCHEME)


@pytest.mark.parametrize(
    ("exact", "rounded"), [("11/3", "3.67"), ("1/200", "0.01"), ("10", "10.00"), ("2.125", "2.13"), ("2.1249", "2.12")]
)
def test_what_is_shown_is_rounded_half_up(exact: str, rounded: str) -> None:
    assert str(shown(Fraction(exact))) == rounded


def test_scores_that_look_equal_are_compared_exactly() -> None:
    """Weights of 0.3334 and 0.3333 make scores that differ only behind the second decimal."""
    scheme = Scheme(
        (
            Criterion("excellence", D("0.3334")),
            Criterion("impact", D("0.3333")),
            Criterion("implementation", D("0.3333")),
        ),
        tie_breaks=("criterion:impact",),
    )
    low, high = candidate("1", review("a", "4", "5", "3")), candidate("2", review("a", "4.5", "4.5", "3"))
    ranked = rank([low, high], scheme)
    assert [line.score for line in ranked] == [D("12.00"), D("12.00")]
    assert keys(ranked) == ["2", "1"]
    assert ranked[0].tie_steps == ()


# --- Ties -------------------------------------------------------------------------------------


def test_a_tie_goes_to_impact_first() -> None:
    ranked = rank([candidate("1", review("a", "5", "4", "4")), candidate("2", review("a", "4", "5", "4"))], EQUAL)
    assert keys(ranked) == ["2", "1"]
    assert ranked[0].tie_steps == ("Equal score: mark for “impact” compared, 5.00.",)
    assert ranked[1].tie_steps == ("Equal score: mark for “impact” compared, 4.00.",)


def test_then_to_excellence() -> None:
    ranked = rank([candidate("1", review("a", "4", "4", "5")), candidate("2", review("a", "5", "4", "4"))], EQUAL)
    assert keys(ranked) == ["2", "1"]
    assert len(ranked[0].tie_steps) == 2


def test_then_to_the_country_seen_less_often_above() -> None:
    marks = review("a", "4", "4", "4")
    ranked = rank(
        [
            candidate("1", review("a", "5", "5", "5"), countries=frozenset({"RO"})),
            candidate("2", marks, countries=frozenset({"RO"})),
            candidate("3", marks, countries=frozenset({"RO", "ES"})),
        ],
        EQUAL,
    )
    assert keys(ranked) == ["1", "3", "2"]
    assert ranked[1].tie_steps[-1] == (
        "Equal score: balance of countries compared, 0 proposals from the same country ranked higher."
    )


def test_balance_takes_into_account_what_was_just_placed() -> None:
    marks = review("a", "4", "4", "4")
    tied = [
        candidate("1", marks, countries=frozenset({"RO"}), submitted_at=NOON),
        candidate("2", marks, countries=frozenset({"RO"}), submitted_at=NOON + timedelta(seconds=1)),
        candidate("3", marks, countries=frozenset({"ES"}), submitted_at=NOON + timedelta(seconds=2)),
    ]
    assert keys(rank(tied, EQUAL)) == ["1", "3", "2"]


def test_topics_not_yet_covered_can_come_first() -> None:
    scheme = replace(EQUAL, tie_breaks=("uncovered_topics", *EQUAL.tie_breaks))
    ranked = rank(
        [
            candidate("1", review("a", "5", "5", "5"), sectors=frozenset({"it"})),
            candidate("2", review("a", "4", "5", "4"), sectors=frozenset({"it"})),
            candidate("3", review("a", "5", "4", "4"), sectors=frozenset({"energy"})),
        ],
        scheme,
    )
    assert keys(ranked) == ["1", "3", "2"]


def test_last_the_earlier_submission_then_the_reference() -> None:
    marks = review("a", "4", "4", "4")
    earlier, later = candidate("2", marks), candidate("1", marks, submitted_at=NOON + timedelta(microseconds=1))
    assert keys(rank([later, earlier], EQUAL)) == ["2", "1"]
    twins = rank([candidate("2", marks), candidate("1", marks)], replace(EQUAL, tie_breaks=()))
    assert keys(twins) == ["1", "2"]
    assert twins[0].tie_steps[-1] == "Equal in everything: order of the references, REC-1."


def test_what_fails_a_threshold_comes_after_what_passes() -> None:
    ranked = rank([candidate("1", review("a", "5", "5", "2.5")), candidate("2", review("a", "3", "3", "4"))], EQUAL)
    assert keys(ranked) == ["2", "1"]
    assert ranked[1].failed == ("implementation",)
    assert not ranked[1].passes_thresholds


# --- Properties of the list -------------------------------------------------------------------

half_points = st.integers(0, 10).map(lambda half: D(half) / 2)
all_marks = st.fixed_dictionaries({criterion.code: half_points for criterion in CRITERIA})


@st.composite
def candidates(draw: st.DrawFn, reviews_max: int = 3) -> list[Candidate]:
    count = draw(st.integers(1, 7))
    return [
        candidate(
            str(number),
            *(
                ReviewMarks(f"e{i}", marks)
                for i, marks in enumerate(draw(st.lists(all_marks, min_size=1, max_size=reviews_max)))
            ),
            countries=draw(st.frozensets(st.sampled_from(["RO", "IT", "ES"]), max_size=2)),
            sectors=draw(st.frozensets(st.sampled_from(["it", "energy"]), max_size=2)),
            submitted_at=NOON + timedelta(seconds=draw(st.integers(0, 2))),
            requested_eur=D(draw(st.integers(1, 60))) * 1000,
        )
        for number in range(count)
    ]


schemes = st.builds(
    Scheme,
    criteria=st.sampled_from([CRITERIA, EQUAL.criteria, (replace(CRITERIA[0], weight=D(0)), *CRITERIA[1:])]),
    total_threshold=st.sampled_from([None, D(10)]),
    divergence_rate=st.sampled_from([None, D("0.3")]),
    tie_breaks=st.permutations(
        ["criterion:impact", "criterion:excellence", "country_balance", "earlier_submission", "uncovered_topics"]
    ).map(lambda names: tuple(names[:3])),
)


@given(candidates(), schemes, st.randoms())
def test_the_order_of_the_input_does_not_matter(
    entries: list[Candidate], scheme: Scheme, random: random_module.Random
) -> None:
    ranked = rank(entries, scheme)
    shuffled = [replace(entry, reviews=tuple(random.sample(entry.reviews, len(entry.reviews)))) for entry in entries]
    random.shuffle(shuffled)
    assert rank(shuffled, scheme) == ranked


@given(candidates(), schemes)
def test_positions_count_up_and_scores_go_down(entries: list[Candidate], scheme: Scheme) -> None:
    ranked = rank(entries, scheme)
    assert [line.position for line in ranked] == list(range(1, len(entries) + 1))
    assert {line.key for line in ranked} == {entry.key for entry in entries}
    order = [(not line.passes_thresholds, -line.score) for line in ranked]
    assert order == sorted(order)


@given(candidates(reviews_max=2), schemes, st.data())
def test_raising_a_mark_never_lowers_the_position(
    entries: list[Candidate], scheme: Scheme, data: st.DataObject
) -> None:
    """Holds for one or two reviews; with three, a higher mark may change which two are closest."""
    chosen = data.draw(st.sampled_from(entries))
    index = data.draw(st.integers(0, len(chosen.reviews) - 1))
    code = data.draw(st.sampled_from([criterion.code for criterion in CRITERIA]))
    marks = chosen.reviews[index].marks
    assume(marks[code] < 5)
    better = replace(chosen.reviews[index], marks={**marks, code: marks[code] + D("0.5")})
    raised = replace(chosen, reviews=(*chosen.reviews[:index], better, *chosen.reviews[index + 1 :]))
    before = {line.key: line.position for line in rank(entries, scheme)}
    after = {line.key: line.position for line in rank([raised if e is chosen else e for e in entries], scheme)}
    assert after[chosen.key] <= before[chosen.key]


# --- Awards -----------------------------------------------------------------------------------


def line(position: int, requested: str, *, failed: tuple[str, ...] = ()) -> Ranked:
    return Ranked(str(position), position, {}, D(12), D(12), not failed, failed, (), D(requested))


def outcomes(awards: list[Award]) -> list[tuple[str, str]]:
    return [(one.outcome, str(one.amount_eur)) for one in awards]


LIST = [line(1, "52000"), line(2, "52000"), line(3, "20000"), line(4, "1000"), line(5, "9", failed=("impact", "total"))]


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ("stop", [("funded", "52000"), ("reserve", "0.00"), ("reserve", "0.00"), ("reserve", "0.00")]),
        ("skip", [("funded", "52000"), ("reserve", "0.00"), ("funded", "20000"), ("funded", "1000")]),
        ("offer_remainder", [("funded", "52000"), ("funded", "48000"), ("reserve", "0.00"), ("reserve", "0.00")]),
    ],
)
def test_the_edge_of_the_budget(edge: Any, expected: list[tuple[str, str]]) -> None:
    assert outcomes(award(LIST, D(100000), None, edge)) == [*expected, ("rejected", "0.00")]


def test_reasons() -> None:
    reasons = [one.reason for one in award(LIST, D(100000), None, "stop")]
    assert reasons == [
        "Within the budget of the call.",
        "52000 EUR requested, 48000 EUR left.",
        "The budget is used up by higher-ranked proposals.",
        "The budget is used up by higher-ranked proposals.",
        "Below the threshold: impact, total.",
    ]


def test_the_number_of_awards_is_a_limit_too() -> None:
    awards = award(LIST, D(1_000_000), 2, "skip")
    assert [one.outcome for one in awards] == ["funded", "funded", "reserve", "reserve", "rejected"]
    assert awards[2].reason == "The number of awards of the call is reached."


def test_twenty_projects_use_up_the_recentre_line_exactly() -> None:
    awards = award([line(position, "52000") for position in range(1, 26)], D(1_040_000), 20, "stop")
    assert [one.outcome for one in awards] == ["funded"] * 20 + ["reserve"] * 5
    assert sum(one.amount_eur for one in awards) == 1_040_000


@pytest.mark.parametrize("edge", ["stop", "skip", "offer_remainder"])
@pytest.mark.parametrize("available", ["0", "-1"])
def test_an_empty_line_funds_nothing(edge: Any, available: str) -> None:
    assert {one.outcome for one in award(LIST[:4], D(available), None, edge)} == {"reserve"}


@given(
    candidates(),
    st.integers(0, 200_000).map(D),
    st.none() | st.integers(0, 5),
    st.sampled_from(["stop", "skip", "offer_remainder"]),
)
def test_awards_keep_within_the_budget_and_the_list(
    entries: list[Candidate], available: Decimal, most: int | None, edge: Any
) -> None:
    ranked = rank(entries, SCHEME)
    awards = award(ranked, available, most, edge)
    assert [one.key for one in awards] == keys(ranked)
    funded = [one for one in awards if one.outcome == "funded"]
    assert sum(one.amount_eur for one in awards) <= available
    assert most is None or len(funded) <= most
    for one, ranked_line in zip(awards, ranked, strict=True):
        assert (one.outcome == "rejected") is (not ranked_line.passes_thresholds)
        assert (one.amount_eur > 0) is (one.outcome == "funded")
        assert one.amount_eur <= ranked_line.requested_eur
    if edge != "skip":
        passing = [one.outcome for one in awards if one.outcome != "rejected"]
        assert passing == ["funded"] * len(funded) + ["reserve"] * (len(passing) - len(funded))
