"""Words that were typed where they no longer have a place: under which question they stood, as plain text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Subquery
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from applications.models import SetAside
from applications.reading import shown
from applications.section_forms import PREFIX, DraftSectionForm
from applications.table_widgets import WIDGETS, cost_place
from applications.terms import PLAIN
from calls.form_definition import KINDS, Category, Question, Section, is_answered

if TYPE_CHECKING:
    from django.http import QueryDict

    from applications.models import Application
    from applications.querysets import ApplicationQuerySet

#: The words of a question, and what was written under it.
Text = tuple[str, str]


def with_aside(rows: ApplicationQuerySet) -> ApplicationQuerySet:
    """Adds `aside_count`, without a query of its own; `None` for none."""
    kept = SetAside.objects.filter(application=OuterRef("pk")).order_by().values("application")
    return rows.annotate(aside_count=Subquery(kept.annotate(n=Count("pk")).values("n")))


def posted_codes(data: QueryDict) -> list[str]:
    """The questions under which something was typed, in the order of the page."""
    codes = [
        _code_of(name) for name, values in data.lists() if name.startswith(f"{PREFIX}-") and any(map(str.strip, values))
    ]
    return list(dict.fromkeys(codes))


def _code_of(name: str) -> str:
    """Rows of tables are named "a-<question>-<place>"; a code itself has no hyphen."""
    return name.split("-", 2)[1]


def former_sections(application: Application, code: str) -> list[Section]:
    """The section as the application asks it and as the call asked it before, the newest first."""
    forms = [application.form, *application.call.forms.in_force().exclude(pk=application.form_id)]
    sections = [section for form in forms for section in form.parsed().sections]
    return [section for section in sections if section.code == code]


def was_asked(application: Application, code: str) -> bool:
    """An earlier version of the questions has the section, and the application's own has not."""
    sections = former_sections(application, code)
    return bool(sections) and not any(one.code == code for one in application.form.parsed().sections)


def costs_without_place(section: Section, data: QueryDict) -> list[str]:
    """What was typed in a cost table under categories that are gone or worked out by now, as "question-place"."""
    found = []
    for question in (one for one in section.questions if one.kind == "cost_table"):
        table = f"{PREFIX}-{question.code}-"
        placed = {f"{table}{cost_place(one)}" for one in question.categories if not one.is_flat}
        names = [name for name, values in data.lists() if name.startswith(table) and any(map(str.strip, values))]
        found += [name.removeprefix(f"{PREFIX}-") for name in names if name not in placed]
    return found


def texts_typed(data: QueryDict, sections: Iterable[Section], codes: Iterable[str]) -> list[Text]:
    """What was typed under the questions `codes`, each in the words of the first of `sections` that asks it."""
    asked: dict[str, list[Question]] = {}
    for section in sections:
        for question in section.questions:
            asked.setdefault(question.code, []).append(question)
    texts = [_text_typed(code, asked.get(code.partition("-")[0], []), data) for code in codes]
    return [text for text in texts if text[1]]


def _text_typed(code: str, asked: Iterable[Question], data: QueryDict) -> Text:
    place = code.partition("-")[2]
    for question in asked:
        if not place:
            return question.label, _typed(question, data)
        for category in question.categories:
            if not category.is_flat and cost_place(category) == place:
                widget = WIDGETS[question.kind](question, PLAIN)
                typed = widget.value_from_datadict(data, MultiValueDict(), f"{PREFIX}-{question.code}")
                return question.label, words_of(question, {category.code: typed.get(category.code)})
    return "", _raw(code, data)


def _typed(question: Question, data: QueryDict) -> str:
    alone = Section("alone", "", "", per_partner=True, questions=(replace(question, show_if=None),))
    form = DraftSectionForm(alone, data=data)
    form.is_valid()
    if question.code not in form.answers:
        return _raw(question.code, data)
    return words_of(question, KINDS[question.kind].stored(form.answers[question.code]))


def _raw(code: str, data: QueryDict) -> str:
    """As it came, where it cannot be read."""
    found = [
        value
        for name, values in data.lists()
        if name == f"{PREFIX}-{code}" or (name.startswith(f"{PREFIX}-") and _code_of(name) == code)
        for value in values
    ]
    return "\n".join(value.replace("\x00", "").strip() for value in found if value.strip())


def texts_gone(section: Section, gone: Iterable[str], answers: Mapping[str, Any]) -> list[Text]:
    """What is stored under questions that leave the section."""
    gone = set(gone)
    return texts_of(replace(section, questions=tuple(one for one in section.questions if one.code in gone)), answers)


def texts_of(section: Section, answers: Mapping[str, Any]) -> list[Text]:
    """What is stored, in the order of the section."""
    texts = [(question.label, words_of(question, answers.get(question.code))) for question in section.questions]
    return [text for text in texts if text[1]]


def words_of(question: Question, answer: Any) -> str:
    """An answer as somebody would write it down; "" for none."""
    if answer is False and question.kind == "yes_no":
        return _("No")
    if not is_answered(question, answer):
        return ""
    tell = TELLING.get(question.kind)
    return tell(question, answer) if tell else _plain(shown(question, answer))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _costs(question: Question, answer: Mapping[str, Any]) -> str:
    """In the order of the table; what it does not name comes last."""
    asked = [one for one in question.categories if answer.get(one.code)]
    others = answer.keys() - {one.code for one in question.categories}
    lines = [f"{one.label}: {answer[one.code]}{_of_unit(one)}" for one in asked]
    return "\n".join([*lines, *(f"{code}: {answer[code]}" for code in sorted(others) if answer[code])])


def _of_unit(category: Category) -> str:
    return f" × {category.unit}" if category.is_in_units else ""


def _plan(_question: Question, answer: Iterable[Mapping[str, Any]]) -> str:
    return "\n\n".join("\n".join(filter(None, _package(one))) for one in answer)


def _package(package: Mapping[str, Any]) -> list[str]:
    months = " – ".join(str(package[key]) for key in ("starts_month", "ends_month") if package.get(key))
    steps = [*(package.get("milestones") or ()), *(package.get("deliverables") or ())]
    return [
        _with(package.get("title"), months),
        str(package.get("description") or ""),
        *(_with(one.get("title"), one.get("month")) for one in steps),
    ]


def _with(title: Any, month: Any) -> str:
    return f"{title or ''} ({month})" if month else str(title or "")


def _indicators(question: Question, answer: Iterable[Mapping[str, Any]]) -> str:
    labels = {one.code: one.label for one in question.indicators}
    return "\n".join(
        f"{labels.get(row.get('code') or '', row.get('label') or '')}: "
        f"{row.get('baseline') or '–'} → {row.get('target') or '–'} {row.get('unit') or ''}".strip()
        for row in answer
    )


def _files(_question: Question, answer: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(str(file.get("filename", "")) for file in answer)


TELLING: dict[str, Callable[[Question, Any], str]] = {
    "cost_table": _costs,
    "work_plan": _plan,
    "indicators": _indicators,
    "files": _files,
}
