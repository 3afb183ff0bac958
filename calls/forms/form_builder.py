"""What a manager types about the sections and questions of an application form.

Which settings a kind of question has is said by `calls.form_definition.KINDS`; here each setting has its field, so that a
new kind is a row there and needs nothing here unless it brings a new setting.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from calls.form_definition import FILE_TYPES, KINDS, UNIT_COST_MAX, WHOLE_SETTINGS, Question
from calls.form_editing import Decider, new_code
from calls.form_words import KIND_LABELS
from calls.forms.fields import EuroField, NumberField, PercentField

LABEL_MAX, TEXT_MAX, OPTIONS_MAX = 300, 2_000, 100
#: Kinds that need no settings, so that a section can begin with one of them.
FIRST_KINDS = ("short_text", "long_text", "number", "money", "date", "yes_no", "declaration")
FIRST_LENGTH = 1_000
Row = dict[str, Any]


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


def _whole(label: Any, low: int, high: int, *, required: bool, help_text: Any = "") -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "short"})
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, required=required, widget=widget, help_text=help_text
    )


def _sized(name: str, label: Any) -> Callable[[bool], forms.Field]:
    low, high, default = WHOLE_SETTINGS[name]

    def make(_required: bool) -> forms.Field:
        field = _whole(label, low, high, required=True)
        field.initial = default
        return field

    return make


def _figure(label: Any) -> Callable[[bool], forms.Field]:
    return lambda required: NumberField(label=label, required=required, max_digits=15, decimal_places=4)


#: The field of each simple setting, in the order of the page; it is told whether the kind needs the setting.
SETTING_FIELDS: dict[str, Callable[[bool], forms.Field]] = {
    "max_length": lambda required: _whole(_("Most characters"), 1, 20_000, required=required),
    "minimum": _figure(_("Smallest value")),
    "maximum": _figure(_("Largest value")),
    "options": lambda required: forms.CharField(
        label=_("Choices, one on each line"), required=required, widget=_area(8), max_length=20_000
    ),
    "max_files": _sized("max_files", _("Most files")),
    "max_size_mb": _sized("max_size_mb", _("Most megabytes per file")),
    "file_types": lambda _required: forms.MultipleChoiceField(
        label=_("Sorts of files"),
        choices=[(one, one.upper()) for one in FILE_TYPES],
        initial=["pdf"],
        widget=forms.CheckboxSelectMultiple,
    ),
    "max_packages": _sized("max_packages", _("Most work packages")),
    "max_own": _sized("max_own", _("Indicators that applicants may add themselves")),
}


class ConditionField(forms.MultipleChoiceField):
    """Answers of one earlier question; any of them shows the thing. Cleaned to what a definition says, or None."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, deciders: Iterable[Decider]) -> None:
        super().__init__(
            label=_("Show only if"),
            required=False,
            help_text=_("Choose answers of one earlier question. Nothing chosen means that it is always shown."),
            choices=[
                (one.label, [(_encoded(one.reference, value), label) for value, label in one.values])
                for one in deciders
            ],
        )

    def clean(self, value: Any) -> Row | None:
        chosen = [json.loads(one) for one in super().clean(value)]
        if not chosen:
            return None
        if len({reference for reference, _value in chosen}) > 1:
            raise forms.ValidationError(_("Choose answers of one question only."))
        wanted = [one for _reference, one in chosen]
        return {"question": chosen[0][0], "is": wanted[0] if len(wanted) == 1 else wanted}


def _encoded(reference: str, value: Any) -> str:
    return json.dumps([reference, value])


def condition_initial(section: str, show_if: Any) -> list[str]:
    """The ticks of a stored condition, which may name a question of its own section by its code alone."""
    if show_if is None:
        return []
    reference = show_if.question if "." in show_if.question else f"{section}.{show_if.question}"
    return [_encoded(reference, value) for value in show_if.values]


class SectionForm(forms.Form):
    title = OneLineField(label=_("Title"), max_length=150)
    guidance = forms.CharField(label=_("Guidance"), required=False, max_length=TEXT_MAX, widget=_area(3))
    per_partner = forms.TypedChoiceField(
        label=_("Who answers"),
        choices=[("", _("The project, once")), ("yes", _("Each partner for itself"))],
        coerce=lambda value: value == "yes",
        empty_value=False,  # type: ignore[arg-type]  # what is empty says no
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, deciders: Iterable[Decider] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        if deciders := list(deciders):
            self.fields["show_if"] = ConditionField(deciders)

    def for_service(self) -> Row:
        kept = ("title", "guidance", "per_partner")
        return {name: self.cleaned_data[name] for name in kept} | _condition_in(self.cleaned_data)


class NewSectionForm(SectionForm):
    """A section begins with a question; more are added on the page of the form."""

    first_label = OneLineField(label=_("First question"), max_length=LABEL_MAX)
    first_kind = forms.ChoiceField(
        label=_("Kind of the first question"), choices=[(kind, KIND_LABELS[kind]) for kind in FIRST_KINDS]
    )

    def first_question(self) -> Row:
        kind = self.cleaned_data["first_kind"]
        limits = {"max_length": FIRST_LENGTH} if "max_length" in KINDS[kind].needs else {}
        return {"kind": kind, "label": self.cleaned_data["first_label"], "guidance": "", "required": True, **limits}


class QuestionForm(forms.Form):
    label = OneLineField(label=_("Question"), max_length=LABEL_MAX)
    guidance = forms.CharField(label=_("Guidance"), required=False, max_length=TEXT_MAX, widget=_area(3))
    required = forms.BooleanField(label=_("An answer is required"), required=False, initial=True)

    def __init__(
        self,
        *args: Any,
        kind: str,
        deciders: Iterable[Decider] = (),
        question: Question | None = None,
        are_options_fixed: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.kind, self.question = kind, question
        for name, make in SETTING_FIELDS.items():
            if name in KINDS[kind].settings and not (name == "options" and are_options_fixed):
                self.fields[name] = make(name in KINDS[kind].needs)
        if deciders := list(deciders):
            self.fields["show_if"] = ConditionField(deciders)

    @property
    def settings(self) -> list[forms.BoundField]:
        return [self[name] for name in SETTING_FIELDS if name in self.fields]

    def clean_options(self) -> list[Row]:
        labels = [" ".join(line.split()) for line in self.cleaned_data["options"].splitlines() if line.strip()]
        if len(labels) != len(set(labels)):
            raise forms.ValidationError(_("Two lines are the same."))
        if len(labels) > OPTIONS_MAX:
            raise forms.ValidationError(_("That are more than %(most)s choices.") % {"most": OPTIONS_MAX})
        return self._options(labels)

    def _options(self, labels: list[str]) -> list[Row]:
        """A line that stood there before keeps the value under which answers are stored."""
        values = {one.label: one.value for one in self.question.options} if self.question else {}
        taken = set(values.values())
        for label in labels:
            if label not in values:
                values[label] = new_code(label, taken)
                taken.add(values[label])
        return [{"value": values[label], "label": label} for label in labels]

    def clean(self) -> Row:
        cleaned = super().clean() or self.cleaned_data
        low, high = cleaned.get("minimum"), cleaned.get("maximum")
        if low is not None and high is not None and low > high:
            self.add_error("maximum", _("The largest value is below the smallest."))
        return cleaned

    def for_service(self, rows: Mapping[str, list[Row]]) -> Row:
        """The question as JSON without its code; `rows` are its categories or indicators."""
        kept = {name: self.cleaned_data[name] for name in ("label", "guidance", "required")}
        settings = {name: self.cleaned_data[name] for name in SETTING_FIELDS if name in self.fields}
        given = {name: _plain(value) for name, value in settings.items() if value is not None}
        return {"kind": self.kind, **kept, **given, **rows, **_condition_in(self.cleaned_data)}


def _condition_in(cleaned: Mapping[str, Any]) -> Row:
    return {"show_if": cleaned["show_if"]} if cleaned.get("show_if") else {}


def _plain(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else f"{value.normalize():f}"


def question_initial(section: str, question: Question) -> Row:
    return {
        "label": question.label,
        "guidance": question.guidance,
        "required": question.required,
        "max_length": question.max_length,
        "minimum": question.minimum,
        "maximum": question.maximum,
        "options": "\n".join(option.label for option in question.options),
        "file_types": list(question.file_types),
        "show_if": condition_initial(section, question.show_if),
        **{name: getattr(question, name) for name in WHOLE_SETTINGS},
    }


# --- Rows of a cost table, or indicators ------------------------------------------------------------


class RowForm(forms.Form):
    """A row whose code stays when its words change. The fields `apart` are shown only when somebody wants them."""

    apart: ClassVar[tuple[str, ...]] = ()
    code = forms.CharField(required=False, widget=forms.HiddenInput, max_length=50)

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [one for one in self.visible_fields() if one.name not in {*self.apart, "DELETE"}]

    @property
    def apart_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.apart]

    @property
    def is_apart_used(self) -> bool:
        return any(field.value() or field.errors for field in self.apart_fields)


class CategoryForm(RowForm):
    apart = ("flat_rate", "of", "unit_cost", "unit")
    label = OneLineField(label=_("Category"), max_length=LABEL_MAX)
    guidance = OneLineField(label=_("What belongs to it"), required=False, max_length=LABEL_MAX)
    rate = PercentField(label=_("Share that is funded, in %"), required=False)
    max_share = PercentField(label=_("Largest share of the partner's costs, in %"), required=False)
    flat_rate = PercentField(
        label=_("Flat rate, in %"),
        required=False,
        min_value=Decimal("0.01"),
        help_text=_("For instance 7 for overheads of 7 %: nothing is typed, the amount follows from other categories."),
    )
    of = forms.MultipleChoiceField(
        label=_("Of these categories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means all costs that applicants enter."),
    )
    unit_cost = EuroField(
        label=_("Unit cost, in euros"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=UNIT_COST_MAX,
        help_text=_("Applicants enter how many units they need; the amount follows."),
    )
    unit = OneLineField(label=_("Unit"), required=False, max_length=40, help_text=_("For instance: day of work."))

    def clean(self) -> Row:
        cleaned = super().clean() or self.cleaned_data
        flat, cost = cleaned.get("flat_rate"), cleaned.get("unit_cost")
        if flat is not None and cost is not None:
            self.add_error("unit_cost", _("A category is a flat rate or has a unit cost, not both."))
        if cleaned.get("of") and flat is None and "flat_rate" not in self.errors:
            self.add_error("flat_rate", _("Write how many per cent of the ticked categories it is."))
        if cost is not None and not cleaned.get("unit"):
            self.add_error("unit", _("Write what one unit is, for instance a day of work."))
        if cleaned.get("unit") and cost is None and "unit_cost" not in self.errors:
            self.add_error("unit_cost", _("Write what one unit costs."))
        return cleaned


class IndicatorForm(RowForm):
    label = OneLineField(label=_("Indicator"), max_length=LABEL_MAX)
    unit = OneLineField(label=_("Unit"), required=False, max_length=40)


class CodedRows(BaseFormSet):
    """Rows that keep their code. Those left blank or marked for removal do not count."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove this row")

    def rows(self) -> list[Row]:
        """As JSON: shares as text, nothing where nothing was said."""
        codes = self.codes()
        return [_row(self.forms[place].cleaned_data) | {"code": code} for place, code in codes.items()]

    def codes(self) -> dict[int, str]:
        """By the place of each row that counts, the code it has or is given."""
        filled = {place: self.forms[place].cleaned_data for place in self.filled()}
        taken = {row["code"] for row in filled.values() if row["code"]}
        found = {}
        for place, row in filled.items():
            found[place] = row["code"] or new_code(row["label"], taken)
            taken.add(found[place])
        return found

    def filled(self) -> list[int]:
        given = [getattr(form, "cleaned_data", None) or {} for form in self.forms]
        return [place for place, row in enumerate(given) if row and not row.get("DELETE")]


class CategoryRows(CodedRows):
    """A flat rate names other rows by their places on the page, so that rows can be named before they are saved."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        others = [
            place for place in range(self.total_form_count()) if place != index and self._is_offered(place, index)
        ]
        form.fields["of"].choices = [(str(place), self._name(place)) for place in others]  # type: ignore[attr-defined]

    def _is_offered(self, place: int, index: int | None) -> bool:
        """A row without a name can be chosen only from another one: both are new."""
        return self.is_bound or index is None or bool(self._label(place)) or not self._label(index)

    def _label(self, place: int) -> str:
        if self.is_bound:
            return str(self.data.get(f"{self.add_prefix(place)}-label", "")).strip()
        return self.initial[place]["label"] if self.initial and place < len(self.initial) else ""

    def _name(self, place: int) -> str:
        return self._label(place) or _("Row %(number)s") % {"number": place + 1}

    def clean(self) -> None:
        rows = {place: self.forms[place].cleaned_data for place in self.filled()}
        for place, row in rows.items():
            for other in row.get("of", ()):
                words = {"category": self._name(int(other))}
                if int(other) not in rows:
                    self.forms[place].add_error("of", _("“%(category)s” is empty or removed.") % words)
                elif rows[int(other)].get("flat_rate") is not None:
                    self.forms[place].add_error("of", _("“%(category)s” is a flat rate itself.") % words)

    def rows(self) -> list[Row]:
        codes = self.codes()
        found = super().rows()
        for row in found:
            if named := [codes[int(place)] for place in row.pop("of", ())]:
                row["of"] = named
        return found


def _row(cleaned: Row) -> Row:
    given = {name: value for name, value in cleaned.items() if name != "DELETE" and value not in (None, [])}
    return {name: _plain(value) for name, value in given.items()}


ROW_FORMS: dict[str, type[BaseFormSet]] = {
    "categories": formset_factory(CategoryForm, formset=CategoryRows, extra=3, can_delete=True, max_num=20),
    "indicators": formset_factory(IndicatorForm, formset=CodedRows, extra=3, can_delete=True, max_num=30),
}


def rows_name(kind: str) -> str:
    """Which rows a kind of question has; empty for most."""
    return next((name for name in ROW_FORMS if name in KINDS[kind].settings), "")


def rows_initial(question: Question, name: str) -> list[Row]:
    rows = [
        {field: getattr(row, field) for field in ROW_FORMS[name].form.base_fields} for row in getattr(question, name)
    ]
    places = {row["code"]: str(place) for place, row in enumerate(rows)}
    return [row | {"of": [places[code] for code in row["of"]]} if "of" in row else row for row in rows]
