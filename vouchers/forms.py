"""What people type about agreements, accounts, claims and batches."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.names import OneLineField
from calls.bank_accounts import check_bic, check_iban
from calls.forms.fields import EuroField, checked_account
from vouchers.models import Claim

LATEST_EXECUTION = timedelta(days=90)


class SignForm(forms.Form):
    """One party's signature over the document with this hash."""

    party = forms.CharField(required=False, widget=forms.HiddenInput)
    document_sha256 = forms.CharField(widget=forms.HiddenInput)
    signatory_name = OneLineField(
        label=_("Your full name"), min_length=3, max_length=150, help_text=_("Typed by you, as your signature.")
    )
    agreed = forms.BooleanField()

    def __init__(self, *args: Any, party_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["signatory_name"].widget.attrs["autocomplete"] = "name"
        self.fields["agreed"].label = _(
            "I am authorised to sign for %(party)s, I have read the agreement with its annexes, and I agree to it."
        ) % {"party": party_name}
        self.fields["agreed"].error_messages["required"] = _("Confirm this before you sign.")


class BankAccountForm(forms.Form):
    holder = OneLineField(
        label=_("Account holder"), max_length=70, help_text=_("The name of your organisation, as the bank knows it.")
    )
    iban = forms.CharField(
        label=_("IBAN"),
        max_length=60,
        help_text=_("Spaces do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    bic = forms.CharField(
        label=_("BIC"),
        max_length=20,
        required=False,
        help_text=_("8 or 11 characters. Banks in the SEPA area do not need it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "short"}),
    )

    def clean_iban(self) -> str:
        return checked_account(check_iban, self.cleaned_data["iban"])

    def clean_bic(self) -> str:
        bic = self.cleaned_data["bic"]
        return checked_account(check_bic, bic) if bic else ""


class ClaimForm(forms.Form):
    note = forms.CharField(
        label=_("Note to the finance officer"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    confirmed = forms.BooleanField(
        label=_("What this instalment waits for has happened, and the account shown is ours."),
        error_messages={"required": _("Confirm this before you claim.")},
    )


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("The beneficiary reads it, and may claim again."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ClaimChoice(forms.ModelMultipleChoiceField):
    def label_from_instance(self, claim: Any) -> str:
        return f"{claim.number} · {claim.instalment.voucher.organisation.legal_name}"


class BatchForm(forms.Form):
    """Approved claims of one Eurocluster, and the day on which the bank is to pay them."""

    claims = ClaimChoice(
        label=_("Claims to pay"),
        queryset=Claim.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one claim."),
            "invalid_choice": _("One of the claims is not waiting for payment any more."),
        },
    )
    execution_on = forms.DateField(
        label=_("Day of execution"),
        help_text=_("The day on which the bank debits the account."),
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, claims: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["claims"].queryset = claims  # type: ignore[attr-defined]

    def clean_execution_on(self) -> date:
        day = self.cleaned_data["execution_on"]
        if day < self.today:
            raise ValidationError(_("This day is past. Choose today or a later day."))
        if day > self.today + LATEST_EXECUTION:
            raise ValidationError(_("Choose a day within the next 90 days."))
        return day


class RecoveryForm(forms.Form):
    amount_eur = EuroField(label=_("Amount to be paid back, in euros"), min_value=Decimal("0.01"))
    due_on = forms.DateField(
        label=_("To be paid back until"), widget=forms.DateInput(attrs={"type": "date", "class": "short"})
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        help_text=_("The beneficiary reads it: name the article of the agreement and the fact."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ReceiptForm(forms.Form):
    received_on = forms.DateField(
        label=_("Received on"), widget=forms.DateInput(attrs={"type": "date", "class": "short"})
    )
