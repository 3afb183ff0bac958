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


# --- Contrast ---------------------------------------------------------------------------------

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text of ordinary size


def contrast_with_white(colour: str) -> float:
    """The contrast of "#rrggbb" with white paper, from 1 to 21."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
