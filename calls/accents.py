"""One accent per Eurocluster, as a style sheet: in dark mode it is mixed with white so that it stays readable."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

HEX = re.compile(r"#[0-9a-f]{6}")
SLUG = re.compile(r"[-\w]+", re.ASCII)


def css(rows: Iterable[tuple[str, str]]) -> str:
    """A rule for each (slug, colour); what is not a plain slug and a plain colour is left out."""
    return "".join(
        f".ec-{slug} {{ --accent: light-dark({accent}, color-mix(in oklab, {accent} 50%, white)); }}\n"
        for slug, accent in rows
        if SLUG.fullmatch(slug) and HEX.fullmatch(accent)
    )


def fingerprint(rows: Iterable[tuple[str, str]]) -> str:
    return f'"{hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:16]}"'
