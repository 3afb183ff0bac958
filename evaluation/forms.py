"""What managers and experts type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from django import forms
from django.forms.utils import flatatt
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evaluation.ranking import Criterion, MarkRefused, Scheme, plain, validate_mark
from evaluation.services import Given
from evaluation.tally import anchor_of

COMMENT_MAX = 4000
KEYS_MAX = 21


# --- Asking experts ---------------------------------------------------------------------------


class LongSelect(forms.Select):
    """A list of choices written directly: Django renders two templates per option, and a page has hundreds of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        widget = self.get_context(name, value, attrs)["widget"]
        groups = format_html_join(
            "", "{}", ((self._group(title, rows),) for title, rows, _place in widget["optgroups"])
        )
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(widget["attrs"]), groups)

    def _group(self, title: str | None, rows: list[dict[str, Any]]) -> SafeString:
        facts = ((row["value"], flatatt(row["attrs"]), row["label"]) for row in rows)
        options = format_html_join("", '<option value="{}"{}>{}</option>', facts)
        return format_html('<optgroup label="{}">{}</optgroup>', title, options) if title else options


class AssignForm(forms.Form):
    """`experts` are the choices, grouped; `today` is the first day that may be chosen."""

    expert = forms.TypedChoiceField(label=gettext_lazy("Expert"), coerce=int, widget=LongSelect)
    due_on = forms.DateField(
        label=gettext_lazy("Review due on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, experts: Sequence[Any], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        cast("forms.ChoiceField", self.fields["expert"]).choices = [("", _("Choose an expert")), *experts]
        self.fields["due_on"].widget.attrs["min"] = today.isoformat()

    def clean_due_on(self) -> date:
        due_on = self.cleaned_data["due_on"]
        if due_on < self.today:
            raise forms.ValidationError(_("This day is past. Give the expert time to read."))
        return due_on


class AnswerForm(forms.Form):
    """An expert's answer. Accepting needs the declaration, anything else its reason."""

    ACCEPT, DECLINE, CONFLICT = "accept", "decline", "conflict"

    answer = forms.ChoiceField(
        choices=[(ACCEPT, ACCEPT), (DECLINE, DECLINE), (CONFLICT, CONFLICT)], widget=forms.HiddenInput
    )
    declares_no_conflict = forms.BooleanField(
        label=gettext_lazy("I have read the rules above and declare that none of them applies to me."),
        error_messages={"required": gettext_lazy("Declare that you have no conflict of interest to accept.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "data-maxlength": "1000"}),
        error_messages={
            "required": gettext_lazy("Give the reason, so that the manager can ask somebody else in time.")
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            unused = "note" if self.data.get("answer") == self.ACCEPT else "declares_no_conflict"
            self.fields[unused].required = False


# --- Reviewing --------------------------------------------------------------------------------


class MarkField(forms.ChoiceField):
    """A mark on a criterion's scale, as a row of keys. A mark beside the scale is refused with what is wrong with it."""

    def __init__(self, *, criterion: Criterion, **kwargs: Any) -> None:
        self.criterion = criterion
        keys = keys_of(criterion)
        widget = forms.RadioSelect if keys else forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(choices=keys, widget=widget, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return plain(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        typed = str(value or "").strip().replace(",", ".")
        if not typed:
            return None
        try:
            return validate_mark(self.criterion, Decimal(typed))
        except InvalidOperation:
            words = _("“%(typed)s” is not a number. A mark lies between 0 and %(max)s.")
            raise forms.ValidationError(words % {"typed": typed[:20], "max": plain(self.criterion.scale_max)}) from None
        except MarkRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None


def keys_of(criterion: Criterion) -> list[tuple[str, str]]:
    """The marks of a scale, or none where the scale has too many for a row of keys."""
    count = int(criterion.scale_max / criterion.step) + 1
    marks = [plain(criterion.step * step) for step in range(count)] if count <= KEYS_MAX else []
    return [(mark, mark) for mark in marks]


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One criterion on the page: what it is, and where its mark and comment are typed."""

    criterion: Criterion
    guidance: str
    mark: forms.BoundField
    comment: forms.BoundField
    has_keys: bool
    anchor: str


class ReviewForm(forms.Form):
    """Marks and comments, complete or not."""

    use_required_attribute = False
    expected_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    #: The version of another window that the expert has seen and wants replaced.
    overwrite = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(
        self, *args: Any, scheme: Scheme, guidance: dict[str, str], is_closed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        self.guidance = guidance
        for criterion in scheme.criteria:
            self.fields[f"mark_{criterion.code}"] = MarkField(criterion=criterion, label=criterion.title)
            self.fields[f"comment_{criterion.code}"] = comment_field(_("Why this mark"), LaterField)
        self.fields["comment"] = comment_field(_("Overall comment"), forms.CharField)
        for field in self.fields.values():
            field.disabled = is_closed
            if is_closed:
                field.widget.attrs.pop("data-maxlength", None)

    def rows(self) -> Iterator[ReviewRow]:
        for criterion in self.scheme.criteria:
            mark = self[f"mark_{criterion.code}"]
            yield ReviewRow(
                criterion=criterion,
                guidance=self.guidance.get(criterion.code, ""),
                mark=mark,
                comment=self[f"comment_{criterion.code}"],
                has_keys=isinstance(mark.field.widget, forms.RadioSelect),
                anchor=anchor_of(criterion, self.marks.get(criterion.code)),
            )

    @cached_property
    def marks(self) -> dict[str, Decimal | None]:
        """The valid marks that stand in the form now."""
        codes = [criterion.code for criterion in self.scheme.criteria]
        if not self.is_bound:
            return {code: self.initial.get(f"mark_{code}") for code in codes}
        self.is_valid()
        return {code: self.cleaned_data.get(f"mark_{code}") for code in codes}

    def version(self) -> int:
        replaced = self.cleaned_data["overwrite"]
        return self.cleaned_data["expected_version"] if replaced is None else replaced

    def given(self) -> dict[str, Given]:
        cleaned = self.cleaned_data
        codes = [criterion.code for criterion in self.scheme.criteria]
        return {code: Given(cleaned[f"mark_{code}"], cleaned[f"comment_{code}"]) for code in codes}

    def typed_texts(self) -> list[tuple[str, str]]:
        """What was sent, by heading, to give it back where it can no longer be saved."""
        named = [(criterion.title, f"comment_{criterion.code}") for criterion in self.scheme.criteria]
        texts = [(title, str(self.data.get(name, ""))) for title, name in [*named, (_("Overall comment"), "comment")]]
        return [(title, text) for title, text in texts if text.strip()]


class LaterField(forms.CharField):
    """A text that may still be empty when saving and must not be when submitting, so nobody calls it optional."""

    def validate(self, value: str) -> None:
        pass


def comment_field(label: str, kind: type[forms.CharField]) -> forms.CharField:
    attrs = {"rows": 4, "data-maxlength": str(COMMENT_MAX)}
    return kind(label=label, required=kind is LaterField, max_length=COMMENT_MAX, widget=forms.Textarea(attrs=attrs))


def initial_of(review: Any, scores: Iterable[Any]) -> dict[str, Any]:
    """The form's start from a stored review (or none)."""
    if review is None:
        return {"expected_version": 0}
    initial: dict[str, Any] = {"expected_version": review.version, "comment": review.comment}
    for score in scores:
        initial[f"mark_{score.criterion.code}"] = score.mark
        initial[f"comment_{score.criterion.code}"] = score.comment
    return initial


# --- Deciding ---------------------------------------------------------------------------------


class ServeForm(forms.Form):
    """The word of the person who awards in the order of arrival."""

    is_confirmed = forms.BooleanField(
        label=gettext_lazy("I have checked the order, and nobody who took part has a conflict of interest."),
        error_messages={"required": gettext_lazy("Confirm that the order is checked. Nothing was decided yet.")},
    )


class DecideForm(forms.Form):
    """The list that was on the screen, and the word of the person who decides."""

    ranking_list = forms.IntegerField(widget=forms.HiddenInput)
    is_confirmed = forms.BooleanField(
        label=gettext_lazy(
            "I have checked the list, and nobody who took part in this decision has a conflict of interest."
        ),
        error_messages={"required": gettext_lazy("Confirm that the list is checked. Nothing was decided yet.")},
    )
