"""The form of one section, built from the call's form definition.

A draft form is lenient: it takes whatever can be read and never asks for an answer. Limits (length, bounds) are shown as
errors too, but the answer is kept: `answers` holds everything that may be saved. What a submission asks for besides is
checked by `applications.progress`. Questions that do not apply are there, hidden, so that a click can bring them back;
those that another section rules out are left out, and what was answered before stays stored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.fields import DayField, MoneyField, NumberField
from applications.file_field import file_field
from applications.limits import bounds_of, faults_of, max_length_of, written
from applications.reading import ReadAnswer, shown
from applications.table_widgets import WIDGETS, TableField, TableWidget
from applications.terms import DURATION, PLAIN, Terms
from calls.form_definition import KINDS, Question, Section, is_shown, shown_questions

PREFIX = "a"
STORED_LENGTH_MAX = 50_000  # beyond this a text is refused altogether, so that nobody fills the disk


class TextArea(forms.Textarea):
    """Counts a line break as one character, as the page's counter does; browsers send two."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _too_big() -> MaxLengthValidator:
    message = _("The text is far too long to be kept. Please shorten it.")
    return MaxLengthValidator(STORED_LENGTH_MAX, message)


def _short_text(question: Question) -> forms.Field:
    return OneLineField(validators=[_too_big()])


def _long_text(question: Question) -> forms.Field:
    rows = min(max(max_length_of(question) // 220, 4), 14)
    widget = TextArea(attrs={"rows": rows, "data-maxlength": str(max_length_of(question))})
    return forms.CharField(widget=widget, validators=[_too_big()])


def _yes_no(question: Question) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        empty_value=None,
    )


def _options(question: Question) -> list[tuple[str, str]]:
    return [(option.value, option.label) for option in question.options]


FIELDS: dict[str, Callable[[Question], forms.Field]] = {
    "short_text": _short_text,
    "long_text": _long_text,
    "number": lambda _question: NumberField(),
    "money": lambda _question: MoneyField(),
    "percentage": lambda _question: NumberField(),
    "date": lambda _question: DayField(),
    "yes_no": _yes_no,
    "one_of": lambda question: forms.ChoiceField(choices=_options(question), widget=forms.RadioSelect),
    "many_of": lambda question: forms.MultipleChoiceField(
        choices=_options(question), widget=forms.CheckboxSelectMultiple
    ),
    "declaration": lambda _question: forms.BooleanField(),
    "files": file_field,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question on the page. `field` is `None` for what is not typed, then `answer` is shown.

    `deciding` and `values` (JSON) are the condition as the page can follow it without asking the server.
    """

    question: Question
    field: forms.BoundField | None
    answer: ReadAnswer | None
    is_hidden: bool
    deciding: str
    values: str


class DraftSectionForm(forms.Form):
    """`known` holds the shown answers of the common sections, `terms` the limits of the call."""

    use_required_attribute = False

    def __init__(
        self,
        section: Section,
        *,
        data: Mapping[str, Any] | None = None,
        answers: Mapping[str, Any] | None = None,
        known: Mapping[str, Any] | None = None,
        terms: Terms = PLAIN,
    ) -> None:
        self.section, self.stored, self.known = section, answers or {}, known or {}
        self.terms = terms.for_months(self.stored.get(DURATION))
        self.answers: dict[str, Any] = {}
        super().__init__(data=data, initial=initial_from(section, self.stored), prefix=PREFIX)
        self.questions = [one for one in section.questions if not _is_ruled_out(one, self.known)]
        for question in self.questions:
            if question.kind in FIELDS or question.kind in WIDGETS:
                self.fields[question.code] = field_for(question, self.terms)

    def full_clean(self) -> None:
        """Nothing is asked for in a draft; afterwards the fields say again which answers are optional."""
        for field in self.fields.values():
            field.required = False
        super().full_clean()
        for code, field in self.fields.items():
            field.required = self.section.question(code).required

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.answers = {code: cleaned[code] for code in self.fields if code in cleaned}
        terms = self.terms.for_months(self.answers.get(DURATION))
        for question in self.shown:
            if question.code in self.answers:
                self._show_faults(question, terms)
        return cleaned

    def _show_faults(self, question: Question, terms: Terms) -> None:
        """Say what is wrong, in the summary and at its place. What is still to be written is no error in a draft."""
        stored = KINDS[question.kind].stored(self.answers[question.code])
        faults = [fault for fault in faults_of(question, stored, terms) if not fault.is_gap]
        for fault in faults:
            self.add_error(question.code, fault.words)
        widget = self.fields[question.code].widget
        if isinstance(widget, TableWidget):
            widget.faults = {fault.place: fault.words for fault in faults}

    @property
    def shown(self) -> tuple[Question, ...]:
        """The questions that apply by what is stored and typed."""
        return shown_questions(self.section, {**self.stored, **self.answers}, self.known)

    @cached_property
    def asked(self) -> list[Asked]:
        self.errors  # noqa: B018 - reads what was typed, so that it is known what applies
        codes = {question.code for question in self.shown}
        return [self._asked(question, is_hidden=question.code not in codes) for question in self.questions]

    def _asked(self, question: Question, *, is_hidden: bool) -> Asked:
        is_typed = question.code in self.fields
        stored = shown(question, self.stored.get(question.code), self.terms)
        condition = question.show_if if question.show_if and "." not in question.show_if.question else None
        return Asked(
            question=question,
            field=self[question.code] if is_typed else None,
            answer=None if is_typed else ReadAnswer(question, stored),
            is_hidden=is_hidden,
            deciding=condition.question if condition else "",
            values=json.dumps([_sent(value) for value in condition.values]) if condition else "",
        )


def _is_ruled_out(question: Question, known: Mapping[str, Any]) -> bool:
    """Another section says that the question does not apply."""
    return question.show_if is not None and "." in question.show_if.question and not is_shown(question, known)


def _sent(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def field_for(question: Question, terms: Terms = PLAIN) -> forms.Field:
    if question.kind in WIDGETS:
        field: forms.Field = TableField(widget=WIDGETS[question.kind](question, terms))
    else:
        field = FIELDS[question.kind](question)
    field.label = question.label
    field.help_text = escape(help_for(question))
    field.required = question.required
    return field


def help_for(question: Question) -> str:
    """The guidance, and the bounds of a figure when the guidance does not mention them."""
    if question.kind not in {"money", "percentage", "number"}:
        return question.guidance
    return " ".join(part for part in (question.guidance, _bounds_words(question)) if part)


def _bounds_words(question: Question) -> str:
    high = bounds_of(question)[1]
    if question.kind != "money" or high is None:
        return ""
    return str(_("At most %(high)s.") % {"high": written(question, high)})


def initial_from(section: Section, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Stored answers as the fields show them."""
    shown = {question.code: answers.get(question.code) for question in section.questions}
    for question in section.questions:
        if question.kind == "yes_no" and shown[question.code] is not None:
            shown[question.code] = "yes" if shown[question.code] else "no"
    return shown
