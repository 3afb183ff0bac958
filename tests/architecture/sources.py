"""The source of the rooms, read once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings

BASE_DIR: Path = settings.BASE_DIR
ROOMS = (
    "eurocluster_portal",
    "vouchers",
    "evaluation",
    "applications",
    "calls",
    "accounts",
    "documents",
    "notifications",
    "audit",
)


@dataclass(frozen=True)
class Module:
    path: Path  # below the project's directory
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def parts(self) -> frozenset[str]:
        """Directories below the room, and the module: `calls/views/public.py` has `views` and `public`."""
        return frozenset([*self.path.parts[1:-1], self.path.stem])

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


@cache
def modules() -> tuple[Module, ...]:
    """Every module of ours but the migrations, which Django writes."""
    found = [path for room in ROOMS for path in sorted((BASE_DIR / room).rglob("*.py"))]
    return tuple(
        Module(path.relative_to(BASE_DIR), ast.parse(path.read_text(encoding="utf-8")))
        for path in found
        if "migrations" not in path.parts
    )


def modules_of(part: str) -> list[Module]:
    """Modules of one kind, `views` for example, in all rooms."""
    return [module for module in modules() if part in module.parts]
