"""Money, status, time and plots as people read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace

import pytest
from django import forms
from django.db import models
from django.template import Context, Template

from eurocluster_portal.templatetags.portal import (
    STATUS_KINDS,
    brussels,
    brussels_short,
    country,
    eur,
    percent,
    remaining,
    waterfall_bars,
)

DEADLINE = datetime(2023, 6, 27, 15, 0, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (Decimal("52000.00"), "", "€52,000"),
        (Decimal("52000.50"), "", "€52,000.50"),
        (Decimal(52000), "cents", "€52,000.00"),
        (Decimal(1050000), "", "€1,050,000"),
        (Decimal("-1200.05"), "", "−€1,200.05"),
        (Decimal(0), "", "€0"),
        (250, "", "€250"),
        ("0.01", "", "€0.01"),
        (None, "", "–"),
    ],
)
def test_money_keeps_its_currency_and_its_cents(value: Decimal | None, style: str, text: str) -> None:
    assert eur(value, style) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [(Decimal("0.4"), "40\xa0%"), (Decimal("0.125"), "12.5\xa0%"), (1, "100\xa0%"), (0, "0\xa0%"), (None, "–")],
)
def test_a_rate_reads_as_a_percentage(rate: Decimal | None, text: str) -> None:
    assert percent(rate) == text


@pytest.mark.parametrize(
    ("code", "name"), [("RO", "Romania"), ("ro", "Romania"), ("EL", "Greece"), ("ZZ", "ZZ"), ("", "–"), (None, "–")]
)
def test_a_country_code_reads_as_its_name(code: str | None, name: str) -> None:
    assert country(code) == name


def test_a_deadline_is_shown_as_brussels_wall_time_in_summer() -> None:
    expected = "Tuesday 27 June 2023, 17:00 Brussels time"
    assert brussels(DEADLINE) == f'<time class="time-long" datetime="2023-06-27T15:00:00+00:00">{expected}</time>'


def test_a_deadline_is_shown_as_brussels_wall_time_in_winter() -> None:
    assert "13 Nov 2023, 17:00<" in brussels_short(datetime(2023, 11, 13, 16, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=12, hours=4, minutes=31, seconds=59), "12 days 04:31"),
        (timedelta(days=1), "1 day 00:00"),
        (timedelta(hours=4, minutes=31, seconds=10), "04:31:10"),
        (timedelta(seconds=1), "00:00:01"),
    ],
)
def test_the_time_left(left: timedelta, text: str) -> None:
    assert remaining(left) == text


def test_a_deadline_closes_at_its_very_instant() -> None:
    page = render("{% deadline closes_at %}", closes_at=DEADLINE, received_at=DEADLINE)
    assert "Closed" in page
    assert "data-deadline" not in page


def test_a_deadline_tells_the_script_the_instant_and_the_servers_clock() -> None:
    page = render("{% deadline closes_at %}", closes_at=DEADLINE, received_at=DEADLINE - timedelta(hours=1))
    assert 'data-deadline="2023-06-27T15:00:00+00:00"' in page
    assert 'data-now="2023-06-27T14:00:00+00:00"' in page
    assert "01:00:00" in page


def test_a_status_is_a_dot_and_a_word() -> None:
    assert render('{% pill "claim" "batched" "In a batch" %}') == '<span class="pill pill-violet">In a batch</span>'


def test_a_status_without_a_label_takes_the_words_of_its_enum() -> None:
    class ClaimStatus(models.TextChoices):
        PAID = "paid", "Paid out"

    assert (
        render('{% pill "claim" status %}', status=ClaimStatus.PAID) == '<span class="pill pill-green">Paid out</span>'
    )


def test_a_plain_status_reads_as_words() -> None:
    assert render('{% pill "task" "not_started" %}') == '<span class="pill pill-neutral">Not started</span>'


def test_a_label_is_escaped() -> None:
    assert render('{% status_pill "red" label %}', label="<b>") == '<span class="pill pill-red">&lt;b&gt;</span>'


def test_every_kind_is_one_the_style_sheet_knows() -> None:
    kinds = {kind for states in STATUS_KINDS.values() for kind in states.values()}
    assert kinds == {"neutral", "blue", "green", "amber", "red", "violet"}


@pytest.mark.parametrize(
    ("noun", "module", "enum"),
    [
        ("call", "calls.states", "CallStatus"),
        ("application", "applications.states", "ApplicationStatus"),
        ("assignment", "evaluation.states", "AssignmentStatus"),
        ("agreement", "vouchers.states", "AgreementStatus"),
        ("voucher", "vouchers.states", "VoucherStatus"),
        ("claim", "vouchers.states", "ClaimStatus"),
        ("batch", "vouchers.states", "BatchStatus"),
    ],
)
def test_every_status_of_a_life_cycle_has_its_kind(noun: str, module: str, enum: str) -> None:
    statuses = getattr(import_module(module), enum).values
    assert set(statuses) <= set(STATUS_KINDS[noun])


class CostForm(forms.Form):
    role = forms.ChoiceField(label="Your part", choices=[("lead", "Lead")], widget=forms.RadioSelect)
    cost = forms.DecimalField(label="Cost", max_value=Decimal(52000))

    def clean(self) -> None:
        self.add_error(None, "The partners come from one sector.")


def test_the_error_summary_links_to_the_control_that_takes_the_focus() -> None:
    page = render("{% error_summary form %}", form=CostForm({"cost": "52000.01"}))
    assert 'href="#id_role_0"' in page
    assert '<a href="#id_cost">Cost: Ensure this value is less than or equal to 52000.</a>' in page
    assert "<li>The partners come from one sector.</li>" in page


def test_a_form_not_yet_sent_has_no_summary() -> None:
    assert render("{% error_summary form %}", form=CostForm()) == ""


def budget_line(**amounts: int) -> SimpleNamespace:
    names = ("reserved", "committed", "paid", "available")
    parts = {name: Decimal(amounts.get(name, 0)) for name in names}
    return SimpleNamespace(**parts, allocated=sum(parts.values(), Decimal(0)))


def test_the_bars_of_a_budget_line_fill_its_height_without_gap() -> None:
    allocated, *parts = waterfall_bars(budget_line(reserved=358, committed=284, paid=222, available=186))
    assert sum(bar.height for bar in parts) == allocated.height
    assert [bar.y for bar in parts[1:]] == [bar.y + bar.height for bar in parts[:-1]]


def test_an_empty_budget_line_has_a_plot() -> None:
    assert [bar.height for bar in waterfall_bars(budget_line())] == [0, 0, 0, 0, 0]


def test_the_plot_stands_beside_its_figures() -> None:
    page = render("{% waterfall line 'Innovation' %}", line=budget_line(paid=250, available=750))
    assert page.count("€1,000.00") == 1
    assert "25\xa0%" in page
    assert "style=" not in page
