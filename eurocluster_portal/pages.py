"""Pages for developers: every component of the portal on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from eurocluster_portal.templatetags.portal import STATUS_KINDS

MARKS = [(f"{half / 2:g}", f"{half / 2:g}") for half in range(11)]


@dataclass(frozen=True)
class SampleLine:
    """A budget line of nobody, with the figures of a real one."""

    allocated: Decimal = Decimal(1050000)
    reserved: Decimal = Decimal(358000)
    committed: Decimal = Decimal(284000)
    paid: Decimal = Decimal("222000.50")
    available: Decimal = Decimal("185999.50")

    def __str__(self) -> str:
        return "RE-CENTRE innovation"


class SampleForm(forms.Form):
    title = forms.CharField(label="Title of the project", help_text="As it will stand in public lists.", max_length=120)
    sector = forms.ChoiceField(label="Sector", choices=[("", "Choose a sector"), ("it", "IT"), ("energy", "Energy")])
    role = forms.ChoiceField(
        label="Your part in the project",
        choices=[("lead", "Lead: we sign for all"), ("partner", "Partner")],
        widget=forms.RadioSelect,
    )
    topics = forms.MultipleChoiceField(
        label="Topics",
        choices=[("green", "Green transition"), ("digital", "Digital transition")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    cost = forms.DecimalField(label="Cost in euro", max_digits=9, decimal_places=2, max_value=Decimal(52000))
    summary = forms.CharField(
        label="Summary",
        help_text="What changes for whom, in plain words.",
        widget=forms.Textarea(attrs={"rows": 4, "data-maxlength": "400"}),
    )
    plan = forms.FileField(label="Work plan", help_text="PDF, at most 10 MB.", required=False)
    honour = forms.BooleanField(label="None of the exclusion grounds applies to us.")


class SampleMarks(forms.Form):
    excellence = forms.ChoiceField(label="Excellence", choices=MARKS, widget=forms.RadioSelect)
    impact = forms.ChoiceField(label="Impact", choices=MARKS, widget=forms.RadioSelect)


def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEVELOPER_PAGES:
        raise Http404
    return render(request, "eurocluster_portal/styleguide.html", _samples(request.received_at))  # type: ignore[attr-defined]


def _samples(now: datetime) -> dict[str, Any]:
    return {
        "line": SampleLine(),
        "blank_form": SampleForm(prefix="blank"),
        "faulty_form": SampleForm({"faulty-title": "Acoustic panels", "faulty-cost": "52000.01"}, prefix="faulty"),
        "marks": SampleMarks(initial={"excellence": "4"}),
        "statuses": STATUS_KINDS,
        "soon": now + timedelta(days=12, hours=4, minutes=31),
        "today": now + timedelta(hours=4, minutes=31, seconds=10),
        "past": now - timedelta(days=3),
        "history": _history(now),
        "page_obj": _page(),
    }


def _history(now: datetime) -> list[dict[str, Any]]:
    return [
        {"at": now, "what": "Released to the bank", "who": "Ada Ionescu", "note": "Two payments, €78,000 in all."},
        {"at": now - timedelta(days=1), "what": "Prepared", "who": "Marco Bianchi"},
        {"at": now - timedelta(days=4), "what": "Claim approved", "who": "Marco Bianchi"},
    ]


def _page() -> Page[int]:
    page = Paginator(range(240), 25).page(3)
    page.short_range = list(page.paginator.get_elided_page_range(3, on_each_side=1, on_ends=1))  # type: ignore[attr-defined]
    return page
