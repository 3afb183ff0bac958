"""Two people, a second tab and autosave write one section at random: nobody overwrites what they have not seen, and no
word that was typed gets lost."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lxml.html
import pytest
from django.db import connections
from django.db.models.signals import post_save
from django.test import Client
from django.urls import reverse

from accounts.models import User
from applications import services as applications
from applications.models import SectionAnswers
from eurocluster_portal.management.commands.check_invariants import violations
from tests import scenes

INTERLEAVINGS, PARTS, STEPS = 200, 4, 2
QUESTIONS = ("challenge", "solution")
WORD = re.compile(r"\bw\d+x\b")
pytestmark = pytest.mark.timeout(600)


def words_in(text: str) -> set[str]:
    return set(WORD.findall(text))


def words_of(answers: dict[str, Any]) -> set[str]:
    return {word for code in QUESTIONS for word in words_in(str(answers.get(code) or ""))}


class Tab:
    """A window with the section open: the version it was read at, what its fields hold, and what its person gave up."""

    def __init__(self, user: User, url: str, chance: random.Random, words: Iterator[int]) -> None:
        self.client = Client()
        self.client.force_login(user)
        self.url, self.chance, self.words = url, chance, words
        self.typed: set[str] = set()
        self.given_up: set[str] = set()
        self.conflicts = 0

    def open(self) -> None:
        form = self._form(self.client.get(self.url))
        self.fields = dict(values_of(form))

    def type(self) -> None:
        """A word more, in one of the questions."""
        word, question = f"w{next(self.words)}x", f"a-{self.chance.choice(QUESTIONS)}"
        self.typed.add(word)
        self.fields[question] = f"{self.fields.get(question, '')} {word}".strip()

    def autosave(self) -> None:
        """What the page does after a pause. When somebody else saved, the page keeps the text and says so."""
        self._next_turn()
        answer = self.client.post(self.url, self.fields, HTTP_HX_REQUEST="true")
        assert answer.status_code == 200
        if found := re.search(r'name="expected_version"[^>]*value="(\d+)"', answer.content.decode()):
            self.fields["expected_version"] = found[1]
        else:
            assert "Nothing is overwritten" in answer.content.decode()

    def save(self) -> None:
        self.save_and_leave()
        self.open()

    def save_and_leave(self) -> None:
        self._next_turn()
        answer = self.client.post(self.url, self.fields)
        while answer.status_code == 409:
            answer = self._choose(answer)
        assert answer.status_code == 302

    def _next_turn(self) -> None:
        """A page numbers what it sends, so that what arrives late is known as old."""
        self.fields["turn"] = str(int(self.fields.get("turn", "0")) + 1)

    def _choose(self, answer: Any) -> Any:
        """Both texts are on the page; for each question the person keeps one, or both; the other is given up."""
        self.conflicts += 1
        form = self._form(answer)
        seen, kept = words_in(visible(form)), set()
        mine = {word for code in QUESTIONS for word in words_in(self.fields.get(f"a-{code}", ""))}
        assert mine <= words_in(lxml.html.tostring(form, encoding="unicode")), "typed words are missing on the page"
        sent = values_of(form)
        for code in [value for name, value in sent if name == "clash"]:
            radios = form.xpath(f'.//input[@name="keep-{code}"]')
            choice = self.chance.choice([radio.get("value") for radio in radios])
            card = form.xpath(
                f'.//input[@name="keep-{code}" and @value="{choice}"]/ancestor::div[contains(@class, "card")]'
            )
            kept |= words_in(visible(card[0]))
            sent.append((f"keep-{code}", choice))
        self.given_up |= seen - kept
        data: dict[str, list[str]] = {}
        for name, value in sent:
            data.setdefault(name, []).append(value)
        return self.client.post(self.url, data)

    def _form(self, answer: Any) -> Any:
        page = lxml.html.fromstring(answer.content.decode())
        return next(form for form in page.forms if "expected_version" in form.fields)


def values_of(form: Any) -> list[tuple[str, str]]:
    """What a browser would send: it drops the line break with which a text area begins."""
    areas = {area.name for area in form.xpath(".//textarea")}
    rows = [(name, value.removeprefix("\n") if name in areas else value) for name, value in form.form_values()]
    return [(name, value) for name, value in rows if name != "csrfmiddlewaretoken"]


def visible(part: Any) -> str:
    """What a person reads of it: the typed answers that travel in hidden fields are no words on the page."""
    return "".join(part.xpath(".//text()[not(ancestor::*[@hidden])]"))


class Section:
    """The section that all of them write, with every version that was ever stored."""

    def __init__(self, made: scenes.Pair, seed: int) -> None:
        self.made, self.words = made, itertools.count(1)
        self.url = reverse("section_edit", args=[made.application.pk, "excellence"])
        writers = [made.lead, made.lead, made.partner]  # the lead has two tabs
        self.tabs = [Tab(user, self.url, random.Random(f"{seed}-{n}"), self.words) for n, user in enumerate(writers)]
        self.versions: list[tuple[int, set[str]]] = []

    def note(self, instance: SectionAnswers, **_: Any) -> None:
        self.versions.append((instance.version, words_of(instance.answers)))

    def interleave(self, pool: ThreadPoolExecutor) -> None:
        """All open the empty section, write at the same time, and save at last."""
        SectionAnswers.objects.filter(application=self.made.application).delete()
        self.versions.clear()
        for tab in self.tabs:
            tab.open()
            tab.typed, tab.given_up = set(), set()
        start = threading.Barrier(len(self.tabs))

        def write(tab: Tab) -> None:
            start.wait(timeout=30)
            for _ in range(STEPS):
                tab.type()
                time.sleep(tab.chance.random() / 200)
                tab.chance.choice((tab.autosave, tab.autosave, tab.save))()
            tab.save_and_leave()

        list(pool.map(write, self.tabs))

    @property
    def stored(self) -> set[str]:
        return words_of(
            SectionAnswers.objects.get(application=self.made.application, section_code="excellence").answers
        )

    @property
    def lost(self) -> set[str]:
        """Words that were typed, are not there any more, and that nobody chose to give up."""
        return set().union(*(tab.typed for tab in self.tabs)) - self.stored - self.given_up

    @property
    def given_up(self) -> set[str]:
        return set().union(*(tab.given_up for tab in self.tabs))

    @property
    def overwritten(self) -> set[str]:
        """Words that one version had and the next one had not, although nobody who saved had seen and dropped them."""
        rows = sorted(self.versions, key=lambda row: row[0])
        gone = (before - after for (_, before), (_, after) in itertools.pairwise(rows))
        return set().union(*gone) - self.given_up


@pytest.fixture
def section(transactional_db: None, request: pytest.FixtureRequest) -> Iterator[Section]:
    owner = scenes.eurocluster()
    call = scenes.open_call(owner, scenes.budget_line(owner), **scenes.open_now())
    section = Section(scenes.pair(call, at=scenes.now()), getattr(request, "param", 0))
    post_save.connect(section.note, sender=SectionAnswers)
    yield section
    post_save.disconnect(section.note, sender=SectionAnswers)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Three threads with a connection each, for as long as the test lasts."""
    with ThreadPoolExecutor(3) as pool:
        yield pool
        together = threading.Barrier(3)

        def close(_: int) -> None:
            together.wait(timeout=30)
            connections.close_all()

        list(pool.map(close, range(3)))


@pytest.mark.parametrize("section", range(PARTS), indirect=True)
def test_no_silent_overwrite_and_no_lost_word(section: Section, pool: ThreadPoolExecutor) -> None:
    for number in range(INTERLEAVINGS // PARTS):
        section.interleave(pool)
        assert section.overwritten == set(), f"interleaving {number}"
        assert section.lost == set(), f"interleaving {number}"
        numbers = sorted(version for version, _ in section.versions)
        assert numbers == list(range(1, len(numbers) + 1)), f"interleaving {number}"
    assert sum(tab.conflicts for tab in section.tabs) > INTERLEAVINGS // PARTS  # they did meet
    assert list(violations()) == []


def test_without_the_version_check_words_are_lost(
    section: Section, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: whoever saves last wins, and what the others wrote is gone without a question."""
    really_save: Callable[..., SectionAnswers] = applications.save_section

    def save_over(*, application_id: int, expected_version: int, section: Any, **given: Any) -> SectionAnswers:
        rows = SectionAnswers.objects.filter(application=application_id, section_code=section.code)
        newest = rows.values_list("version", flat=True).first() or 0
        return really_save(application_id=application_id, expected_version=newest, section=section, **given)

    monkeypatch.setattr(applications, "save_section", save_over)
    lost: set[str] = set()
    for _ in range(5):
        section.interleave(pool)
        lost |= section.lost
        assert section.overwritten >= section.lost
    assert lost
