"""The words in double braces that a letter to many applicants may hold. They are replaced, never run as code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from applications.models import Application

KNOWN = ("reference", "title", "call")
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def unknown_in(text: str) -> list[str]:
    """Placeholders that nothing would replace, in their order, each once."""
    return list(dict.fromkeys(name for name in _PLACE.findall(text) if name not in KNOWN))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Replace the known placeholders in one go: what a value itself holds in braces stays as it is."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def values_of(application: Application) -> dict[str, str]:
    return {
        "reference": application.reference or "",
        "title": application.title or application.acronym,
        "call": application.call.title,
    }
