"""The parts of an application form. Nothing here knows JSON, the database or an answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

VERSION = 1


class DefinitionError(ValueError):
    """The definition is wrong at `path`, e.g. "sections[1].questions[0].max_length"."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Met when the answer to `question` is one of `values`; of several ticked options one is enough.

    `question` is a code of the same section, or "section.code" of an earlier section that all partners answer together.
    """

    question: str
    values: tuple[str | bool, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A row of a cost table. `rate` is the share that is funded (0–1), `None` the call's own rate.

    `max_share` is the largest share (0–1) of the partner's total costs; `None` means no limit. An amount is typed, or
    worked out: as a `flat_rate` (0–1) on the categories `of` (none named: all that are no flat rates), or from a number
    of units at `unit_cost` (EUR) each.
    """

    code: str
    label: str
    guidance: str = ""
    rate: Decimal | None = None
    max_share: Decimal | None = None
    flat_rate: Decimal | None = None
    of: tuple[str, ...] = ()
    unit_cost: Decimal | None = None
    unit: str = ""

    @property
    def is_flat(self) -> bool:
        """Nothing is typed."""
        return self.flat_rate is not None

    @property
    def is_in_units(self) -> bool:
        """A number of units is typed."""
        return self.unit_cost is not None

    def is_typed_like(self, other: Category) -> bool:
        """What was typed for the one says the same for the other."""
        return not self.is_flat and not other.is_flat and self.unit == other.unit


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """`max_length` counts characters; `minimum` and `maximum` include their value; `None` means no bound.

    The settings below `show_if` belong to one kind each; `parse` fills in their defaults for that kind.
    """

    code: str
    kind: str
    label: str
    guidance: str = ""
    required: bool = True
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    options: tuple[Option, ...] = ()
    show_if: Condition | None = None
    max_files: int | None = None
    max_size_mb: int | None = None
    file_types: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    max_packages: int | None = None
    indicators: tuple[Indicator, ...] = ()
    max_own: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """`per_partner` sections are answered by each organisation for itself."""

    code: str
    title: str
    guidance: str
    per_partner: bool
    questions: tuple[Question, ...]
    show_if: Condition | None = None

    def question(self, code: str) -> Question:
        return next(question for question in self.questions if question.code == code)


@dataclass(frozen=True, slots=True)
class FormDefinition:
    sections: tuple[Section, ...]
    version: int = VERSION

    def section(self, code: str) -> Section:
        return next(section for section in self.sections if section.code == code)
