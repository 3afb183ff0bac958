"""Applicants of a call that closes soon, and their way through the portal to a submission.

Everybody has an account, an organisation, a draft and a session; what they write is prepared. The call takes one proposal
per SME, so that every guard is in the way that a plain call knows.
"""

from __future__ import annotations

import http.client
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.stage import CSRF

WORDS = (
    "two workshops throw away eleven tonnes of beech cuts a year and turn them into acoustic panels for schools and small "
    "offices with partners from another country who press dry measure sell them under one brand so that waste becomes a "
    "product whose sound fire safety price are tested before its first customer has paid while our own saws glue presses "
    "run at half their load every second week because orders come late or never"
)
FORM = {
    "version": 1,
    "sections": [
        {
            "code": "project",
            "title": "The project",
            "questions": [
                {"code": "title", "kind": "short_text", "label": "Title", "required": True, "max_length": 150},
                {"code": "acronym", "kind": "short_text", "label": "Acronym", "required": True, "max_length": 30},
                {"code": "summary", "kind": "long_text", "label": "Summary", "required": True, "max_length": 1000},
                {"code": "description", "kind": "long_text", "label": "Text", "required": True, "max_length": 4000},
            ],
        },
        {
            "code": "excellence",
            "title": "Excellence",
            "questions": [
                {"code": "art", "kind": "long_text", "label": "State of the art", "required": True, "max_length": 4000},
                {"code": "months", "kind": "number", "label": "Months", "required": True, "minimum": 1, "maximum": 36},
                {
                    "code": "topic",
                    "kind": "one_of",
                    "label": "Topic",
                    "required": True,
                    "options": [{"value": "digital", "label": "Digital"}, {"value": "green", "label": "Green"}],
                },
            ],
        },
        {
            "code": "organisation",
            "title": "Your organisation",
            "per_partner": True,
            "questions": [
                {"code": "requested_eur", "kind": "money", "label": "Support asked for", "required": True},
                {"code": "team", "kind": "long_text", "label": "Your team", "required": True, "max_length": 2000},
                {"code": "honour", "kind": "declaration", "label": "No ground for exclusion applies", "required": True},
            ],
        },
    ],
}


def prose(number: int, words: int = 70) -> str:
    """A text of its own for each number: like texts would be found to be the same project."""
    return " ".join(random.Random(number).choices(WORDS.split(), k=words))


def written_by(number: int) -> dict[str, dict[str, str]]:
    """What is typed into each section."""
    summary, description, art, team = (
        prose(number * 4 + place, words) for place, words in enumerate((70, 280, 280, 70))
    )
    return {
        "project": {
            "a-title": f"Panels of application {number}",
            "a-acronym": "PANEL",
            "a-summary": summary,
            "a-description": description,
        },
        "excellence": {"a-art": art, "a-months": "9", "a-topic": "digital"},
        "organisation": {"a-requested_eur": "25,000.00", "a-team": team, "a-honour": "on"},
    }


# --- What is there before ---------------------------------------------------------------------


@dataclass(frozen=True)
class Applicant:
    """`participation` is that of the own organisation, the only one."""

    application: int
    participation: int
    session: str


def make_call(at: datetime, closes_at: datetime) -> Any:
    """A public call of single applicants, with one section of three per partner."""
    from calls import services as calls
    from calls.form_definition import parse
    from calls.models import BudgetLine, Call

    pattern = Call.objects.filter(eurocluster__slug="dream").order_by("pk")[0]
    line = BudgetLine.objects.create(eurocluster=pattern.eurocluster, code="hour", title="Vouchers", strand="innovate")
    fields = {
        "eurocluster": pattern.eurocluster,
        "budget_line": line,
        "code": "deadline-hour",
        "title": "Vouchers until five o'clock",
        "summary": "For single SMEs.",
        "description": "For single SMEs.",
        "strand": "innovate",
        "opens_at": at - timedelta(days=80),
        "closes_at": closes_at,
        "support_kind": "cash",
        "support_max_eur": 30000,
    }
    half = {"rate": "0.5"}
    call = calls.create_call(
        fields=fields,
        sectors=[],
        criteria=[],
        instalments=[half | {"trigger": "signature"}, half | {"trigger": "final_report"}],
        form=parse(FORM),
        by=None,
        at=at - timedelta(days=90),
    )
    Call.objects.filter(pk=call.pk).update(status="published", published_at=at - timedelta(days=85))
    return call


def make_applicants(call: Any, number: int, at: datetime, *, prefix: str) -> list[Applicant]:
    """Each with a draft of its own in which nothing is written yet."""
    from accounts.models import User
    from applications.models import Membership, Organisation, Participation

    names = [f"{prefix}-{one}" for one in range(number)]
    users = User.objects.bulk_create(User(email=f"{name}@hour.example", full_name=f"Person {name}") for name in names)
    firms = Organisation.objects.bulk_create(_firm(name, at) for name in names)
    Membership.objects.bulk_create(
        Membership(organisation=firm, user=user, role="admin", joined_at=at)
        for firm, user in zip(firms, users, strict=True)
    )
    drafts = _drafts(call, users, at)
    parts = Participation.objects.bulk_create(
        Participation(
            application=draft, call=call, organisation=firm, role="lead", confirmed_at=at, confirmed_by=draft.created_by
        )
        for draft, firm in zip(drafts, firms, strict=True)
    )
    sessions = _sessions_of(users, at)
    return [Applicant(part.application_id, part.pk, session) for part, session in zip(parts, sessions, strict=True)]


def _drafts(call: Any, users: list[Any], at: datetime) -> list[Any]:
    from django.db.models import F, Value
    from django.db.models.functions import Concat

    from applications.models import Application

    form = call.forms.get()
    drafts = Application.objects.bulk_create(
        Application(call=call, form=form, created_by=user, created_at=at, changed_at=at) for user in users
    )
    reference = Concat(Value("HOUR-"), F("pk"), output_field=Application._meta.get_field("reference"))
    Application.objects.filter(call=call, reference=None).update(reference=reference)
    return drafts


def _firm(name: str, at: datetime) -> Any:
    from applications.models import Organisation

    return Organisation(
        legal_name=f"Firm {name} SRL",
        country="RO",
        registration_number=f"J12/{name}",
        street="Strada Fabricii 84",
        postcode="400632",
        city="Cluj-Napoca",
        nace="31.09",
        founded_on=date(2012, 3, 17),
        headcount=34,
        turnover_eur=2410000,
        balance_sheet_eur=1680000,
        size_category="small",
        created_at=at,
    )


def _sessions_of(users: list[Any], at: datetime) -> list[str]:
    """What signing in leaves behind, without the pages of it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.models import Session

    store = Session.get_session_store_class()()
    rows = [
        Session(
            session_key=secrets.token_hex(16),
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=at + timedelta(hours=8),
        )
        for user in users
    ]
    return [row.session_key for row in Session.objects.bulk_create(rows)]


# --- The way ----------------------------------------------------------------------------------


class Refused(Exception):
    """An answer that no step expects."""


@dataclass
class Browser:
    """One person's browser, a connection per request: the pauses of people are longer than servers keep one open.

    Counts what it asks for, and keeps how long each answer took (seconds).
    """

    port: int
    cookies: str
    token: str
    took: list[float] = field(default_factory=list)
    server_errors: int = 0

    def get(self, path: str) -> str:
        """The page behind the path, redirects followed; gives the path at which it is."""
        status, location = self._ask("GET", path)
        while status == 302:
            path = location
            status, location = self._ask("GET", path)
        if status != 200:
            raise Refused(f"GET {path}: {status}")
        return path

    def post(self, path: str, data: Mapping[str, str]) -> str:
        """Send a form; gives the path to which the answer redirects."""
        status, location = self._ask("POST", path, urlencode(data))
        if status != 302:
            raise Refused(f"POST {path}: {status}")
        return location

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = {"Cookie": self.cookies, "X-CSRFToken": self.token, "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.took.append(time.perf_counter() - began)
        self.server_errors += answer.status >= 500
        target = urlsplit(answer.getheader("Location") or "")
        return answer.status, target.path + (f"?{target.query}" if target.query else "")


@dataclass(frozen=True)
class Accepted:
    """What the portal told a person it has: the version on the page of confirmation. `took` is the POST, in seconds."""

    application: int
    number: int
    took: float


def browser_of(one: Applicant, port: int) -> Browser:
    return Browser(port, f"sessionid={one.session}; csrftoken={CSRF}", CSRF)


def walk(one: Applicant, browser: Browser, rest: Callable[[], None] = lambda: None) -> Accepted:
    """From the task list over three sections and the check of all answers to the confirmation, resting between."""
    at = f"/applications/{one.application}/"
    browser.get(at)
    for path, data in _sections(one):
        rest()
        browser.get(path)
        rest()
        browser.post(path, data)
    browser.get(f"{at}check/")
    rest()
    confirmation = browser.post(f"{at}submit/", {"number": "1", "declaration": "on"})
    took = browser.took[-1]
    browser.get(confirmation)
    return Accepted(one.application, int(confirmation.rstrip("/").rpartition("/")[2]), took)


def _sections(one: Applicant) -> Iterator[tuple[str, dict[str, str]]]:
    from django.urls import reverse

    for code, typed in written_by(one.application).items():
        own = [one.participation] if code == "organisation" else []
        name = "partner_section_edit" if own else "section_edit"
        yield reverse(name, args=[one.application, code, *own]), {**typed, "expected_version": "0", "then": "next"}
