"""Who reads what on the pages of overlaps, and that every look is recorded."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications import services as applications
from audit.models import Event
from calls.states import Role
from tests import scenes

COPIED = "Two workshops throw away eleven tonnes of beech off-cuts a year; we turn them into acoustic panels."
SECRET = "The recipe of our glue is known to nobody else in the whole valley."


@pytest.fixture
def pairs(db: None) -> tuple[scenes.Pair, scenes.Pair]:
    """The same text in two Euroclusters, and one sentence that only the second has."""
    made = []
    for slug, more in (("recentre", ""), ("dream", f" {SECRET}")):
        line = scenes.budget_line(scenes.eurocluster(slug, slug[:2].upper()))
        pair = scenes.pair(scenes.open_call(line.eurocluster, line)).fill(summary=COPIED + more)
        pair.submit()
        applications.keep_text(submission_id=pair.application.submissions.get().pk)
        made.append(pair)
    return made[0], made[1]


def page(user: User, name: str, *args: int) -> tuple[int, str]:
    client = Client()
    client.force_login(user)
    found = client.get(reverse(name, args=args))
    return found.status_code, found.content.decode()


def test_a_manager_sees_of_another_eurocluster_what_stands_in_both_and_no_more(
    pairs: tuple[scenes.Pair, scenes.Pair],
) -> None:
    own, foreign = pairs
    manager = scenes.team_member(Role.MANAGER, own.call.eurocluster)
    status, listed = page(manager, "overlap_list", own.application.pk)
    assert status == 200
    assert foreign.application.reference in listed
    assert "One application says nearly the same." in listed
    status, beside = page(manager, "overlap_detail", own.application.pk, foreign.application.pk)
    assert status == 200
    assert f"<mark>{COPIED[:-1]}</mark>" in beside
    assert "Of it you see its reference, title, organisations, call and status" in beside
    assert "recipe" not in listed + beside
    assert foreign.lead.email not in listed + beside
    assert reverse("application_read", args=[foreign.application.pk]) not in beside


def test_within_one_eurocluster_both_texts_stand_side_by_side(pairs: tuple[scenes.Pair, scenes.Pair]) -> None:
    own, foreign = pairs
    both = scenes.team_member(Role.MANAGER, own.call.eurocluster)
    scenes.calls.give_role(user=both, role=Role.MANAGER, eurocluster=foreign.call.eurocluster, by=None, at=scenes.OPENS)
    _status, beside = page(both, "overlap_detail", own.application.pk, foreign.application.pk)
    assert beside.count(f"<mark>{COPIED[:-1]}</mark>") >= 3  # the passage, and in either text
    assert "The recipe of our glue" in beside


def test_the_eligibility_page_asks_to_compare(pairs: tuple[scenes.Pair, scenes.Pair]) -> None:
    own, foreign = pairs
    manager = scenes.team_member(Role.MANAGER, own.call.eurocluster)
    _status, check = page(manager, "eligibility_check", own.application.pk)
    assert f"{foreign.application.reference} (100 %)" in check
    assert reverse("overlap_list", args=[own.application.pk]) in check
    observer = scenes.team_member(Role.OBSERVER, own.call.eurocluster)
    _status, check = page(observer, "eligibility_check", own.application.pk)
    assert reverse("overlap_list", args=[own.application.pk]) not in check


@pytest.mark.parametrize(
    ("who", "expected"),
    [("lead", 404), ("partner", 404), ("expert", 404), ("foreign manager", 404), ("observer", 403), ("auditor", 200)],
)
def test_nobody_else_compares(pairs: tuple[scenes.Pair, scenes.Pair], who: str, expected: int) -> None:
    own, foreign = pairs
    people = {
        "lead": lambda: own.lead,
        "partner": lambda: own.partner,
        "expert": lambda: scenes.expert(own.call.eurocluster).user,
        "foreign manager": lambda: scenes.team_member(Role.MANAGER, foreign.call.eurocluster),
        "observer": lambda: scenes.team_member(Role.OBSERVER, own.call.eurocluster),
        "auditor": lambda: scenes.team_member(Role.OBSERVER, None),  # type: ignore[arg-type]
    }
    user = people[who]()
    assert page(user, "overlap_list", own.application.pk)[0] == expected
    assert page(user, "overlap_detail", own.application.pk, foreign.application.pk)[0] == expected


def test_applicants_read_no_word_of_it(pairs: tuple[scenes.Pair, scenes.Pair]) -> None:
    own, foreign = pairs
    for name in ("application_detail", "application_read", "application_check"):
        _status, text = page(own.lead, name, own.application.pk)
        assert foreign.application.reference not in text
        assert "The same project elsewhere" not in text


def test_what_has_nothing_in_common_cannot_be_looked_up(pairs: tuple[scenes.Pair, scenes.Pair]) -> None:
    own, foreign = pairs
    stranger = scenes.submitted(foreign.call)  # not kept yet, and other enterprises
    manager = scenes.team_member(Role.MANAGER, own.call.eurocluster)
    assert page(manager, "overlap_detail", own.application.pk, stranger.application.pk)[0] == 404
    assert page(manager, "overlap_detail", own.application.pk, own.application.pk)[0] == 404


def test_every_look_is_recorded(pairs: tuple[scenes.Pair, scenes.Pair]) -> None:
    own, foreign = pairs
    manager = scenes.team_member(Role.MANAGER, own.call.eurocluster)
    page(manager, "overlap_list", own.application.pk)
    page(manager, "overlap_detail", own.application.pk, foreign.application.pk)
    looks = Event.objects.about(own.application).filter(action__startswith="overlaps.").order_by("pk")
    assert [(one.action, one.actor) for one in looks] == [
        ("overlaps.listed", manager),
        ("overlaps.compared", manager),
    ]
    assert looks[1].data == {"other": foreign.application.reference, "eurocluster": "dream"}
