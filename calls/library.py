"""The library of ready-made calls: files that every team may start from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from calls.call_file import CallFile, parse_call_file

PLACE = Path(__file__).parent / "data" / "templates"
#: In the order people look for them.
NAMES = (
    "innovation-voucher-single",
    "innovation-voucher-collaborative",
    "internationalisation-voucher",
    "training-voucher",
    "service-voucher",
)


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    text: str
    call: CallFile


@lru_cache(maxsize=1)
def templates() -> dict[str, Template]:
    """The templates by their names."""
    texts = {name: (PLACE / f"{name}.yaml").read_text(encoding="utf-8") for name in NAMES}
    return {name: Template(name, text, parse_call_file(text)) for name, text in texts.items()}
