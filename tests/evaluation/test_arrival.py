"""Who is served in the order of arrival, as pure arithmetic."""

from decimal import Decimal

import pytest

from evaluation.arrival import Arrived, serve

E = Decimal


def arrived(key: str, requested: str, **facts: object) -> Arrived:
    return Arrived(key=key, reference=f"RC-{key}", requested_eur=E(requested), **facts)  # type: ignore[arg-type]


def outcomes(queue: list[Arrived], left: str, *, places: int | None = None, edge: str = "stop", closed: bool = False):
    return [(one.outcome, one.amount_eur) for one in serve(queue, E(left), places, edge, is_closed=closed)]


THREE = [arrived("1", "40.00"), arrived("2", "40.00"), arrived("3", "20.00")]


def test_the_money_is_spent_in_the_order_of_arrival_to_its_exact_end() -> None:
    assert outcomes(THREE, "100.00") == [("funded", E("40.00")), ("funded", E("40.00")), ("funded", E("20.00"))]


@pytest.mark.parametrize(
    ("edge", "closed", "expected"),
    [
        ("stop", False, ["funded", "waits", "waits"]),
        ("stop", True, ["funded", "reserve", "reserve"]),
        ("skip", False, ["funded", "waits", "funded"]),
        ("skip", True, ["funded", "reserve", "funded"]),
        ("offer_remainder", False, ["funded", "funded", "waits"]),
        ("offer_remainder", True, ["funded", "funded", "reserve"]),
    ],
)
def test_at_the_edge_of_the_money(edge: str, closed: bool, expected: list[str]) -> None:
    found = outcomes(THREE, "60.00", edge=edge, closed=closed)
    assert [outcome for outcome, _amount in found] == expected
    assert sum(amount for _outcome, amount in found) == {"stop": 40, "skip": 60, "offer_remainder": 60}[edge]


def test_nobody_is_served_past_one_that_cannot_be_decided_yet() -> None:
    queue = [THREE[0], arrived("2", "40.00", waits_for="Waits for its eligibility check."), THREE[2]]
    served = serve(queue, E("100.00"), None, "stop", is_closed=True)
    assert [one.outcome for one in served] == ["funded", "waits", "waits"]
    assert [one.reason for one in served[1:]] == ["Waits for its eligibility check.", "Waits until RC-2 is decided."]


def test_who_is_refused_takes_no_money_and_stops_nobody() -> None:
    queue = [arrived("1", "80.00", refusal="Below the threshold: total."), *THREE[1:]]
    assert outcomes(queue, "60.00") == [("rejected", 0), ("funded", E("40.00")), ("funded", E("20.00"))]


def test_the_number_of_awards_ends_the_serving() -> None:
    assert [one for one, _ in outcomes(THREE, "100.00", places=2)] == ["funded", "funded", "waits"]
    assert [one for one, _ in outcomes(THREE, "100.00", places=0, closed=True)] == ["reserve"] * 3


def test_an_enterprise_is_served_once_at_a_time() -> None:
    """Its ceiling over all calls counts what it has just got, so the second waits until the first is written down."""
    queue = [arrived("1", "40.00", undertakings=frozenset({7})), arrived("2", "40.00", undertakings=frozenset({7}))]
    assert [one for one, _ in outcomes(queue, "100.00")] == ["funded", "waits"]


def test_nothing_is_left() -> None:
    assert outcomes([THREE[0]], "0.00", edge="offer_remainder") == [("waits", 0)]
    assert outcomes([], "10.00") == []
