"""The decision of the eligibility check, of one of its rules, and questions to the applicants with their answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from applications.fields import DayField
from applications.states import SET_BACK
from calls.phases import BRUSSELS, LostHour, brussels_instant

USUAL_DAYS, USUAL_HOUR = 7, time(17)
SET_BACK_WORDS = {
    "pass": _("Set back to what the portal found: it fits"),
    "fail": _("Set back to what the portal found: it does not fit"),
    "unknown": _("Set back to what the portal found: it could not tell"),
}


def _words(rows: int, longest: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "data-maxlength": str(longest)})


class EligibilityForm(forms.Form):
    """`rules` are the codes and titles of the rules that may decide a refusal."""

    use_required_attribute = False
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("eligible", _("Eligible: it goes on in the call")), ("ineligible", _("Not eligible"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    rule = forms.ChoiceField(
        label=_("Rule that decides a refusal"),
        required=False,
        help_text=_("The letter names it. A rule that fitted so far is decided otherwise, with the reason below."),
    )
    note = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=4000,
        widget=_words(5, 4000),
        help_text=_("Needed for a refusal. The applicants read it: name the rule and the fact."),
    )
    despite_question = forms.BooleanField(
        label=_("Decide although a question to the applicants can still be answered. The question is taken back."),
        required=False,
    )

    def __init__(
        self, *args: Any, rules: Sequence[tuple[str, str]] = (), has_open_question: bool = False, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["rule"].choices = [("", _now("None of them: the reason says it")), *rules]  # type: ignore[attr-defined]
        if not has_open_question:
            del self.fields["despite_question"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (
            cleaned.get("decision") == "ineligible"
            and not cleaned.get("note", "").strip()
            and "note" not in self.errors
        ):
            raise ValidationError({"note": _("Give the reason for the refusal.")})
        return cleaned

    @property
    def is_eligible(self) -> bool:
        return self.cleaned_data["decision"] == "eligible"

    def service_fields(self) -> dict[str, Any]:
        return {
            "is_eligible": self.is_eligible,
            "note": self.cleaned_data["note"],
            "rule": self.cleaned_data["rule"],
            "despite_question": self.cleaned_data.get("despite_question", False),
        }


class OverrideForm(forms.Form):
    """A rule decided otherwise than `outcome`, which is what counts now.

    `automatic` is what the portal found of a rule that was decided otherwise already: it can be set back to that.
    """

    use_required_attribute = False
    outcome = forms.ChoiceField(
        label=_("The rule"), widget=forms.RadioSelect, error_messages={"required": _("Choose what counts.")}
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=_words(5, 2000),
        help_text=_(
            "What was looked at and what it shows. It stays on record; after a refusal the applicants read it."
        ),
    )

    def __init__(self, *args: Any, outcome: str, automatic: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("pass", _now("Fits")), ("fail", _now("Does not fit"))]
        others = [one for one in choices if one[0] != outcome]
        if automatic:
            others = [(SET_BACK, str(SET_BACK_WORDS[automatic])), *others]
        self.fields["outcome"].choices = others  # type: ignore[attr-defined]
        if len(others) == 1:
            self.fields["outcome"].initial = others[0][0]


class DeadlineForm(forms.Form):
    """A deadline of the applicants in Brussels time; `at` is when the request arrived, `after` the deadline so far."""

    use_required_attribute = False
    due_on = DayField(label=_("To be answered by"))
    due_time = forms.TimeField(
        label=_("Before"),
        help_text=_("Brussels time."),
        widget=forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M"),
    )

    due_at: datetime

    def __init__(self, *args: Any, at: datetime, after: datetime | None = None, **options: Any) -> None:
        day = (max(at, after or at) + timedelta(days=USUAL_DAYS)).astimezone(BRUSSELS).date()
        options.setdefault("initial", {"due_on": day, "due_time": USUAL_HOUR})
        super().__init__(*args, **options)
        self.at = at

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "due_on" in values and "due_time" in values:
            self._read_deadline(values)
        return values

    def _read_deadline(self, values: dict[str, Any]) -> None:
        try:
            self.due_at = brussels_instant(values["due_on"], values["due_time"])
        except LostHour:
            words = _("This time does not exist on that day: the clocks in Brussels are put forward over it.")
            self.add_error("due_time", words)
        except OverflowError:
            self.add_error("due_on", _("This day is too far away."))
        else:
            if self.due_at <= self.at:
                self.add_error("due_on", _("The deadline must lie in the future."))


class ClarificationForm(DeadlineForm):
    """A question with its deadline."""

    question = forms.CharField(
        label=_("Question"),
        max_length=4000,
        widget=_words(6, 4000),
        help_text=_("Ask for one fact at a time. Everybody who acts for the applicants reads it."),
    )
    field_order = ["question", "due_on", "due_time"]


class ClarifyingAnswerForm(forms.Form):
    use_required_attribute = False
    answer = forms.CharField(
        label=_("Answer"),
        max_length=8000,
        widget=_words(10, 8000),
        help_text=_("You answer once, for all partners of the application."),
        error_messages={"required": _("Write the answer.")},
    )
