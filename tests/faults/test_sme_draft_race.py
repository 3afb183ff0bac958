"""Colleagues go on with the unfinished SME test of their organisation in the same instant; and one while another declares it."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest

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
