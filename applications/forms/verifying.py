"""What is brought to be verified: a receipt, or what stands in it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

RECEIPT_MAX_BYTES = 10 * 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")


class VerifyForm(forms.Form):
    use_required_attribute = False
    marks_optional = False
    file = forms.FileField(label=_("Receipt (PDF)"), required=False, allow_empty_file=True)
    reference = forms.CharField(label=_("Reference"), max_length=30, required=False)
    sha256 = forms.CharField(
        label=_("Fingerprint (SHA-256)"),
        max_length=200,
        required=False,
        help_text=_("64 letters and digits, printed on the receipt and in the e-mail. Spaces do not matter."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > RECEIPT_MAX_BYTES:
            most = filesizeformat(RECEIPT_MAX_BYTES)
            raise ValidationError(_("A receipt is never larger than %(most)s.") % {"most": most})
        return file

    def clean_sha256(self) -> str:
        plain = re.sub(r"\s", "", self.cleaned_data["sha256"]).lower()
        if plain and not SHA256.fullmatch(plain):
            raise ValidationError(_("A fingerprint has 64 digits and letters from a to f."))
        return plain

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors or given.get("file") is not None:
            return given
        if not given.get("reference") and not given.get("sha256"):
            self.add_error("file", _("Choose a receipt, or type its reference and fingerprint."))
        elif not given.get("sha256"):
            self.add_error("sha256", _("Type the fingerprint, too."))
        elif not given.get("reference"):
            self.add_error("reference", _("Type the reference, too."))
        return given
