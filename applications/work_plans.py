"""Work plans: packages with their months, milestones and deliverables. Half-written packages are kept in a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from applications.faults import Fault
from applications.terms import Terms
from calls.form_definition import Question

TITLE_MAX, DESCRIPTION_MAX = 200, 2000
POINTS_MAX = 6  # milestones, and deliverables, of one package
POINTS = ("milestones", "deliverables")
TYPED_MAX = 20


def normal_month(typed: str) -> int | str | None:
    """A month as a whole number; what is none stays as it was typed, `None` when nothing was."""
    text = typed.strip()
    if text.isascii() and text.isdigit() and len(text) < 5:
        return int(text)
    return text[:TYPED_MAX] or None


def is_blank(package: Mapping[str, Any]) -> bool:
    return not any(package.get(key) for key in package)


def pairs_of(
    theirs: Sequence[Mapping[str, Any]], mine: Sequence[Mapping[str, Any]]
) -> list[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """Two plans side by side: the same packages, those of one title, and what only one of both has. Theirs come first."""
    left = list(mine)
    found = {place: left.pop(left.index(one)) for place, one in enumerate(theirs) if one in left}
    for place, one in enumerate(theirs):
        title = _plain_title(one)
        same = next((other for other in left if title and _plain_title(other) == title), None)
        if place not in found and same is not None:
            left.remove(same)
            found[place] = same
    return [*((one, found.get(place)) for place, one in enumerate(theirs)), *((None, one) for one in left)]


def _plain_title(package: Mapping[str, Any]) -> str:
    return " ".join(str(package.get("title") or "").casefold().split())


def plan_faults(question: Question, answer: Any, terms: Terms) -> list[Fault]:
    if not isinstance(answer, list) or not all(isinstance(one, Mapping) for one in answer):
        return [Fault("", _("This is no work plan."))]
    found = [fault for index, one in enumerate(answer) for fault in _package_faults(index, one, terms)]
    over = len(answer) - (question.max_packages or len(answer))
    if over > 0:
        words = _("There are %(count)s work packages; at most %(most)s are possible.")
        found.append(Fault("", words % {"count": len(answer), "most": question.max_packages}))
    return found


def _package_faults(index: int, package: Mapping[str, Any], terms: Terms) -> list[Fault]:
    name = _("Package %(number)s") % {"number": index + 1}
    found = [
        *_title_faults(f"{index}-", name, package),
        *_month_faults(
            f"{index}-starts_month", name, _("the month in which it starts"), package.get("starts_month"), terms
        ),
        *_month_faults(f"{index}-ends_month", name, _("the month in which it ends"), package.get("ends_month"), terms),
        *_order_faults(index, name, package),
        *_lead_faults(index, name, package, terms),
    ]
    for kind in POINTS:
        for place, point in enumerate(package.get(kind) or ()):
            found += _point_faults(f"{index}-{kind}-{place}-", name, point, terms)
    return found


def _title_faults(prefix: str, name: str, package: Mapping[str, Any]) -> list[Fault]:
    title, description = str(package.get("title") or ""), str(package.get("description") or "")
    found = []
    if not title.strip():
        found.append(Fault(f"{prefix}title", _("%(name)s: write a title.") % {"name": name}, is_gap=True))
    for key, text, most in (("title", title, TITLE_MAX), ("description", description, DESCRIPTION_MAX)):
        if len(text) > most:
            words = _("%(name)s: the text has %(length)s characters; the limit is %(most)s.")
            found.append(Fault(prefix + key, words % {"name": name, "length": f"{len(text):,}", "most": f"{most:,}"}))
    return found


def _month_faults(place: str, name: str, which: str, month: Any, terms: Terms) -> list[Fault]:
    if month in (None, ""):
        return [Fault(place, _("%(name)s: write %(which)s.") % {"name": name, "which": which}, is_gap=True)]
    if not _is_month(month):
        words = _("%(name)s: write %(which)s as a whole number from 1.")
        return [Fault(place, words % {"name": name, "which": which})]
    if terms.duration_months is not None and month > terms.duration_months:
        words = _("%(name)s: month %(month)s is after the end of the project, which takes %(months)s months.")
        return [Fault(place, words % {"name": name, "month": month, "months": terms.duration_months})]
    return []


def _is_month(month: Any) -> bool:
    return isinstance(month, int) and not isinstance(month, bool) and month >= 1


def _order_faults(index: int, name: str, package: Mapping[str, Any]) -> list[Fault]:
    start, end = package.get("starts_month"), package.get("ends_month")
    if not (_is_month(start) and _is_month(end)) or start <= end:  # type: ignore[operator]
        return []
    words = _("%(name)s: it ends in month %(end)s, before it starts in month %(start)s.")
    return [Fault(f"{index}-ends_month", words % {"name": name, "end": end, "start": start})]


def _lead_faults(index: int, name: str, package: Mapping[str, Any], terms: Terms) -> list[Fault]:
    lead = package.get("lead")
    if lead is None or lead in [pk for pk, _name in terms.partners]:
        return []
    words = _("%(name)s: choose who leads it; the organisation is no partner of this application.")
    return [Fault(f"{index}-lead", words % {"name": name})]


def _point_faults(prefix: str, name: str, point: Mapping[str, Any], terms: Terms) -> list[Fault]:
    title = str(point.get("title") or "")
    found = _month_faults(
        f"{prefix}month", name, _("the month of “%(title)s”") % {"title": title}, point.get("month"), terms
    )
    if not title.strip():
        found.append(Fault(f"{prefix}title", _("%(name)s: say what is reached.") % {"name": name}, is_gap=True))
    elif len(title) > TITLE_MAX:
        words = _("%(name)s: the text has %(length)s characters; the limit is %(most)s.")
        found.append(Fault(f"{prefix}title", words % {"name": name, "length": len(title), "most": TITLE_MAX}))
    return found
