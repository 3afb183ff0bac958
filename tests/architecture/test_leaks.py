"""What a person may not know is on no page they can reach, in no export, and in no message they get.

Every private thing of the two worlds holds a word of its own (tests/architecture/world.py). Each reader walks from the front
door and the desk along every link, and none of the words that are not theirs may turn up: in the page, in a header, in a
file's name, in an export.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pypdf import PdfReader

from accounts.models import User
from documents import services as documents
from documents.models import Document
from evaluation.models import Decision
from evaluation.services.deciding import letter_key
from evaluation.tasks import render_letter
from notifications.models import Message
from tests import scenes
from tests.architecture.conftest import Clients
from tests.architecture.world import World, Worlds

pytestmark = pytest.mark.django_db

STAGES = ("draft", "submitted", "closed", "eligible", "paying", "claiming", "signing", "awarded", "reserve")
EXPERTS = ("expert-reading", "expert-invited", "expert-reviewing", "expert-second", "expert-idle")
TEAM = ("manager", "finance", "second-finance", "owner", "observer")
ALL = (*STAGES, *EXPERTS, *TEAM, "unpublished-call", "newcomer", "sme-owner")
HANDED_IN = STAGES[1:]
TEAM_PAPERS = ("unpublished-call", "transfer-reason", "question")

#: What each reader may come across in their own Eurocluster; everything else there, and all of the other, is a leak.
#: Who signed or decided for the Eurocluster is no secret to its applicants and experts.
MAY_MEET = {
    "anonymous": (),
    "newcomer": ("newcomer",),
    "lead of a draft": ("draft", "question", *TEAM),  # who asked, and nobody else, until it is answered
    "lead who handed in": ("submitted", "sme-owner", *TEAM),
    "partner who claims": ("claiming", *TEAM),
    "lead on the reserve list": ("reserve", *TEAM),
    "expert": ("eligible", "expert-reading", *TEAM),
    "invited expert": ("eligible", "expert-invited", *TEAM),
    "idle expert": ("expert-idle", *TEAM),
    "manager": (*HANDED_IN, *EXPERTS, *TEAM, *TEAM_PAPERS, "manager-view"),  # a saved view is the manager's alone
    "finance": (*HANDED_IN, *EXPERTS, *TEAM, *TEAM_PAPERS),
    "observer": (*HANDED_IN, *EXPERTS, *TEAM, *TEAM_PAPERS),
    "auditor": (*HANDED_IN, *EXPERTS, *TEAM, *TEAM_PAPERS),
}
#: Finer than that: who is asked to read knows who applies and under which title, but no word of the proposal.
MAY_NOT_MEET = {"invited expert": ("eligible-text",)}
#: What a reader must come across, so that the walk is known to have gone somewhere.
MUST_MEET = {
    "lead of a draft": ("draft", "draft-text"),
    "lead who handed in": ("submitted", "submitted-text", "sme-owner"),
    "partner who claims": ("claiming",),
    "lead on the reserve list": ("reserve",),
    "expert": ("eligible", "eligible-text"),
    "invited expert": ("eligible",),
    "manager": (
        "submitted-text",
        "eligible",
        "closed",
        "paying",
        "claiming",
        "reserve",
        "expert-reading",
        "unpublished-call",
        "question",
        "manager-view",
    ),
    "finance": ("paying", "claiming", "submitted"),
    "observer": ("submitted-text", "eligible", "paying", "unpublished-call"),
    "auditor": ("submitted-text", "eligible", "paying"),
}


def reader(who: str, worlds: Worlds) -> User | None:
    here = worlds.here
    people = {
        "anonymous": None,
        "newcomer": here.people["newcomer"],
        "lead of a draft": here.pairs["draft"].lead,
        "lead who handed in": here.pairs["submitted"].lead,
        "partner who claims": here.pairs["claiming"].partner,
        "lead on the reserve list": here.pairs["reserve"].lead,
        "expert": here.experts["reading"].user,
        "invited expert": here.experts["invited"].user,
        "idle expert": here.experts["idle"].user,
        "manager": here.people["manager"],
        "finance": here.people["finance"],
        "observer": here.people["observer"],
        "auditor": worlds.auditor,
    }
    return people[who]


def words_in(text: str, world: World) -> set[str]:
    """The kinds of this world's private things that a text names; a name cut short in a plot may be any that it begins."""
    found = re.findall(rf"{world.word}-([a-z]+(?:-[a-z]+)*)(-?…)?", text)
    return {kind for word, is_cut in found for kind in (_begun_by(word) if is_cut else [word.lower()])}


def _begun_by(word: str) -> list[str]:
    return [kind for kind in ALL if kind.startswith(word)] or [word]


def is_among(kind: str, allowed: tuple[str, ...]) -> bool:
    """`draft-text` and `draft-account` belong to `draft`."""
    return any(kind == one or (one in STAGES and kind.startswith(f"{one}-")) for one in allowed)


def leaks(who: str, text: str, worlds: Worlds) -> set[str]:
    found = {kind for kind in words_in(text, worlds.here) if not is_among(kind, MAY_MEET[who])}
    found |= words_in(text, worlds.here) & set(MAY_NOT_MEET.get(who, ()))
    there = words_in(text, worlds.there)
    if who == "auditor":
        there = {kind for kind in there if not is_among(kind, MAY_MEET[who])}
    return found | {f"other {kind}" for kind in there}


# --- Walking -----------------------------------------------------------------------------------

DEPTH, MOST = 6, 800
#: Lists and plots link to hundreds of filters, a form to a page for each of its questions. Of each kind so many are followed.
VARIANTS = 2
IN_A_FORM = re.compile(r"(?<=/form/)(sections|preview)/[^/]+/(?:questions/[^/]+/)?")
LINK = re.compile(r'(?:href|src|action|hx-get)="(/[^"#]*)')
NOT_OURS = ("/static/", "/accounts/", "/admin/", "/developer/", "/healthz/")


@dataclass
class Walk:
    pages: dict[str, str]
    skipped: int


def read(client: Client, url: str) -> tuple[HttpResponse, str]:
    """The answer, and everything in it that can be read: text, headers, name of the file."""
    with transaction.atomic():
        answer = client.get(url)
        content = b"".join(answer) if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer, unescape(content.decode("utf-8", errors="replace")) + str(answer.headers)


def kind_of(url: str) -> tuple[str, ...]:
    """The page and the names of its parameters, whatever their values; of a form, whichever question."""
    page, _, query = url.partition("?")
    return (IN_A_FORM.sub(r"\1/", page), *sorted({pair.partition("=")[0] for pair in query.split("&")}))


def walk(client: Client, *starts: str) -> Walk:
    waiting = deque((url, 0) for url in starts)
    seen = {url for url, _ in waiting}
    met: Counter[tuple[str, ...]] = Counter()
    done = Walk({}, 0)
    while waiting:
        url, depth = waiting.popleft()
        if len(done.pages) == MOST:
            done.skipped += 1
            continue
        answer, done.pages[url] = read(client, url)
        assert answer.status_code < 500, url
        links = LINK.findall(done.pages[url]) if depth < DEPTH else []
        if answer.status_code in (301, 302):
            links = [answer["Location"]]
        for link in links:
            if link not in seen and not link.startswith(NOT_OURS) and met[kind_of(link)] < VARIANTS:
                seen.add(link)
                met[kind_of(link)] += 1
                waiting.append((link, depth + 1))
    return done


@pytest.mark.parametrize("who", MAY_MEET)
def test_nobody_comes_across_what_is_not_theirs(who: str, worlds: Worlds, clients: Clients) -> None:
    user = reader(who, worlds)
    walked = walk(clients[user.pk], "/desk/", "/") if user else walk(clients[None], "/")
    assert walked.skipped == 0
    found = {url: leaks(who, text, worlds) for url, text in walked.pages.items()}
    assert {url: kinds for url, kinds in found.items() if kinds} == {}
    met = set().union(*(words_in(text, worlds.here) for text in walked.pages.values()))
    assert set(MUST_MEET.get(who, ())) - met == set()


def test_a_leak_is_noticed(worlds: Worlds) -> None:
    here, there = worlds.here.word, worlds.there.word
    assert leaks("manager", f"{here}-submitted and {here}-draft-text", worlds) == {"draft-text"}
    assert leaks("manager", f"{there}-submitted Furniture", worlds) == {"other submitted"}
    assert leaks("idle expert", f"{here}-expert-re…", worlds) == {"expert-reading", "expert-reviewing"}
    assert leaks("manager", f"{here}-expert-re…", worlds) == set()
    assert leaks("invited expert", f"{here}-eligible, {here}-eligible-text", worlds) == {"eligible-text"}


# --- Exports, messages, letters ------------------------------------------------------------------


def test_an_export_holds_what_its_list_holds(worlds: Worlds, clients: Clients) -> None:
    client = clients[worlds.here.people["manager"].pk]
    url = f"/manage/calls/{worlds.here.open_call.code}/applications/?format=csv"
    answer, text = read(client, url)
    assert answer["Content-Disposition"].startswith("attachment")
    assert worlds.here.pairs["submitted"].application.reference in text
    assert words_in(text, worlds.here) == {"submitted"}
    assert leaks("manager", text, worlds) == set()


def test_messages_hold_what_their_reader_may_know(worlds: Worlds) -> None:
    told = 0
    for who in MAY_MEET:
        for message in Message.objects.filter(recipient=reader(who, worlds)) if who != "anonymous" else []:
            told += 1
            text = f"{message.subject} {message.body_text} {message.url}"
            assert leaks(who, text, worlds) == set(), (who, message.kind)
    assert told > 15


@pytest.mark.parametrize("stage", ["paying", "reserve"])
def test_applicants_learn_no_experts_name_from_their_letter(stage: str, worlds: Worlds) -> None:
    """Neither on its pages nor in the PDF's own description."""
    decision = Decision.objects.get(application=worlds.here.pairs[stage].application)
    key = letter_key(decision)
    anew = {"uuid": uuid4(), "status": "pending", "size": None, "sha256": "", "ready_at": None}
    Document.objects.filter(key=key).update(**anew)  # a file of its own: this row is rolled back, files are not
    render_letter({"key": key, "decision": decision.pk}, at=scenes.AFTER)
    letter = PdfReader(BytesIO(documents.read_bytes(Document.objects.get(key=key))))
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in letter.pages)) + str(letter.metadata)
    assert worlds.here.pairs[stage].application.reference in text
    assert {
        kind for kind in words_in(text.replace("- ", "-"), worlds.here) if not is_among(kind, (stage, *TEAM))
    } == set()
