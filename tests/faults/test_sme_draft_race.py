"""Colleagues go on with the unfinished SME test of their organisation in the same instant; and one while another declares it."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications.models import Organisation, SmeDraft
from applications.services import sme_drafts
from applications.services.sme import SizeChanged, declare_sme
from applications.services.sme_drafts import SmeDraftMoved, keep_sme_draft
from tests import scenes
from tests.faults.races import at_once

PEOPLE = 5


@pytest.fixture
def firm(transactional_db: None) -> Organisation:
    scenes.sectors()
    return scenes.organisation(scenes.person("Ioana Mureșan"))


@pytest.fixture
def colleagues(firm: Organisation) -> list[User]:
    return [scenes.colleague(firm, scenes.person(f"Colleague {n}"), by=firm.memberships.get(role="admin").user)
            for n in range(PEOPLE)]  # fmt: skip


def keep(firm: Organisation, by: User, words: str, *, expected: int = 1) -> Any:
    typed = {"rows": {"enterprises": [{"code": "A"}, {"code": "E1", "name": words}]}}
    return keep_sme_draft(organisation_id=firm.pk, typed=typed, expected_version=expected, by=by, at=scenes.OPEN)


def all_save(firm: Organisation, colleagues: list[User]) -> Counter[str]:
    """Each over the version that all of them have read."""
    keep(firm, firm.memberships.get(role="admin").user, "Nobody", expected=0)

    def save(number: int) -> str:
        try:
            keep(firm, colleagues[number], f"Words of {number}")
        except SmeDraftMoved as conflict:
            return "told" if conflict.theirs else "told of nothing"
        return "kept"

    return at_once(save, list(range(PEOPLE)))


def test_one_is_kept_and_the_others_are_told(firm: Organisation, colleagues: list[User]) -> None:
    assert all_save(firm, colleagues) == {"kept": 1, "told": PEOPLE - 1}
    assert SmeDraft.objects.get().version == 2


def test_without_the_lock_they_overwrite_each_other(
    firm: Organisation, colleagues: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: everybody reads before anybody writes."""
    meeting = threading.Barrier(PEOPLE)
    kept = Organisation.objects.get(pk=firm.pk)
    monkeypatch.setattr(sme_drafts, "lock_organisation", lambda _pk: kept)
    monkeypatch.setattr(
        sme_drafts, "_keep_version", lambda _row: None
    )  # the database would refuse a number that is taken
    read = SmeDraft.__init__

    def met(self: SmeDraft, *args: Any, **options: Any) -> None:
        read(self, *args, **options)
        if threading.current_thread() is not threading.main_thread():
            meeting.wait(timeout=30)

    monkeypatch.setattr(SmeDraft, "__init__", met)
    assert all_save(firm, colleagues)["kept"] > 1


def test_what_a_colleague_types_while_it_is_declared_is_never_dropped(
    firm: Organisation, colleagues: list[User]
) -> None:
    """Either the words are in the test, which then is not declared, or whoever typed them is told."""
    keep(firm, colleagues[0], "Nobody", expected=0)
    surroundings = {"ownership_changed": False, "answers": {}}

    def act(number: int) -> str:
        try:
            if number:
                keep(firm, colleagues[1], "Typed in the last second")
                return "kept"
            declare_sme(
                organisation_id=firm.pk, surroundings=surroundings, by=colleagues[0], at=scenes.OPEN, draft_version=1
            )
        except SizeChanged:
            return "read again"
        except SmeDraftMoved:
            return "told"
        return "declared"

    done = at_once(act, [0, 1])
    assert done in ({"declared": 1, "told": 1}, {"kept": 1, "read again": 1})
    assert SmeDraft.objects.exists() == ("kept" in done)


def group_of_five(firm: Organisation, by: User) -> int:
    """A group with a row for each colleague; the version that all of them read."""
    rows = {
        "enterprises": [{"code": "A"}, *({"code": f"E{n + 1}", "name": f"Firm {n}"} for n in range(PEOPLE))],
        "holdings": [],
        "links": [],
    }
    typed = {"answers": dict.fromkeys(("owners", "investors", "holdings", "links", "public", "consolidated"), False)}
    typed["answers"] |= {"owners": True}
    kept = keep_sme_draft(
        organisation_id=firm.pk, typed=typed | {"rows": rows}, expected_version=0, by=by, at=scenes.OPEN
    )
    return kept.version


def page_of(number: int, version: int) -> dict[str, str]:
    """The whole group as the page sends it, with another headcount of one enterprise and one that is new."""
    sent = {
        "version": str(version),
        "do": "stay",
        "enterprises-count": str(PEOPLE + 2),
        "holdings-count": "0",
        "links-count": "0",
    }
    sent |= {"enterprises-0-code": "A"}
    for place in range(PEOPLE):
        sent |= {f"enterprises-{place + 1}-code": f"E{place + 1}", f"enterprises-{place + 1}-name": f"Firm {place}"}
    sent[f"enterprises-{number + 1}-headcount"] = str(100 + number)
    new = f"enterprises-{PEOPLE + 1}"
    return sent | {f"{new}-code": f"E{PEOPLE + 1}", f"{new}-name": f"New of {number}"}


@pytest.mark.timeout(180)
def test_rows_of_five_who_save_at_the_same_instant_are_all_there(firm: Organisation, colleagues: list[User]) -> None:
    version = group_of_five(firm, firm.memberships.get(role="admin").user)
    browsers = [Client() for _person in colleagues]
    for browser, person in zip(browsers, colleagues, strict=True):
        browser.force_login(person)

    def send(number: int) -> str:
        answer = browsers[number].post(reverse("sme_group", args=[firm.pk]), page_of(number, version))
        return str(answer.status_code)

    assert at_once(send, list(range(PEOPLE))) == {"302": PEOPLE}
    kept = SmeDraft.objects.get()
    rows = kept.typed["rows"]["enterprises"]
    assert kept.version == version + PEOPLE
    assert {row["name"]: row.get("headcount") for row in rows[1:] if row["name"].startswith("Firm")} == {
        f"Firm {number}": str(100 + number) for number in range(PEOPLE)
    }
    assert sorted(row["name"] for row in rows[1:] if row["name"].startswith("New")) == [
        f"New of {number}" for number in range(PEOPLE)
    ]
    assert len({row["code"] for row in rows}) == 1 + 2 * PEOPLE


def test_without_the_version_that_both_read_the_last_one_takes_all(
    firm: Organisation, colleagues: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: each page counts as read just now, so that its rows replace those of everybody before."""
    version = group_of_five(firm, firm.memberships.get(role="admin").user)
    monkeypatch.setattr(sme_drafts, "_is_of_a_colleague", lambda *_row: False)
    for number, person in enumerate(colleagues):
        browser = Client()
        browser.force_login(person)
        browser.post(reverse("sme_group", args=[firm.pk]), page_of(number, version))
    rows = SmeDraft.objects.get().typed["rows"]["enterprises"]
    assert [row["name"] for row in rows if row.get("headcount")] == [f"Firm {PEOPLE - 1}"]
