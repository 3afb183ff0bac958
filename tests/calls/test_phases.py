from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.phases import LostHour, Phase, brussels_instant, is_open, phase_of, remaining

OPENS = datetime(2023, 4, 20, 7, 0, tzinfo=UTC)
CLOSES = datetime(2023, 6, 27, 15, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def last_sunday(year: int, month: int) -> date:
    end = date(year, month, 31)
    return end - timedelta(days=(end.weekday() + 1) % 7)


def summer_time(year: int) -> tuple[datetime, datetime]:
    """The rule of Directive 2000/84/EC: from the last Sunday of March to that of October, both at 1:00 UTC."""
    at = time(1, 0)
    return (
        datetime.combine(last_sunday(year, 3), at, UTC),
        datetime.combine(last_sunday(year, 10), at, UTC),
    )


def reference_wall(instant: datetime) -> datetime:
    starts, ends = summer_time(instant.year)
    return (instant + timedelta(hours=2 if starts <= instant < ends else 1)).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("day", "hour", "utc_hour"),
    [
        (date(2023, 11, 13), 17, 16),
        (date(2023, 6, 27), 17, 15),
        (date(2023, 5, 25), 17, 15),
        (date(2024, 3, 29), 17, 16),
    ],
)
def test_known_deadlines(day: date, hour: int, utc_hour: int) -> None:
    assert brussels_instant(day, time(hour)) == datetime.combine(day, time(utc_hour), UTC)


def test_a_thousand_instants_around_the_changes_of_the_clock() -> None:
    """Five hours around both changes of ten years, every 12 minutes, against the rule of the directive."""
    checked = 0
    for year in range(2021, 2031):
        for change in summer_time(year):
            for step in range(-25, 26):
                instant = change + timedelta(minutes=12 * step)
                wall = reference_wall(instant)
                is_second = reference_wall(instant - timedelta(hours=1)) == wall
                expected = instant - timedelta(hours=1) if is_second else instant
                assert brussels_instant(wall.date(), wall.time()) == expected
                checked += 1
    assert checked == 1020


@pytest.mark.parametrize("year", range(2021, 2031))
def test_the_skipped_hour_does_not_exist(year: int) -> None:
    day = last_sunday(year, 3)
    assert brussels_instant(day, time(1, 59, 59)).hour == 0
    for lost in (time(2, 0), time(2, 30), time(2, 59, 59, 999999)):
        with pytest.raises(LostHour):
            brussels_instant(day, lost)
    assert brussels_instant(day, time(3, 0)) == datetime.combine(day, time(1, 0), UTC)


def test_the_repeated_hour_counts_the_first_time() -> None:
    assert brussels_instant(date(2023, 10, 29), time(2, 30)) == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
    assert brussels_instant(date(2023, 10, 29), time(2, 30, fold=1)) == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "phase"),
    [
        (OPENS - TICK, Phase.UPCOMING),
        (OPENS, Phase.OPEN),
        (CLOSES - TICK, Phase.OPEN),
        (CLOSES, Phase.CLOSED),
        (CLOSES + TICK, Phase.CLOSED),
    ],
)
def test_the_window_is_half_open(at: datetime, phase: Phase) -> None:
    assert phase_of(status="published", opens_at=OPENS, closes_at=CLOSES, at=at) is phase
    assert is_open(status="published", opens_at=OPENS, closes_at=CLOSES, at=at) is (phase is Phase.OPEN)


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_a_call_that_is_not_public_has_no_window(status: str) -> None:
    for at in (OPENS - TICK, OPENS, CLOSES):
        assert phase_of(status=status, opens_at=OPENS, closes_at=CLOSES, at=at) == status
        assert not is_open(status=status, opens_at=OPENS, closes_at=CLOSES, at=at)


@pytest.mark.parametrize("status", ["evaluation", "decided", "implementation", "archived"])
def test_a_stored_state_is_shown_from_the_closing_instant_on(status: str) -> None:
    def phase(at: datetime) -> Phase:
        return phase_of(status=status, opens_at=OPENS, closes_at=CLOSES, at=at)

    assert phase(CLOSES) == status
    assert (phase(OPENS - TICK), phase(OPENS), phase(CLOSES - TICK)) == (Phase.UPCOMING, Phase.OPEN, Phase.OPEN)


def test_an_unknown_state_is_an_error() -> None:
    with pytest.raises(ValueError, match="paused"):
        phase_of(status="paused", opens_at=OPENS, closes_at=CLOSES, at=OPENS)


def test_a_window_without_an_end() -> None:
    assert phase_of(status="published", opens_at=None, closes_at=None, at=OPENS) is Phase.UPCOMING
    assert phase_of(status="published", opens_at=OPENS, closes_at=None, at=CLOSES) is Phase.OPEN


@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_time_remains_exactly_while_the_call_is_not_closed(offset: timedelta) -> None:
    at = CLOSES - offset
    assert remaining(CLOSES, at) == max(offset, timedelta(0))
    assert (remaining(CLOSES, at) > timedelta(0)) is (
        phase_of(status="published", opens_at=OPENS, closes_at=CLOSES, at=at) is not Phase.CLOSED
    )
