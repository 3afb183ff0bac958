"""Names as people type them: on one line, with nothing hidden in it.

Names stand in mails that the portal sends to others. A line break or an address in one would let a stranger write parts
of such a mail, and a direction mark can turn a name round for its readers.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

_BREAKS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]+")  # NUL stays, for the field to refuse
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"[/\\@<>]|www\.", re.IGNORECASE)


def one_line(text: str) -> str:
    """The text with its line breaks as spaces and without marks that turn the direction of writing."""
    return _BREAKS.sub(" ", _TURNS.sub("", text)).strip()


def check_holds_no_address(text: str) -> None:
    """Refuse what a mail program would show as a link.

    Raises:
        ValidationError: there is a part of an address in the text.
    """
    if _ADDRESS.search(text):
        raise ValidationError(_("Write the name alone, without an address."))


class OneLineField(forms.CharField):
    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")


class PersonNameField(OneLineField):
    default_validators = [check_holds_no_address]
