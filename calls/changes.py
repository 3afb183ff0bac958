"""What changed in a call since it was published, as people read it: newest first, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from operator import attrgetter
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from calls.models import Call, Corrigendum, Extension


@dataclass(frozen=True, slots=True)
class TextChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """A corrigendum with its texts, or an extension with the two deadlines."""

    at: datetime
    title: str
    reason: str
    texts: list[TextChange] = field(default_factory=list)
    closed_before_at: datetime | None = None
    closes_at: datetime | None = None


def changes_of(call: Call) -> list[Change]:
    """All corrigenda and extensions; two queries."""
    found = [_of_corrigendum(row) for row in call.corrigenda.all()]
    found += [_of_extension(row) for row in call.extensions.all()]
    return sorted(found, key=attrgetter("at"), reverse=True)


def _of_corrigendum(row: Corrigendum) -> Change:
    texts = [_text_change(one) for one in row.changes]
    return Change(row.published_at, _("Corrigendum %(number)s") % {"number": row.number}, row.reason, texts)


def _of_extension(row: Extension) -> Change:
    return Change(
        row.published_at, _("New deadline"), row.reason, closed_before_at=row.closed_before_at, closes_at=row.closes_at
    )


def _text_change(change: dict[str, str]) -> TextChange:
    before, after = changed_lines(change["before"], change["after"])
    if change["field"] == "form":
        return TextChange(_("Questions of the application"), before, after)
    return TextChange(_label(change["field"]), before, after)


def _label(name: str) -> str:
    from calls.models import Call

    if name == "documents":
        return _("Documents")
    return str(Call._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def changed_lines(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, so that one changed sentence of a long description is found."""
    old, new = _lines(before), _lines(after)
    blocks = [block for block in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if block[0] != "equal"]
    gone = [line for _tag, start, end, _from, _to in blocks for line in old[start:end]]
    come = [line for _tag, _start, _end, start, end in blocks for line in new[start:end]]
    return "\n".join(gone), "\n".join(come)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]
