"""One accent per Eurocluster, as a style sheet: in dark mode it is mixed with white so that it stays readable."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

HEX = re.compile(r"#[0-9a-f]{6}")
SLUG = re.compile(r"[-\w]+", re.ASCII)

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text of ordinary size
#: The darkest surface of light mode and the lightest of dark mode that carry the accent (static/css/tokens.css).
ON_LIGHT, ON_DARK = "#f6f7fa", "#182436"


def css(rows: Iterable[tuple[str, str]]) -> str:
    """A rule for each (slug, colour); what is not a plain slug and a plain colour is left out."""
    return "".join(
        f".ec-{slug} {{ --accent: light-dark({accent}, {dark_variant(accent)}); }}\n"
        for slug, accent in rows
        if SLUG.fullmatch(slug) and HEX.fullmatch(accent)
    )


def fingerprint(rows: Iterable[tuple[str, str]]) -> str:
    return f'"{hashlib.sha256(repr(list(rows)).encode()).hexdigest()[:16]}"'


# --- Contrast ---------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """The contrast of two colours "#rrggbb", from 1 to 21."""
    darker, lighter = sorted(_luminance(colour) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(accent: str) -> bool:
    """Can the accent be read as text on every light surface? Its dark variant is made so that it can."""
    return contrast(accent, ON_LIGHT) >= LEAST_CONTRAST


def dark_variant(accent: str) -> str:
    """The accent with as little white as makes it readable on dark surfaces, half of it at least."""
    mixed = (_with_white(accent, per_cent) for per_cent in (50, 60, 70, 80, 90, 100))
    return next(colour for colour in mixed if contrast(colour, ON_DARK) >= LEAST_CONTRAST)


def _with_white(colour: str, per_cent: int) -> str:
    return "#" + "".join(f"{channel + (255 - channel) * per_cent // 100:02x}" for channel in _channels(colour))


def _channels(colour: str) -> list[int]:
    return [int(colour[place : place + 2], 16) for place in (1, 3, 5)]


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
