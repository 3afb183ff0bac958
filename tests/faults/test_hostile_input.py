"""Everything an applicant can send, sent by somebody who means harm: every field of every page of applying, one at a time,
filled with what breaks programs. Never a server error, and never a change to what belongs to others."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import lxml.html
import pytest
from django.core import serializers
from django.test import Client
from django.urls import reverse

from applications.models import Application, Attachment, Membership, Organisation, Participation, SectionAnswers
from calls import services as calls
from calls.form_definition import parse
from calls.models import Call
from eurocluster_portal.management.commands.check_invariants import violations
from tests import scenes
from tests.attached import attach
from tests.question_kinds import FORM

FILES = {"code": "annexes", "kind": "files", "label": "Annexes", "required": False, "max_files": 2}
HOSTILE: dict[str, str | bytes] = {
    "NUL": "oak\x00pine",
    "only NUL": "\x00",
    "bidi": "\u202egnp.exe\u2066\u2069\u200f",
    "four bytes": "😀" * 50 + "𐍈",
    "a megabyte": "x" * 1_000_000,
    "no text": b"\xff\xfe\xed\xa0\x80",
    "no number": "NaN",
    "endless": "-Infinity",
    "huge": "1e999999",
    "long number": "9" * 5000,
    "full width": "１２．５",
    "other digits": "٣",
    "superscript": "²",
    "minus": "-1",
    "deep JSON": "[" * 20_000,
    "JSON": json.dumps([{"attachment": 1, "lead": 1, "__class__": "x"}]),
    "markup": '"><script>alert(1)</script>{{ 7*7 }}{% debug %}',
    "SQL": "1'; DROP TABLE applications_application; --",
    "a format": "%(pk)s %s {0.__class__}",
    "lines": "a\r\nSubject: b\r\n\r\nc",
    "a path": "../../../../etc/passwd",
    "a date": "9999-99-99",
    "an early date": "0000-01-01",
    "empty": "",
}
ALONE = 5  # values that each field is tried with on its own
LAST_STEPS = ("/remove/", "/leave/", "/withdraw/", "/delete/")  # after them there is nothing to attack
LEFT_ALONE = ("csrfmiddlewaretoken",)
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]


@dataclass
class World:
    """A draft of the hostile applicant, and beside it the draft of somebody else."""

    call: Call
    own: scenes.Pair
    other: scenes.Pair
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))


def open_call() -> Call:
    form = copy.deepcopy(FORM)
    form["sections"][0]["questions"].append(FILES)
    owner = scenes.eurocluster()
    call = scenes.draft_call(owner, scenes.budget_line(owner), funding_rate=Decimal("0.7"), **scenes.open_now())
    calls.set_form(call=call, form=parse(form), at=scenes.now())
    return calls.publish_call(call_id=call.pk, by=None, at=scenes.now())


@pytest.fixture
def world(settings: Any, tmp_path: Any) -> World:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    call = open_call()
    world = World(call, scenes.pair(call, at=scenes.now()), scenes.pair(call, at=scenes.now()))
    for made in (world.own, world.other):
        made.save("project", at=scenes.now(), title="Oak", duration_months="9", abroad=True, countries="Norway")
    attach(world.other, b"theirs")
    world.client.force_login(world.own.lead)
    return world


def pages_of(made: scenes.Pair) -> list[str]:
    """The pages with which an application is made, addressed as its lead sees them."""
    pk, organisation = made.application.pk, made.organisations[0].pk
    lead, partner = made.application.participations.order_by("role").values_list("pk", flat=True)
    return [
        reverse("organisation_create"),
        reverse("organisation_edit", args=[organisation]),
        reverse("organisation_people", args=[organisation]),
        reverse("organisation_periods", args=[organisation]),
        reverse("verify"),
        reverse("application_start", args=[made.call.code]),
        *(reverse("section_edit", args=[pk, code]) for code in ("project", "plan", "travel")),
        reverse("partner_section_edit", args=[pk, "costs", lead]),
        reverse("question_files", args=[pk, "project", "annexes"]),
        reverse("partner_invite", args=[pk]),
        reverse("application_check", args=[pk]),
        reverse("application_detail", args=[pk]),
        reverse("participation_confirm", args=[pk, partner]),
    ]


def forms_on(client: Client, url: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Where each form of a page goes and what it sends as it stands; those of the frame around it left out."""
    page = client.get(url)
    if page.status_code != 200:
        return
    for form in lxml.html.fromstring(page.content.decode()).forms:
        action = urlsplit(form.action or url).path
        is_ours = action.startswith(("/applications/", "/organisations/", "/verify/"))
        if form.method == "POST" and is_ours and not action.endswith(LAST_STEPS):
            yield action, [(name, value or "") for name, value in all_values(form)]


def all_values(form: Any) -> list[tuple[str, str | None]]:
    """With what is not chosen yet, too: every name counts."""
    given = [(name, value) for name, value in form.form_values() if name not in LEFT_ALONE]
    names = {name for name, _ in given}
    more = [(name, "") for name in form.fields if name not in names and name not in LEFT_ALONE]
    return [*given, *more]


def encoded(fields: list[tuple[str, str | bytes]]) -> bytes:
    return urlencode([(name, value) for name, value in fields]).encode()


def send(client: Client, action: str, fields: list[tuple[str, str | bytes]], **headers: str) -> int:
    kind = "application/x-www-form-urlencoded"
    return int(client.post(action, encoded(fields), content_type=kind, **headers).status_code)  # type: ignore[arg-type]


def belongings(made: scenes.Pair) -> str:
    """Everything that is somebody's, as text."""
    pk = made.application.pk
    rows = [
        *Application.objects.filter(pk=pk),
        *Participation.objects.filter(application=pk).order_by("pk"),
        *SectionAnswers.objects.filter(application=pk).order_by("pk"),
        *Attachment.objects.filter(application=pk).order_by("pk"),
        *Organisation.objects.filter(pk__in=[one.pk for one in made.organisations]).order_by("pk"),
        *Membership.objects.filter(organisation__in=made.organisations).order_by("pk"),
    ]
    return str(serializers.serialize("json", rows))


def attempts(fields: list[tuple[str, str]]) -> Iterator[tuple[str, str, list[tuple[str, str | bytes]]]]:
    """Every hostile value in all fields together, and in each field alone some of them, so that every kind of field
    meets every value somewhere."""
    for what, value in HOSTILE.items():
        yield what, "all fields", [(name, value) for name, _ in fields]
    kinds = itertools.cycle(HOSTILE.items())
    for place, (name, _) in enumerate(fields):
        for what, value in itertools.islice(kinds, ALONE):
            yield what, name, [*fields[:place], (name, value), *fields[place + 1 :]]


def test_every_field_of_every_page(world: World) -> None:
    before, broken, tried = belongings(world.other), [], 0
    for url in pages_of(world.own):
        for action, fields in list(forms_on(world.client, url)):
            for what, where, sent in attempts(fields):
                status = send(world.client, action, sent)
                tried += 1
                if status >= 500:
                    broken.append((action, where, what, status))
    assert broken == []
    assert tried > 500
    assert belongings(world.other) == before
    assert list(violations()) == []


def test_the_check_that_needs_no_sign_in(world: World) -> None:
    visitor, url = Client(raise_request_exception=False), reverse("call_check", args=[world.call.code])
    page = lxml.html.fromstring(visitor.get(url).content.decode())
    form = next(one for one in page.forms if urlsplit(one.action or url).path == url)
    fields = [(name, value or "") for name, value in all_values(form)]
    said = {}
    for number, (what, where, sent) in enumerate(attempts([*fields, ("of", ""), ("more", "")])):
        short = [(name, value[:5000]) for name, value in sent]  # longer lines no web server takes
        network = f"192.0.{number // 250}.{number % 250}"  # each may ask sixty times a minute
        said[what, where] = visitor.get(f"{url}?{encoded(short).decode()}", REMOTE_ADDR=network).status_code
    assert len(said) > 50
    assert {place: status for place, status in said.items() if status not in {200, 400, 404, 422}} == {}


def test_what_was_typed_comes_back_as_it_was_or_not_at_all(world: World) -> None:
    """Markup stays text, figures stay as they are; only signs that nobody sees are left out."""
    url = reverse("section_edit", args=[world.own.application.pk, "travel"])
    for value in ("<script>alert(1)</script>", "{{ 7*7 }}", "😀", "=1+1", "１２", "\u202eabc"):
        version = SectionAnswers.objects.filter(application=world.own.application, section_code="travel")
        data = {"a-why": value, "expected_version": str(version.values_list("version", flat=True).first() or 0)}
        assert world.client.post(url, data).status_code == 302
        page = lxml.html.fromstring(world.client.get(url).content.decode())
        assert page.xpath('//*[@name="a-why"]')[0].value == value.lstrip("\u202e")
        assert not page.xpath('//script[contains(text(), "alert")]')


def test_ids_of_others_open_nothing(world: World) -> None:
    """Forged in addresses: not there. Forged in fields: not a choice. Forged answers of files: never read."""
    before, own, other = belongings(world.other), world.own.application, world.other.application
    theirs = other.participations.get(role="partner")
    mine = own.participations.get(role="partner")
    client = world.client
    gone = [url for url in pages_of(world.other) if str(other.pk) in url.split("/") and "organisations" not in url]
    assert len(gone) > 6
    for url in [
        *gone,
        reverse("organisation_edit", args=[world.other.organisations[0].pk]),
        reverse("partner_section_edit", args=[own.pk, "costs", theirs.pk]),  # another's part in my application
        reverse("partner_section_edit", args=[own.pk, "project", mine.pk]),  # a section that is nobody's alone
        reverse("section_edit", args=[own.pk, "costs"]),
        reverse("section_edit", args=[own.pk, "nothing"]),
        reverse("participation_confirm", args=[own.pk, theirs.pk]),
        reverse("application_detail", args=[2**31]),
        f"/applications/{10**30}/",
    ]:
        assert client.get(url).status_code == 404, url
        # What is typed into one's own application for a place that is not there is set aside for whoever typed it (409).
        aside = {409} if f"/applications/{own.pk}/sections/" in url else set()
        assert client.post(url, {"a-title": "Stolen", "expected_version": "1"}).status_code in {404, 405} | aside, url
    forbidden = reverse("partner_section_edit", args=[own.pk, "costs", mine.pk])  # readable, and the partner's to write
    assert client.get(forbidden).status_code == 200
    assert client.post(forbidden, {"a-costs-staff": "1", "expected_version": "0"}).status_code == 403

    start = {"organisation": world.other.organisations[0].pk, "sector": scenes.sectors()[0].pk}
    assert client.post(reverse("application_start", args=[world.call.code]), start).status_code in {200, 422}
    attachment = Attachment.objects.get()
    forged = [{"attachment": attachment.pk, "filename": "theirs.pdf", "size": 6, "sha256": attachment.document.sha256}]
    project = {
        "a-title": "Oak",
        "a-annexes": json.dumps(forged),
        "annexes": json.dumps(forged),
        "expected_version": "1",
    }
    client.post(reverse("section_edit", args=[own.pk, "project"]), project)
    assert not own.answers.get(section_code="project").answers.get("annexes")
    plan = {
        "a-work_plan-0-title": "Build",
        "a-work_plan-0-starts_month": "1",
        "a-work_plan-0-ends_month": "2",
        "a-work_plan-0-lead": str(theirs.pk),
        "expected_version": "0",
    }
    refused = client.post(reverse("section_edit", args=[own.pk, "plan"]), plan)  # a draft keeps mistakes, and says so
    assert (refused.status_code, "is no partner of this application" in refused.content.decode()) == (422, True)
    read = client.get(reverse("application_read", args=[own.pk])).content.decode()
    assert theirs.organisation.legal_name not in refused.content.decode() + read
    assert belongings(world.other) == before
    assert Application.objects.count() == 2


def test_columns_that_no_form_offers_are_not_written(world: World) -> None:
    """Names of columns sent along with every page change nothing of them."""
    own = world.own
    stuffing: dict[str, str] = {
        "status": "awarded",
        "reference": "X-1",
        "requested_eur": "999999",
        "submitted_at": "2026-01-01",
        "call": "1",
        "form": "1",
        "role": "admin",
        "is_staff": "on",
        "is_superuser": "on",
        "size_category": "micro",
        "created_at": "2000-01-01",
        "confirmed_at": "2026-01-01",
        "agreed_at": "2026-01-01",
        "is_exclusive": "on",
        "pk": "1",
        "id": "1",
    }
    columns = ("status", "reference", "call_id", "form_id", "submitted_at", "created_by_id", "stage")
    before = Application.objects.filter(pk=own.application.pk).values(*columns).get()
    roles = list(Membership.objects.order_by("pk").values("pk", "role", "user", "left_at"))
    rows = list(own.application.participations.order_by("pk").values("pk", "role", "organisation", "agreed_at"))
    for url in pages_of(own):
        for action, fields in list(forms_on(world.client, url)):
            if action.endswith(("/start/", "/new/")):
                continue
            names = {name for name, _ in fields}
            send(world.client, action, [*fields, *((k, v) for k, v in stuffing.items() if k not in names)])
    assert Application.objects.filter(pk=own.application.pk).values(*columns).get() == before
    assert list(Membership.objects.order_by("pk").values("pk", "role", "user", "left_at"))[: len(roles)] == roles
    assert list(own.application.participations.order_by("pk").values("pk", "role", "organisation", "agreed_at")) == rows
    own.lead.refresh_from_db()
    assert (own.lead.is_staff, own.lead.is_superuser) == (False, False)
