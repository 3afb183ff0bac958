"""What a team does to many applications of a list: whom it would touch, whom not and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.utils.translation import gettext as _

from applications import services
from applications.eligibility import PASS
from applications.judging import judge
from applications.models import Application
from applications.querysets import ApplicationQuerySet
from applications.rounds import can_check_at
from applications.services.checking import ClarificationOpen
from applications.services.many import ChangedMeanwhile, confirm_eligibility, words_of, write_to_applicants
from applications.services.telling import people_of
from applications.states import ApplicationStatus
from eurocluster_portal.lists.application_list import ApplicationList
from notifications.mail import preview_message

if TYPE_CHECKING:
    from accounts.models import User

#: What one request carries out well within its time; every application is decided or written to by itself.
MOST_CHECKED, MOST_WRITTEN = 200, 500
SHOWN_LETTERS = 3


class TooMany(Exception):
    """More applications are chosen than the `most` that one action takes."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class NothingChosen(Exception):
    """No application is chosen."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an action means, or meant, for one application; `reason` says why it does nothing."""

    application: Application
    number: int | None = None
    reason: str = ""


def chosen_of(found: ApplicationList, data: Any, most: int) -> ApplicationQuerySet:
    """The applications that a form names, or all that its filter finds. What is not in the list is left out.

    Raises:
        NothingChosen: none is in the list.
        TooMany: there are more than `most`.
    """
    rows = found.found if data.get("scope") == "all" else found.scope.filter(pk__in=ids_in(data))
    ids = list(rows.order_by().values_list("pk", flat=True)[: most + 1])
    if not ids:
        raise NothingChosen
    if len(ids) > most:
        raise TooMany(most)
    return found.scope.filter(pk__in=ids).order_by("reference")


def ids_in(data: Any) -> list[int]:
    """Ticked one by one in the list, or carried along as one field by the pages that follow."""
    return whole_numbers([*data.getlist("application"), *data.get("ids", "").split(",")])


def whole_numbers(typed: Iterable[str]) -> list[int]:
    return [int(one) for one in typed if one.isascii() and one.isdigit() and len(one) < 10]


# --- Eligibility ----------------------------------------------------------------------------------


def verdicts(rows: ApplicationQuerySet, at: datetime) -> list[Verdict]:
    """For each application whether every rule passes and it may be found eligible now."""
    chosen = rows.select_related("call__eurocluster", "cut_off")
    known = chosen.prefetch_related("call__sectors", "eligibility_overrides", "clarifications")
    return [_verdict(application, at) for application in known]


def _verdict(application: Application, at: datetime) -> Verdict:
    if application.status != ApplicationStatus.SUBMITTED:
        reason = _("It does not wait for its check: %(status)s.")
        return Verdict(application, reason=reason % {"status": application.get_status_display()})
    if not can_check_at(application, at):
        return Verdict(application, reason=_("A later version may come until the deadline."))
    submission = application.submissions.order_by("-number")[0]
    if any(one.is_open_at(at) for one in application.clarifications.all()):
        return Verdict(application, submission.number, _("A question to the applicants can still be answered."))
    open_rules = [one.reason or one.evidence for one in judge(application, submission) if one.outcome != PASS]
    return Verdict(application, submission.number, " ".join(open_rules))


def listed(of: Sequence[Verdict]) -> str:
    """The applications to find eligible with the version that was looked at, for the form that confirms."""
    return ",".join(f"{one.application.pk}:{one.number}" for one in of if not one.reason)


def confirm(found: ApplicationList, listing: str, *, by: User, at: datetime) -> list[Verdict]:
    """Find every listed application eligible, each by itself; what changed since it was listed is left as it is."""
    numbers = _numbers_in(listing)
    rows = found.scope.filter(pk__in=numbers).select_related("call").order_by("reference")
    return [_confirmed(application, numbers[application.pk], by=by, at=at) for application in rows]


def _confirmed(application: Application, number: int, *, by: User, at: datetime) -> Verdict:
    try:
        confirm_eligibility(application_id=application.pk, number=number, by=by, at=at)
    except ChangedMeanwhile:
        return Verdict(application, number, _("It changed since it was listed. Check it by itself."))
    except ClarificationOpen:
        return Verdict(application, number, _("A question to the applicants can still be answered."))
    except services.CheckTooEarly:
        return Verdict(application, number, _("A later version may come until the deadline."))
    except services.IllegalMove:
        return Verdict(application, number, _("It does not wait for its check any more. Somebody may have decided it."))
    return Verdict(application, number)


def _numbers_in(listing: str) -> dict[int, int]:
    """`12:1,15:2` as numbers; anything else in it is left out."""
    pairs = (one.partition(":")[::2] for one in listing.split(",")[:MOST_CHECKED])
    return {ids[0]: ids[1] for pair in pairs if len(ids := whole_numbers(pair)) == 2}


# --- Letters --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as its first reader gets it by mail."""

    application: Application
    subject: str
    text: str


def letters(rows: ApplicationQuerySet, *, subject: str, text: str) -> list[Letter]:
    """The first few."""
    first = rows.select_related("call__eurocluster").prefetch_related("participations")
    return [_letter(application, subject, text) for application in first[:SHOWN_LETTERS]]


def _letter(application: Application, subject: str, text: str) -> Letter:
    reader = next(iter(people_of(application.participations.all())), None)
    context = {"application": application, **words_of(application, subject=subject, text=text)}
    told = preview_message(
        "team_message", to=reader, about=application, context=context, url=application.get_absolute_url()
    )
    return Letter(application, told.subject, told.body)


def people_count(rows: ApplicationQuerySet) -> int:
    """How many different people act for the applicants now."""
    acting = rows.filter(
        participations__organisation__memberships__left_at__isnull=True,
        participations__organisation__memberships__user__is_active=True,
    )
    counted = acting.order_by().aggregate(
        people=Count("participations__organisation__memberships__user", distinct=True)
    )
    return int(counted["people"])


def send(
    found: ApplicationList, ids: Sequence[int], words: dict[str, Any], *, by: User, at: datetime
) -> tuple[int, int]:
    """Send a letter; how many applications and how many mails. What was sent before under the same name is not counted."""
    rows = found.scope.filter(pk__in=list(ids)[:MOST_WRITTEN]).order_by("pk").values_list("pk", flat=True)
    told = [write_to_applicants(application_id=pk, **words, by=by, at=at) for pk in rows]
    return sum(number > 0 for number in told), sum(told)
