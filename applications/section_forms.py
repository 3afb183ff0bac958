"""The form of one section, built from the call's form definition.

A draft form is lenient: it takes whatever can be read and never asks for an answer. Limits (length, bounds) are shown as
errors too, but the answer is kept: `answers` holds everything that may be saved. What a submission asks for besides is
checked by `applications.progress`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from applications.fields import DayField, MoneyField, NumberField
from applications.limits import bounds_of, limit_problem, max_length_of, written
from calls.form_definition import KINDS, Question, Section

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
}


class DraftSectionForm(forms.Form):
    use_required_attribute = False

    def __init__(
        self, section: Section, *, data: Mapping[str, Any] | None = None, answers: Mapping[str, Any] | None = None
    ) -> None:
        self.section = section
        self.answers: dict[str, Any] = {}
        super().__init__(data=data, initial=initial_from(section, answers or {}), prefix=PREFIX)
        for question in section.questions:
            self.fields[question.code] = field_for(question)

    def full_clean(self) -> None:
        """Nothing is asked for in a draft; afterwards the fields say again which answers are optional."""
        for field in self.fields.values():
            field.required = False
        super().full_clean()
        for question in self.section.questions:
            self.fields[question.code].required = question.required

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.answers = {code: cleaned[code] for code in self.fields if code in cleaned}
        for code, answer in self.answers.items():
            question = self.section.question(code)
            if problem := limit_problem(question, KINDS[question.kind].stored(answer)):
                self.add_error(code, problem)
        return cleaned


def field_for(question: Question) -> forms.Field:
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
