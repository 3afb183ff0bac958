"""What a team types after a call is published, and what people ask about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from calls.models import Call
from calls.phases import BRUSSELS, LostHour, brussels_instant


def _area(rows: int, longest: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "data-maxlength": str(longest)})


def _reason(help_text: Any) -> forms.CharField:
    return forms.CharField(label=_("Reason"), max_length=2000, help_text=help_text, widget=_area(3, 2000))


PUBLIC_REASON = _("Shown on the public page and in the message to the applicants.")


class ReasonForm(forms.Form):
    reason = _reason(PUBLIC_REASON)


class CancellationForm(ReasonForm):
    is_sure = forms.BooleanField(label=_("Cancel the call for good. It cannot be opened again."))


class CorrigendumForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(label=_("Summary"), max_length=400, widget=_area(3, 400))
    description = forms.CharField(
        label=_("Description"),
        max_length=20_000,
        help_text=_("Markdown; headings begin with ##."),
        widget=forms.Textarea(attrs={"rows": 14}),
    )
    reason = _reason(PUBLIC_REASON)

    def fields_for_service(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("title", "summary", "description")}


class ExtensionForm(forms.Form):
    closes_on = forms.DateField(
        label=_("New closing day"), widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
    )
    closes_time = forms.TimeField(
        label=_("Closes at"),
        help_text=_("Brussels time."),
        widget=forms.TimeInput(attrs={"type": "time", "class": "short"}, format="%H:%M"),
    )
    reason = _reason(PUBLIC_REASON)

    closes_at: datetime

    def __init__(self, *args: Any, call: Call, at: datetime, **options: Any) -> None:
        options.setdefault("initial", {"closes_time": call.closes_at.astimezone(BRUSSELS).time()})
        super().__init__(*args, **options)
        self.call, self.at = call, at

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "closes_on" in values and "closes_time" in values:
            self._read_deadline(values)
        return values

    def _read_deadline(self, values: dict[str, Any]) -> None:
        try:
            self.closes_at = brussels_instant(values["closes_on"], values["closes_time"])
        except LostHour:
            self.add_error(
                "closes_time",
                _("This hour does not exist on that day: the clocks are put forward. Choose another time."),
            )
        except OverflowError:
            self.add_error("closes_on", _("This day cannot be understood. Choose another one."))
        else:
            self._check_later()

    def _check_later(self) -> None:
        if self.closes_at <= self.call.closes_at:
            self.add_error("closes_on", _("The new deadline must be later than the one that stands."))
        elif self.closes_at <= self.at:
            self.add_error("closes_on", _("The new deadline must lie in the future."))


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=_("Your question"),
        max_length=2000,
        help_text=_(
            "It is published together with the answer, without your name. Leave out what gives your project away."
        ),
        widget=_area(4, 2000),
    )


class AnswerForm(forms.Form):
    published_text = forms.CharField(
        label=_("The question as it will be published"),
        max_length=2000,
        help_text=_("Take out every name, project and detail by which somebody could tell who asked."),
        widget=_area(4, 2000),
    )
    answer = forms.CharField(
        label=_("Answer"),
        max_length=5000,
        help_text=_("Published at once for everybody, and sent to the applicants."),
        widget=_area(8, 5000),
    )


class AnswerCorrectionForm(AnswerForm):
    expected = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = _reason(_("Why the answer changes. Stands beside it, and in the message to those who read the first one."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["answer"].help_text = _("Published at once in the place of the earlier words, which stay readable.")

    def clean_expected(self) -> datetime | None:
        """Since when the words stood that were read; what is no instant matches none."""
        try:
            return datetime.fromisoformat(self.cleaned_data["expected"])
        except ValueError:
            return None
