"""The name under which a file is offered again."""

from __future__ import annotations

import re
import unicodedata

LONGEST_STEM = 100
MOST_BYTES = 240  # disks take names of 255 bytes, with the extension
RESERVED = re.compile(r'[<>:"|?*/\\;%]')
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
EXTENSION = re.compile(r"\.\w{1,5}$")


def clean_name(typed: str, extension: str) -> str:
    """A name that is safe in headers and on every system: no folders, no invisible signs, the extension of the content."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", typed))[-1]
    visible = "".join(sign if _is_shown(sign) else " " for sign in last)
    stem = EXTENSION.sub("", RESERVED.sub(" ", visible).strip(" ."))
    stem = (
        " ".join(stem.split())[:LONGEST_STEM].encode()[:MOST_BYTES].decode(errors="ignore").rstrip(" .").lstrip(" .-")
    )
    if not stem or DEVICES.fullmatch(stem):
        stem = f"file {stem}".strip()
    return f"{stem}.{extension}"


def _is_shown(sign: str) -> bool:
    """Neither a control sign nor one that turns the direction, joins, or has no meaning (categories C…, Zl, Zp)."""
    category = unicodedata.category(sign)
    return category[0] != "C" and category not in {"Zl", "Zp"}
