"""What people type beside the forms of an application: in the SME test, in comments, answers and requests, and what is set
aside when a section is gone. Whatever it is, it is kept as text or refused, and never a server error."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.join_links import join_link
from applications.models import SetAside
from applications.services.clarifying import ask_clarification
from calls.states import Role
from tests import scenes
from tests.faults.test_hostile_input import HOSTILE

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(settings: Any, tmp_path: Any) -> scenes.Pair:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    owner = scenes.eurocluster()
    return scenes.pair(scenes.open_call(owner, scenes.budget_line(owner), **scenes.open_now()), at=scenes.now())


@pytest.fixture
def browser(made: scenes.Pair) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(made.lead)
    return client


def test_the_sme_test_keeps_or_refuses_it(made: scenes.Pair, browser: Client) -> None:
    for value in HOSTILE.values():
        type_into_sme_test(browser, made.organisations[0].pk, value)


def type_into_sme_test(browser: Client, firm: int, value: str | bytes) -> None:
    browser.post(reverse("sme_begin", args=[firm]))
    for code in ("owners", "investors", "holdings", "links", "public", "consolidated", "new_owner", value):
        address = f"/organisations/{firm}/sme/questions/{code if isinstance(code, str) and code.isalpha() else 'x'}/"
        assert browser.post(address, {"answer": value, "version": value}).status_code < 500
        assert browser.post(address, {"answer": "yes", "version": value}).status_code < 500
    address = reverse("sme_group", args=[firm])
    row = {f"enterprises-1-{field}": value for field in ("code", "name", "country", "vat_number", "headcount")}
    held = {f"holdings-0-{field}": value for field in ("holder", "held", "capital_pct", "voting_pct")}
    counts = {"enterprises-count": "2", "holdings-count": "1", "links-count": value}
    for do in ("result", "add:owner", "remove:enterprises:1", value):
        data = row | held | counts | {"do": do, "enterprises-0-code": "A", "version": value}
        assert browser.post(address, data).status_code < 500, do
        assert browser.get(address).status_code == 200
    assert browser.post(reverse("sme_result", args=[firm]), {"digest": value, "is_true": value}).status_code < 500


def test_what_is_set_aside_is_text(made: scenes.Pair, browser: Client) -> None:
    addresses = [reverse("section_edit", args=[made.application.pk, code]) for code in ("gone", "project")]
    for value, address in itertools.product(HOSTILE.values(), addresses):
        for headers in ({}, {"HX-Request": "true"}):
            data = {"a-summary": value, "a-title": "Oak", "aside": value, "expected_version": value, "turn": value}
            assert browser.post(address, data, headers=headers).status_code < 500
    assert browser.get(reverse("application_detail", args=[made.application.pk])).status_code == 200
    for row in SetAside.objects.all():
        assert "\x00" not in str(row.texts)


def test_comments_requests_and_answers(made: scenes.Pair, browser: Client) -> None:
    pk = made.application.pk
    manager = scenes.team_member(Role.MANAGER, made.call.eurocluster)
    made.fill(at=scenes.now())
    made.submit(at=scenes.now())
    type(made.call).objects.filter(pk=made.call.pk).update(closes_at=scenes.now())
    due_at = scenes.now() + timedelta(days=2)
    for value in HOSTILE.values():
        asked = ask_clarification(application_id=pk, question="Why?", due_at=due_at, by=manager, at=scenes.now())
        type_everywhere(browser, made, value, reverse("clarification_answer", args=[pk, asked.pk]))


def type_everywhere(browser: Client, made: scenes.Pair, value: str | bytes, question: str) -> None:
    pk = made.application.pk
    addresses = {
        reverse("section_comments", args=[pk, "project"]): {"text": value},
        reverse("draft_here", args=[pk]): {"place": value},
        question: {"answer": value},
        join_link(made.organisations[1].pk, made.lead): {"message": value},
        reverse("verify"): {"reference": value, "sha256": value},
        reverse("organisation_people", args=[made.organisations[0].pk]): {"email": value, "role": value},
    }
    for address, data in addresses.items():
        assert browser.post(address, data).status_code < 500, address
        assert browser.get(address).status_code < 500, address
