"""What happened to a call, in words, from the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.models import Event
from calls.models import Call

SHOWN = 30
WORDS = {
    "call.created": gettext_lazy("Draft created"),
    "call.changed": gettext_lazy("Draft changed"),
    "call.publication_asked": gettext_lazy("A second person asked to publish"),
    "call.publication_sent_back": gettext_lazy("Not published, sent back"),
    "call.published": gettext_lazy("Published"),
    "call.evaluation": gettext_lazy("Evaluation began"),
    "call.decided": gettext_lazy("Decided"),
    "call.implementation": gettext_lazy("Implementation began"),
    "call.archived": gettext_lazy("Archived"),
    "call.cancelled": gettext_lazy("Cancelled"),
    "call.corrected": gettext_lazy("Corrigendum published"),
    "call.form_discarded": gettext_lazy("Waiting version of the questions thrown away"),
    "call.extended": gettext_lazy("Deadline extended"),
    "call.frozen": gettext_lazy("Frozen"),
    "call.unfrozen": gettext_lazy("Open again after freezing"),
    "call.answered": gettext_lazy("Question answered"),
    "call.answer_corrected": gettext_lazy("Answer corrected"),
}


#: Moves that happen once; the demonstration sets dates back and makes some of them again.
ONCE = frozenset({"call.published", "call.evaluation", "call.decided", "call.implementation", "call.archived"})
HIDDEN = frozenset({"call.rewound_for_demo"})


def history_of(call: Call) -> list[dict[str, Any]]:
    """The latest entries, newest first, as the history component takes them."""
    return [
        {
            "at": event.at,
            "what": WORDS.get(event.action, event.action.partition(".")[2].replace("_", " ").capitalize()),
            "who": _("the portal") if event.actor_id is None else event.actor_label,
            "note": _note(event),
        }
        for event in _told(Event.objects.about(call).for_list()[:SHOWN])
    ]


def _told(events: Iterable[Event]) -> Iterator[Event]:
    seen: set[str] = set()
    for event in events:
        if event.action not in HIDDEN | seen:
            yield event
        seen |= {event.action} & ONCE


def _note(event: Event) -> str:
    if event.action != "call.changed":
        return str(event.data.get("reason", ""))
    names = [str(Call._meta.get_field(name).verbose_name) for name in event.data.get("fields", [])]  # type: ignore[union-attr]
    return ", ".join(names) or _("Criteria, instalments, sectors or questions")
