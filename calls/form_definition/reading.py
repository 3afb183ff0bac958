"""Reading a definition from JSON: strict, and every mistake is named by its exact place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from calls.form_definition.conditions import check_conditions
from calls.form_definition.kinds import FILE_TYPES, KINDS, WHOLE_SETTINGS
from calls.form_definition.shapes import (
    VERSION,
    Category,
    Condition,
    DefinitionError,
    FormDefinition,
    Indicator,
    Option,
    Question,
    Section,
)

Row = TypeVar("Row", Category, Indicator)
CODE = re.compile(r"[a-z][a-z0-9_]{0,49}")
FLAT_RATE_DECIMALS = 4
UNIT_COST_MAX = 1_000_000  # EUR

_FORM_KEYS = frozenset({"version", "sections"})
_SECTION_KEYS = frozenset({"code", "title", "guidance", "per_partner", "questions", "show_if"})
_QUESTION_KEYS = frozenset({"code", "kind", "label", "guidance", "required", "show_if"})
_OPTION_KEYS = frozenset({"value", "label"})
_CONDITION_KEYS = frozenset({"question", "is"})
_CATEGORY_KEYS = frozenset({"code", "label", "guidance", "rate", "max_share", "flat_rate", "of", "unit_cost", "unit"})
_INDICATOR_KEYS = frozenset({"code", "label", "unit"})


def parse(definition: Any) -> FormDefinition:
    """Read a definition.

    Raises:
        DefinitionError: anything wrong, with the exact place.
    """
    form = _mapping(definition, "", _FORM_KEYS)
    version = form.get("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        raise DefinitionError("version", f"must be {VERSION}")
    sections = tuple(_section(raw, f"sections[{i}]") for i, raw in enumerate(_list(form, "sections", "")))
    _distinct([section.code for section in sections], "sections", "code")
    read = FormDefinition(sections, VERSION)
    check_conditions(read)
    return read


def _section(raw: Any, path: str) -> Section:
    section = _mapping(raw, path, _SECTION_KEYS)
    per_partner = _flag(section, "per_partner", path, default=False)
    questions = tuple(
        _question(one, f"{path}.questions[{i}]", per_partner=per_partner)
        for i, one in enumerate(_list(section, "questions", path))
    )
    _distinct([question.code for question in questions], f"{path}.questions", "code")
    return Section(
        code=_code(section, path),
        title=_text(section, "title", path),
        guidance=_text(section, "guidance", path, default=""),
        per_partner=per_partner,
        questions=questions,
        show_if=_condition(section, path),
    )


def _question(raw: Any, path: str, *, per_partner: bool) -> Question:
    if not isinstance(raw, Mapping):
        raise DefinitionError(path, "must be an object")
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise DefinitionError(f"{path}.kind", f"must be one of {', '.join(KINDS)}")
    question = _mapping(raw, path, _QUESTION_KEYS | KINDS[kind].settings)
    for needed in sorted(KINDS[kind].needs - set(question)):
        raise DefinitionError(f"{path}.{needed}", f"is needed for a question of kind {kind}")
    if KINDS[kind].only_per_partner and not per_partner:
        raise DefinitionError(f"{path}.kind", f"{kind} stands only in a section that each partner answers for itself")
    minimum, maximum = _bounds(question, path)
    return Question(
        code=_code(question, path),
        kind=kind,
        label=_text(question, "label", path),
        guidance=_text(question, "guidance", path, default=""),
        required=_flag(question, "required", path, default=True),
        max_length=_max_length(question, path),
        minimum=minimum,
        maximum=maximum,
        options=_options(question, path),
        show_if=_condition(question, path),
        **_own_settings(question, kind, path),
    )


def _bounds(question: Mapping[str, Any], path: str) -> tuple[Decimal | None, Decimal | None]:
    minimum, maximum = (_number(question, key, path) for key in ("minimum", "maximum"))
    if minimum is not None and maximum is not None and minimum > maximum:
        raise DefinitionError(f"{path}.maximum", "must not be below minimum")
    return minimum, maximum


def _max_length(question: Mapping[str, Any], path: str) -> int | None:
    value = question.get("max_length")
    if value is None:
        if "max_length" in question:
            raise DefinitionError(f"{path}.max_length", "must be a whole number above 0")
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise DefinitionError(f"{path}.max_length", "must be a whole number above 0")
    return value


def _options(question: Mapping[str, Any], path: str) -> tuple[Option, ...]:
    if "options" not in question:
        return ()
    options = tuple(_option(raw, f"{path}.options[{i}]") for i, raw in enumerate(_list(question, "options", path)))
    _distinct([option.value for option in options], f"{path}.options", "value")
    return options


def _option(raw: Any, path: str) -> Option:
    option = _mapping(raw, path, _OPTION_KEYS)
    return Option(_text(option, "value", path), _text(option, "label", path))


def _condition(holder: Mapping[str, Any], path: str) -> Condition | None:
    if "show_if" not in holder:
        return None
    place = f"{path}.show_if"
    condition = _mapping(holder["show_if"], place, _CONDITION_KEYS)
    wanted = condition.get("is")
    given = wanted if isinstance(wanted, list) else [wanted]
    values = [value for value in given if isinstance(value, str | bool)]
    if not values or len(values) < len(given):
        raise DefinitionError(f"{place}.is", "must be true, false, the value of an option, or a list of these")
    if any(value in values[:index] for index, value in enumerate(values)):
        raise DefinitionError(f"{place}.is", "names a value twice")
    return Condition(_text(condition, "question", place), tuple(values))


def _own_settings(question: Mapping[str, Any], kind: str, path: str) -> dict[str, Any]:
    """The settings of one kind only, with what counts when the question does not say."""
    settings = KINDS[kind].settings
    found: dict[str, Any] = {name: _whole(question, name, path) for name in WHOLE_SETTINGS if name in settings}
    if "file_types" in settings:
        found["file_types"] = _file_types(question, path)
    if "categories" in settings:
        found["categories"] = _categories(question, path)
    if "indicators" in settings:
        found["indicators"] = _indicators(question, path, max_own=found["max_own"])
    return found


def _whole(question: Mapping[str, Any], key: str, path: str) -> int:
    low, high, default = WHOLE_SETTINGS[key]
    value = question.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise DefinitionError(f"{path}.{key}", f"must be a whole number from {low} to {high}")
    return value


def _file_types(question: Mapping[str, Any], path: str) -> tuple[str, ...]:
    if "file_types" not in question:
        return ("pdf",)
    types = _list(question, "file_types", path)
    for index, one in enumerate(types):
        if one not in FILE_TYPES:
            raise DefinitionError(f"{path}.file_types[{index}]", f"must be one of {', '.join(FILE_TYPES)}")
        if one in types[:index]:
            raise DefinitionError(f"{path}.file_types[{index}]", f"“{one}” is used twice")
    return tuple(types)


def _rows(question: Mapping[str, Any], key: str, path: str, read: Callable[[Any, str], Row]) -> tuple[Row, ...]:
    rows = tuple(read(raw, f"{path}.{key}[{i}]") for i, raw in enumerate(_list(question, key, path)))
    _distinct([row.code for row in rows], f"{path}.{key}", "code")
    return rows


def _categories(question: Mapping[str, Any], path: str) -> tuple[Category, ...]:
    rows = _rows(question, "categories", path, _category)
    sorts = {row.code: row.is_flat for row in rows}
    if all(sorts.values()):
        raise DefinitionError(f"{path}.categories", "are all flat rates: nothing is left that they are a share of")
    for i, row in enumerate(rows):
        for j, code in enumerate(row.of):
            if reason := _no_base(row, code, sorts):
                raise DefinitionError(f"{path}.categories[{i}].of[{j}]", reason)
    return rows


def _no_base(row: Category, code: str, is_flat: Mapping[str, bool]) -> str:
    """Why a flat rate cannot be a share of the category `code`; empty when it can."""
    if code not in is_flat:
        return f"“{code}” is no category of this table"
    if code == row.code:
        return "a flat rate cannot be a share of itself"
    return f"“{code}” is a flat rate itself" if is_flat[code] else ""


def _category(raw: Any, path: str) -> Category:
    row = _mapping(raw, path, _CATEGORY_KEYS)
    category = Category(
        code=_code(row, path),
        label=_text(row, "label", path),
        guidance=_text(row, "guidance", path, default=""),
        rate=_share(row, "rate", path),
        max_share=_share(row, "max_share", path),
        flat_rate=_flat_rate(row, path),
        of=_codes_of_bases(row, path),
        unit_cost=_unit_cost(row, path),
        unit=_text(row, "unit", path, default=""),
    )
    if category.is_flat and category.is_in_units:
        raise DefinitionError(f"{path}.unit_cost", "and flat_rate do not go together: an amount is worked out one way")
    if category.of and not category.is_flat:
        raise DefinitionError(f"{path}.of", "names categories, but there is no flat_rate")
    if category.is_in_units != bool(category.unit.strip()):
        raise DefinitionError(f"{path}.unit", "is what unit_cost is paid for, e.g. day: both are needed, or neither")
    return category


def _flat_rate(row: Mapping[str, Any], path: str) -> Decimal | None:
    rate = _number(row, "flat_rate", path)
    if rate is not None and (not 0 < rate <= 1 or _decimals(rate) > FLAT_RATE_DECIMALS):
        reason = f"must be a share above 0, at most 1, with {FLAT_RATE_DECIMALS} decimals at most, e.g. 0.07 for 7 %"
        raise DefinitionError(f"{path}.flat_rate", reason)
    return rate


def _codes_of_bases(row: Mapping[str, Any], path: str) -> tuple[str, ...]:
    codes = row.get("of", [])
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise DefinitionError(f"{path}.of", "must be a list of codes of categories")
    for index, code in enumerate(codes):
        if code in codes[:index]:
            raise DefinitionError(f"{path}.of[{index}]", f"“{code}” is used twice")
    return tuple(codes)


def _unit_cost(row: Mapping[str, Any], path: str) -> Decimal | None:
    cost = _number(row, "unit_cost", path)
    if cost is not None and (not 0 < cost <= UNIT_COST_MAX or _decimals(cost) > 2):
        raise DefinitionError(f"{path}.unit_cost", f"must be an amount in euros, above 0 and at most {UNIT_COST_MAX:,}")
    return cost


def _decimals(number: Decimal) -> int:
    """How many decimals are needed to write it."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _share(row: Mapping[str, Any], key: str, path: str) -> Decimal | None:
    share = _number(row, key, path)
    if share is not None and not 0 <= share <= 1:
        raise DefinitionError(f"{path}.{key}", "must be a share from 0 to 1, e.g. 0.5 for half")
    return share


def _indicators(question: Mapping[str, Any], path: str, *, max_own: int) -> tuple[Indicator, ...]:
    if question.get("indicators", []) == []:
        if max_own == 0:
            raise DefinitionError(f"{path}.indicators", "names none, and max_own allows none: nothing would be asked")
        return ()
    return _rows(question, "indicators", path, _indicator)


def _indicator(raw: Any, path: str) -> Indicator:
    row = _mapping(raw, path, _INDICATOR_KEYS)
    return Indicator(_code(row, path), _text(row, "label", path), _text(row, "unit", path, default=""))


def _mapping(raw: Any, path: str, allowed: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise DefinitionError(path, "must be an object")
    for key in raw:
        if key not in allowed:
            raise DefinitionError(_join(path, str(key)), "is not known here")
    return raw


def _list(holder: Mapping[str, Any], key: str, path: str) -> Sequence[Any]:
    value = holder.get(key)
    if not isinstance(value, list) or not value:
        raise DefinitionError(_join(path, key), "must be a list with at least one entry")
    return value


def _code(holder: Mapping[str, Any], path: str) -> str:
    code = holder.get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        reason = "must start with a small letter and hold only small letters, digits and _ (50 at most)"
        raise DefinitionError(f"{path}.code", reason)
    return code


def _text(holder: Mapping[str, Any], key: str, path: str, default: str | None = None) -> str:
    value = holder.get(key, default)
    if not isinstance(value, str):
        raise DefinitionError(_join(path, key), "must be a text")
    if default is None and not value.strip():
        raise DefinitionError(_join(path, key), "must not be empty")
    return value


def _flag(holder: Mapping[str, Any], key: str, path: str, *, default: bool) -> bool:
    value = holder.get(key, default)
    if not isinstance(value, bool):
        raise DefinitionError(_join(path, key), "must be true or false")
    return value


def _number(holder: Mapping[str, Any], key: str, path: str) -> Decimal | None:
    """Read a bound: a JSON whole number, or a text such as "0.5" (JSON fractions are floats, so not exact)."""
    if key not in holder:
        return None
    value = holder[key]
    try:
        number = Decimal(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise DefinitionError(_join(path, key), "must be a whole number, or a decimal number as text")
    return number


def _distinct(values: Sequence[str], path: str, key: str) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise DefinitionError(f"{path}[{index}].{key}", f"“{value}” is used twice")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
