"""Life cycle and vocabularies of applications."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class ApplicationStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    INELIGIBLE = "ineligible", _("Not eligible")
    ELIGIBLE = "eligible", _("Eligible")
    RESERVE = "reserve", _("Reserve list")
    REJECTED = "rejected", _("Not funded")
    AWARDED = "awarded", _("Funded")


A = ApplicationStatus
APPLICATION_MOVES: Mapping[ApplicationStatus, frozenset[ApplicationStatus]] = {
    A.DRAFT: frozenset({A.SUBMITTED}),
    # A second submission before the deadline replaces the first and does not change the state.
    A.SUBMITTED: frozenset({A.WITHDRAWN, A.ELIGIBLE, A.INELIGIBLE}),
    A.WITHDRAWN: frozenset({A.SUBMITTED}),
    A.INELIGIBLE: frozenset(),
    A.ELIGIBLE: frozenset({A.AWARDED, A.RESERVE, A.REJECTED, A.WITHDRAWN}),
    A.RESERVE: frozenset({A.AWARDED, A.REJECTED, A.WITHDRAWN}),
    A.REJECTED: frozenset(),
    A.AWARDED: frozenset(),
}

#: States in which the applicants may still change their answers while the call is open.
EDITABLE = frozenset({A.DRAFT, A.SUBMITTED})
#: States that the team of the Eurocluster may read; drafts belong to their authors alone.
HANDED_IN = frozenset(set(A) - {A.DRAFT})
#: States whose authors are told what changes in the call.
CONCERNED = frozenset({A.DRAFT, A.SUBMITTED, A.ELIGIBLE, A.RESERVE, A.AWARDED})
DECIDED = frozenset({A.AWARDED, A.RESERVE, A.REJECTED})


#: The outcome of an override that takes the one before it back: what the portal found counts again.
SET_BACK = "automatic"


class ClarificationStatus(models.TextChoices):
    """A question to the applicants; one that is asked and past its deadline stays so, and nobody answers it any more."""

    ASKED = "asked", _("Asked")
    ANSWERED = "answered", _("Answered")
    CANCELLED = "cancelled", _("Taken back")


CLARIFICATION_MOVES: Mapping[ClarificationStatus, frozenset[ClarificationStatus]] = {
    ClarificationStatus.ASKED: frozenset({ClarificationStatus.ANSWERED, ClarificationStatus.CANCELLED}),
    ClarificationStatus.ANSWERED: frozenset(),
    ClarificationStatus.CANCELLED: frozenset(),
}


class PartnerRole(models.TextChoices):
    LEAD = "lead", _("Lead")
    PARTNER = "partner", _("Partner")


class MemberRole(models.TextChoices):
    ADMIN = "admin", _("Administrator")
    MEMBER = "member", _("Member")


class SizeCategory(models.TextChoices):
    MICRO = "micro", _("Micro enterprise")
    SMALL = "small", _("Small enterprise")
    MEDIUM = "medium", _("Medium-sized enterprise")
    LARGE = "large", _("Large enterprise")


class SectionState(models.TextChoices):
    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")


class AsideReason(models.TextChoices):
    """Why words of a draft could not stay where they were typed."""

    NOT_ASKED = "not_asked", _("The call no longer asks for this")
    RULED_OUT = "ruled_out", _("Other answers rule the question out")
    PARTNER_GONE = "partner_gone", _("The partner no longer takes part")
    NOT_YOURS = "not_yours", _("Only the partner itself writes here")
    CLOSED = "closed", _("The application could no longer be changed")
    FROZEN = "frozen", _("The call was frozen")
