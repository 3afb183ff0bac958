"""The deadline to the microsecond, at both changes of the clock, on servers whose own clocks live in other zones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection

from applications import services as applications
from applications.models import Application, SectionAnswers, Submission
from applications.states import ApplicationStatus
from calls.models import Call
from calls.phases import brussels_instant
from eurocluster_portal.management.commands.check_invariants import violations
from tests import scenes
from tests.browsing import signed_in, token_on
from tests.live import LivePortal, running

TICK = timedelta(microseconds=1)
ZONES = ("America/Los_Angeles", "Pacific/Kiritimati", "Australia/Lord_Howe")
SUMMER, WINTER = date(2027, 3, 28), date(2026, 10, 25)  # the last Sundays of March and October
WALLS = [  # what a manager types: days and Brussels wall times around both changes, none in the lost hour
    (change + timedelta(days=day), clock)
    for change in (WINTER, SUMMER)
    for day in (-1, 0, 1)
    for clock in (time(0), time(1, 59, 59), time(3), time(3, 30), time(17), time(23, 59))
] + [(WINTER, time(2)), (WINTER, time(2, 30)), (WINTER, time(2, 59)), (SUMMER, time(12))]
AROUND = [
    sign * step
    for step in (
        TICK,
        timedelta(milliseconds=1),
        timedelta(seconds=1),
        timedelta(minutes=1),
        timedelta(minutes=30),
        timedelta(hours=1) - TICK,
        timedelta(hours=1),
        timedelta(hours=1) + TICK,
        timedelta(hours=2),
        timedelta(hours=11),
        timedelta(hours=24),
        timedelta(hours=25),
    )
    for sign in (-1, 1)
] + [timedelta(0)]
pytestmark = pytest.mark.timeout(600)


def reference_instant(day: date, clock: time) -> datetime:
    """By the rule of Directive 2000/84/EC alone: summer time from 1:00 UTC of the one Sunday to 1:00 UTC of the other;
    of the hour that comes twice the first counts, which is still summer time."""
    wall = datetime.combine(day, clock)
    is_summer = wall < datetime.combine(WINTER, time(3)) or wall >= datetime.combine(SUMMER, time(3))
    return (wall - timedelta(hours=2 if is_summer else 1)).replace(tzinfo=UTC)


INSTANTS = [(day, clock, reference_instant(day, clock) + step) for day, clock in WALLS for step in AROUND]


@pytest.fixture
def draft(transactional_db: None) -> scenes.Pair:
    owner = scenes.eurocluster()
    call = scenes.open_call(owner, scenes.budget_line(owner), **scenes.open_now())
    return scenes.pair(call, at=scenes.now()).fill(at=scenes.now())


# --- A thousand instants ------------------------------------------------------------------------------

JUDGE = """
import json, sys, django
django.setup()
from datetime import date, datetime, time as clock
from django.db import transaction
from applications.models import Application
from applications.services import CallClosed, drafting
from calls.models import Call
from calls.phases import brussels_instant

application = Application.objects.get()
judged = []
for day, wall, instants in json.load(sys.stdin):
    closes_at = brussels_instant(date.fromisoformat(day), clock.fromisoformat(wall))
    Call.objects.update(opens_at=datetime(2026, 1, 1, tzinfo=closes_at.tzinfo), closes_at=closes_at)
    with transaction.atomic():
        for instant in instants:
            try:
                drafting.lock_open_application(application.pk, datetime.fromisoformat(instant))
            except CallClosed:
                judged.append(False)
            else:
                judged.append(True)
print(json.dumps(judged))
"""


def judged_in(zone: str) -> list[bool]:
    """What a process that was started in the zone says, its connection to the database too."""
    database = connection.settings_dict
    environment = os.environ | {
        "TZ": zone,
        "PGTZ": zone,
        "DJANGO_SETTINGS_MODULE": "eurocluster_portal.settings",
        "DATABASE_URL": "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database),
    }
    asked = [
        (day.isoformat(), clock.isoformat(), [at.isoformat() for d, c, at in INSTANTS if (d, c) == (day, clock)])
        for day, clock in WALLS
    ]
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        cwd=settings.BASE_DIR,
        env=environment,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    judged: list[bool] = json.loads(done.stdout)
    return judged


def test_the_reference_and_the_portal_read_the_wall_alike() -> None:
    assert len(INSTANTS) == len(set(INSTANTS)) == 1000
    assert [row for row in WALLS if brussels_instant(*row) != reference_instant(*row)] == []


@pytest.mark.parametrize("zone", ZONES)
def test_a_thousand_instants_are_judged_as_the_reference_does(draft: scenes.Pair, zone: str) -> None:
    expected = [at < reference_instant(day, clock) for day, clock, at in INSTANTS]
    assert 400 < sum(expected) < 600
    judged = judged_in(zone)
    assert [INSTANTS[n] for n, (one, other) in enumerate(zip(judged, expected, strict=True)) if one != other] == []


def test_a_deadline_read_in_the_clock_of_the_server_disagrees() -> None:
    """The control: the same instants against the wall time as a server in another zone would understand it."""
    for zone in ZONES:
        naive = [at < datetime.combine(day, clock, ZoneInfo(zone)) for day, clock, at in INSTANTS]
        expected = [at < reference_instant(day, clock) for day, clock, at in INSTANTS]
        assert naive != expected


# --- The draft is kept ----------------------------------------------------------------------------------


@pytest.fixture
def state(draft: scenes.Pair) -> Callable[[], tuple[object, ...]]:
    def read() -> tuple[object, ...]:
        answers = SectionAnswers.objects.filter(application=draft.application).order_by("pk")
        return (
            list(answers.values_list("section_code", "participation", "version", "answers")),
            Application.objects.get(pk=draft.application.pk).status,
            Submission.objects.count(),
        )

    return read


@pytest.mark.parametrize(
    ("day", "clock"), [(WINTER, time(2, 30)), (WINTER, time(17)), (SUMMER, time(3)), (SUMMER, time(17))]
)
def test_at_the_instant_the_draft_is_kept_and_just_before_it_is_taken(
    draft: scenes.Pair, state: Callable[[], tuple[object, ...]], day: date, clock: time
) -> None:
    closes_at = reference_instant(day, clock)
    Call.objects.update(opens_at=closes_at - timedelta(days=30), closes_at=brussels_instant(day, clock))
    before = state()
    for late in (timedelta(0), TICK, timedelta(hours=1), timedelta(hours=1, microseconds=1)):
        with pytest.raises(applications.CallClosed):
            draft.submit(at=closes_at + late)
        with pytest.raises(applications.CallClosed):
            draft.save("excellence", at=closes_at + late, challenge="Too late")
        assert state() == before
    assert draft.submit(at=closes_at - TICK).submitted_at == closes_at - TICK
    draft.application.refresh_from_db()
    assert draft.application.status == ApplicationStatus.SUBMITTED
    assert list(violations()) == []


# --- The real server in another zone ----------------------------------------------------------------------


@pytest.fixture
def portal_far_away(tmp_path: Path, transactional_db: None) -> Iterator[LivePortal]:
    with running(tmp_path, TZ="Pacific/Kiritimati", PGTZ="America/Los_Angeles") as portal:
        portal.start_web(workers=1)
        yield portal


def test_a_server_far_away_judges_by_the_instant(
    portal_far_away: LivePortal, draft: scenes.Pair, state: Callable[[], tuple[object, ...]]
) -> None:
    portal, address = portal_far_away, f"/applications/{draft.application.pk}/"
    client = signed_in(draft.lead, portal.url)
    data = {
        "csrfmiddlewaretoken": token_on(client, f"{portal.url}{address}check/"),
        "number": "1",
        "declaration": "on",
    }
    before = state()
    Call.objects.update(closes_at=scenes.now())
    refused = client.post(f"{portal.url}{address}submit/", data=data, allow_redirects=False, timeout=60)
    assert refused.status_code == 409
    assert state() == before
    Call.objects.update(closes_at=scenes.now() + timedelta(minutes=30))
    taken = client.post(f"{portal.url}{address}submit/", data=data, allow_redirects=False, timeout=60)
    assert (taken.status_code, taken.headers["Location"]) == (302, f"{address}submitted/1/")
    assert "0 violations" in portal.manage("check_invariants")
