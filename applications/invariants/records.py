"""Rows and the audit trail tell the same: whoever changes one behind the portal's back is betrayed by the other.

The trail is a chain that nobody changes unseen, so what it says of a row is what the row said when it was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from applications.clarifications import SECTION
from applications.models import (
    Application,
    Attachment,
    Clarification,
    DeMinimisAid,
    EligibilityCheck,
    EligibilityOverride,
    OrganisationVersion,
    SmeDeclaration,
    Submission,
)
from applications.snapshot import digest_of
from applications.states import DECIDED, ApplicationStatus
from audit.models import Event

if TYPE_CHECKING:
    from django.db.models import QuerySet

APPLICATION, ORGANISATION = "applications.application", "applications.organisation"
A = ApplicationStatus
STATUS_AFTER = {
    "application.started": A.DRAFT,
    "application.submitted": A.SUBMITTED,
    "application.restored": A.SUBMITTED,
    "application.withdrawn": A.WITHDRAWN,
    "application.replaced": A.WITHDRAWN,
} | {f"application.{status}": status for status in DECIDED}
Facts = tuple[Any, ...]


def violations() -> Iterator[str]:
    yield from _states_not_recorded()
    for kept in KEPT:
        yield from kept.violations()
    yield from _contents_not_as_recorded()
    yield from _aid_not_as_recorded()


def _states_not_recorded() -> Iterator[str]:
    """The last thing that happened to an application gave it the state that it has."""
    recorded: dict[str, str] = {}
    events = Event.objects.filter(subject_label=APPLICATION, action__in=[*STATUS_AFTER, "application.checked"])
    for pk, action, data in events.order_by("pk").values_list("subject_id", "action", "data").iterator():
        recorded[pk] = STATUS_AFTER.get(action) or (A.ELIGIBLE if data["is_eligible"] else A.INELIGIBLE)
    for number, reference, status in Application.objects.values_list("pk", "reference", "status").iterator():
        if recorded.get(str(number)) != status:
            yield f"application {reference} is {status}, recorded is {recorded.get(str(number), 'nothing')}"


@dataclass(frozen=True)
class Kept:
    """Rows of one kind, each with its event: `facts` says what of an event must stand in the row."""

    name: str
    subject_label: str
    actions: tuple[str, ...]
    rows: Callable[[], Iterable[tuple[Any, Facts]]]
    facts: Callable[[dict[str, Any]], Facts]

    def violations(self) -> Iterator[str]:
        events = Event.objects.filter(subject_label=self.subject_label, action__in=self.actions)
        recorded = Counter((pk, self.facts(data)) for pk, data in events.values_list("subject_id", "data").iterator())
        kept = Counter((str(pk), facts) for pk, facts in self.rows())
        for pk, facts in kept - recorded:
            yield f"{self.subject_label} {pk}: {self.name} {_told(facts)} is not recorded so"
        for pk, facts in recorded - kept:
            yield f"{self.subject_label} {pk}: {self.name} {_told(facts)} is recorded and not there"


def _told(facts: Facts) -> str:
    return " ".join(str(one)[:40] for one in facts)


def _rows(*fields: str, of: QuerySet[Any]) -> Callable[[], Iterator[tuple[Any, Facts]]]:
    """The first of the fields is the subject of the event, the others are its facts."""
    return lambda: ((row[0], row[1:]) for row in of.values_list(*fields).iterator())


def _named(*names: str) -> Callable[[dict[str, Any]], Facts]:
    return lambda data: tuple(data[name] for name in names)


KEPT = (
    Kept(
        "version",
        APPLICATION,
        ("application.submitted",),
        _rows("application", "number", "sha256", of=Submission.objects.order_by()),
        _named("version", "sha256"),
    ),
    Kept(
        "check",
        APPLICATION,
        ("application.checked",),
        _rows("application", "is_eligible", "note", of=EligibilityCheck.objects.all()),
        lambda data: (data["is_eligible"], data["note"].strip()),
    ),
    Kept(
        "override",
        APPLICATION,
        ("eligibility.overridden", "eligibility.set_back"),
        _rows("application", "rule", "outcome", "reason", of=EligibilityOverride.objects.all()),
        _named("rule", "outcome", "reason"),
    ),
    Kept(
        "question",
        APPLICATION,
        ("clarification.asked",),
        _rows("application", "pk", of=Clarification.objects.all()),
        _named("clarification"),
    ),
    Kept(
        "answer to question",
        APPLICATION,
        ("clarification.answered",),
        _rows("application", "pk", of=Clarification.objects.exclude(answered_at=None)),
        _named("clarification"),
    ),
    Kept(
        "attachment",
        APPLICATION,
        ("attachment.added",),
        _rows("application", "pk", "document__sha256", of=Attachment.objects.exclude(section_code__startswith=SECTION)),
        _named("attachment", "sha256"),
    ),
    Kept(
        "SME declaration",
        ORGANISATION,
        ("organisation.sme_declared",),
        _rows("organisation", "number", "category", of=SmeDeclaration.objects.all()),
        _named("number", "category"),
    ),
)


# --- What the rows say ------------------------------------------------------------------------


def _contents_not_as_recorded() -> Iterator[str]:
    """Events name the fingerprint of what was written with them; those of earlier days do not."""
    for action, key, contents in FINGERPRINTS:
        kept = {(str(pk), number): content for pk, number, content in contents()}
        events = Event.objects.filter(action=action, data__has_key="sha256")
        for pk, data in events.values_list("subject_id", "data").iterator():
            place = (pk, data[key] if key else None)
            if place not in kept or digest_of(kept[place]) != data["sha256"]:
                yield f"{action} of {' '.join(str(one) for one in place if one)}: what was written then says something else"


def _declarations() -> Iterator[tuple[int, int, Any]]:
    rows = SmeDeclaration.objects.values_list("organisation", "number", "group", "result")
    return ((pk, number, {"group": group, "result": result}) for pk, number, group, result in rows.iterator())


def _versions() -> Iterator[tuple[int, int, Any]]:
    return OrganisationVersion.objects.values_list("organisation", "number", "content").iterator()


def _checks() -> Iterator[tuple[int, None, Any]]:
    return ((pk, None, results) for pk, results in EligibilityCheck.objects.values_list("application", "results"))


def _answers() -> Iterator[tuple[int, int, Any]]:
    return Clarification.objects.values_list("application", "pk", "answer").iterator()


FINGERPRINTS: tuple[tuple[str, str, Callable[[], Iterator[tuple[int, Any, Any]]]], ...] = (
    ("organisation.described", "version", _versions),
    ("organisation.changed", "version", _versions),
    ("organisation.sme_declared", "number", _declarations),
    ("application.checked", "", _checks),
    ("clarification.answered", "clarification", _answers),
)


def _aid_not_as_recorded() -> Iterator[str]:
    """Aid is declared and taken back; what is left must be what the rows say."""
    recorded: Counter[tuple[str, Facts]] = Counter()
    events = Event.objects.filter(action__in=["de_minimis_aid.declared", "de_minimis_aid.removed"])
    for action, pk, data in events.values_list("action", "subject_id", "data").iterator():
        facts = tuple(data[name] for name in ("member_state", "granted_on", "amount_eur", "grantor"))
        recorded[pk, facts] += 1 if action == "de_minimis_aid.declared" else -1
    kept = Counter(
        (str(one.organisation_id), (one.member_state, one.granted_on.isoformat(), f"{one.amount_eur:.2f}", one.grantor))
        for one in DeMinimisAid.objects.all()
    )
    for pk, facts in (kept - recorded) + (recorded - kept):
        yield f"organisation {pk}: de minimis aid {_told(facts)} is not what was recorded"
