"""A partner is taken out, or a member removed, in the instant in which somebody works on it: a plain answer, no fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from applications import services as applications
from applications.confirming import fingerprints
from applications.models import Attachment, Comment, SectionAnswers
from applications.states import MemberRole
from eurocluster_portal.management.commands.check_invariants import violations
from tests import scenes
from tests.attached import call_with_files
from tests.documents.corpus import pdf
from tests.faults.test_same_instant import post_meanwhile

Case = tuple[Client, str, dict[str, Any], Callable[[], Any]]


@pytest.fixture
def made(transactional_db: None, settings: Any, tmp_path: Path) -> scenes.Pair:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return scenes.pair(call_with_files(), at=scenes.now())


def while_it_leaves(made: scenes.Pair, what: str) -> Case:
    """What the partner, or its lead, posts while the lead takes the partner out."""
    partner = made.application.participations.get(role="partner")
    sha256 = fingerprints(made.application, [partner], [])[partner.pk]
    pk, costs = made.application.pk, [made.application.pk, "costs", partner.pk]
    pages = {
        "section": (
            reverse("partner_section_edit", args=costs),
            {"a-requested_support": "1000", "expected_version": 0},
        ),
        "comment": (reverse("partner_section_comments", args=costs), {"text": "Is that all?"}),
        "file": (
            reverse("partner_question_files", args=[*costs, "annexes"]),
            {"files": SimpleUploadedFile("plan.pdf", pdf())},
        ),
        "confirmation": (
            reverse("participation_confirm", args=[pk, partner.pk]),
            {"sha256": sha256, "confirmed": True},
        ),
        "reminder": (reverse("partner_remind", args=[pk, partner.pk]), {}),
        "removal": (reverse("partner_remove", args=[pk, partner.pk]), {}),
    }
    client = Client()
    client.force_login(made.lead if what in {"reminder", "removal"} else made.partner)

    def leave() -> None:
        applications.remove_partner(
            application_id=made.application.pk, participation_id=partner.pk, by=made.lead, at=scenes.now()
        )

    return client, *pages[what], leave


EVERYTHING = ["section", "comment", "file", "confirmation", "reminder", "removal"]


@pytest.mark.parametrize("what", EVERYTHING)
def test_a_partner_that_is_taken_out_meanwhile_is_gone(made: scenes.Pair, what: str) -> None:
    client, address, data, leave = while_it_leaves(made, what)
    answer: Any = post_meanwhile(client, address, data, takes=leave)
    assert answer.status_code in {403, 404, 409}
    assert not Attachment.objects.filter(removed_at=None).exists()
    assert not Comment.objects.exists()
    assert not SectionAnswers.objects.exclude(participation=None).exists()
    assert list(violations()) == []


@pytest.mark.parametrize("what", EVERYTHING)
def test_without_a_second_look_it_is_a_fault(made: scenes.Pair, what: str, settings: Any) -> None:
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "SecondLook" not in one]
    client, address, data, leave = while_it_leaves(made, what)
    with pytest.raises((IntegrityError, ObjectDoesNotExist)):
        post_meanwhile(client, address, data, takes=leave)


def test_two_administrators_remove_the_same_member(made: scenes.Pair) -> None:
    firm, colleague = made.organisations[0], scenes.person("Maria Pop")
    scenes.colleague(firm, colleague, by=made.lead, at=scenes.now())
    membership = firm.memberships.get(user=colleague)
    one = {"organisation_id": firm.pk, "membership_id": membership.pk, "by": made.lead, "at": scenes.now()}
    client = Client()
    client.force_login(made.lead)
    role = reverse("member_role", args=[firm.pk, membership.pk])
    answer: Any = post_meanwhile(
        client, role, {"role": MemberRole.ADMIN}, takes=lambda: applications.end_membership(**one)
    )
    assert answer.status_code == 404
    assert firm.memberships.get(user=colleague).role == MemberRole.MEMBER
