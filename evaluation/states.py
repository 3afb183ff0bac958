"""Life cycles of assignments and reviews."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class AssignmentStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", _("Accepted")
    REVIEWED = "reviewed", _("Reviewed")
    DECLINED = "declined", _("Declined")
    CONFLICT = "conflict", _("Conflict of interest")
    WITHDRAWN = "withdrawn", _("Withdrawn")


S = AssignmentStatus
ASSIGNMENT_MOVES: Mapping[AssignmentStatus, frozenset[AssignmentStatus]] = {
    S.INVITED: frozenset({S.ACCEPTED, S.DECLINED, S.CONFLICT, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.REVIEWED, S.CONFLICT, S.WITHDRAWN}),
    S.REVIEWED: frozenset(),
    S.DECLINED: frozenset(),
    S.CONFLICT: frozenset(),
    S.WITHDRAWN: frozenset(),
}

#: Assignments that still count: the expert may come to a mark.
LIVE = frozenset({S.INVITED, S.ACCEPTED, S.REVIEWED})
#: Assignments whose expert has declared to have no conflict and may read the proposal.
MAY_READ = frozenset({S.ACCEPTED, S.REVIEWED})


class Outcome(models.TextChoices):
    FUNDED = "funded", _("Funded")
    PASSED = "passed", _("Goes on")
    RESERVE = "reserve", _("Reserve list")
    REJECTED = "rejected", _("Not funded")
