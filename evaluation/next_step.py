"""What the manager of a call does next in its evaluation."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls.models import Call
from calls.states import CallStatus, Selection
from evaluation.progress import Progress, Standing

NAMED = 4


@dataclass(frozen=True, slots=True)
class Step:
    """`state` of "wait" means that others must act first, "late" that they are late."""

    text: str
    url: str = ""
    action: str = ""
    state: str = ""


def next_step(call: Call, progress: Progress, unchecked: int) -> Step:
    ranking = reverse("call_ranking", args=[call.code])
    if call.status not in (CallStatus.PUBLISHED, CallStatus.EVALUATION):
        return Step(_("The call is decided."), ranking, _("See the ranking list"))
    if unchecked:
        return _check(call, unchecked)
    if not len(progress):
        return Step(_("No application has passed its eligibility check yet"), state="wait")
    if progress.to_assign:
        words = _("Ask an expert for %(names)s") % {"names": _names_of(progress.to_assign)}
        return Step(words, "?show=assign", _("Show them"))
    if progress.missing:
        words = _("Reviews are missing for %(names)s") % {"names": _names_of(progress.missing)}
        return Step(words, "?show=missing", _("Show them"), "late" if progress.late else "wait")
    if call.selection == Selection.FIRST_COME:
        return Step(_("All reviews are in. Award in the order of arrival"), ranking, _("To the order of arrival"))
    return Step(_("All reviews are in. Make the ranking list"), ranking, _("To the ranking"))


def _check(call: Call, unchecked: int) -> Step:
    words = ngettext(
        "%(count)s application waits for its eligibility check",
        "%(count)s applications wait for their eligibility check",
        unchecked,
    )
    return Step(words % {"count": unchecked}, reverse("call_applications", args=[call.code]), _("Check eligibility"))


def _names_of(standings: list[Standing]) -> str:
    names = ", ".join(one.reference for one in standings[:NAMED])
    more = len(standings) - NAMED
    return _("%(names)s and %(more)s more") % {"names": names, "more": more} if more > 0 else names
