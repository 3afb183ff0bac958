"""A group as JSON: what the SME test reads from a file and what an organisation keeps of its group.

A case holds `applicant` (a code), `enterprises` ({code: …}), `holdings` ([{"holder", "held", "capital_pct",
"voting_pct"?}]; the votes equal the capital where they are not given), `exempt` (codes of excepted investors) and `links`
([[code, code, …]] or [{"between": [code, code]}]: links known otherwise). An enterprise holds `headcount` (annual work
units), `turnover_eur`, `balance_sheet_eur`, and may hold:

- `name`;
- `investor_type`: one of `applications.sme.InvestorType`; with `invested_eur` (business angel), `budget_eur` and
  `inhabitants` (local authority) where the exception depends on them; `public_body` is never excepted;
- `public_pct`: per cent held by public bodies that are not in the group themselves;
- `consolidated`: {"headcount", "turnover_eur", "balance_sheet_eur", "includes": [codes]}, accounts that already hold the
  figures of the enterprise itself and of those named;
- `periods`: the closed periods before the latest, newest first, each with the three figures.

The case itself may hold `ownership_changed`: true, after which earlier periods do not protect the status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from applications.sme.group import Consolidated, Enterprise, Figures, Group, GroupError, Holding
from applications.sme.judgement import NAMES, Judgement, judge

DIGITS_MAX = 15  # before the point; nobody has a thousand billion euros
SIZE_MAX = 300  # enterprises or holdings; the largest groups of applicants have a few dozen


def group_of(case: Any) -> Group:
    """Read a group.

    Raises:
        GroupError: the first thing that is wrong, with its place.
    """
    case = _mapping(case, "")
    enterprises = _mapping(case.get("enterprises"), "enterprises")
    return Group(
        applicant=_text(case.get("applicant"), "applicant"),
        enterprises={code: _enterprise(code, one) for code, one in _limited(enterprises, "enterprises").items()},
        holdings=tuple(_holding(one, f"holdings[{i}]") for i, one in enumerate(_list(case, "holdings", ""))),
        links=tuple(_link(one, f"links[{i}]") for i, one in enumerate(_list(case, "links", ""))),
        exempt=frozenset(_text(one, "exempt") for one in _list(case, "exempt", "")),
        has_new_owner=case.get("ownership_changed") is True,
    )


def _enterprise(code: str, raw: Any) -> Enterprise:
    path = f"enterprises.{code}"
    one = _mapping(raw, path)
    inhabitants = _number(one, "inhabitants", path)
    return Enterprise(
        code=code,
        figures=_figures(one, path),
        name=_text(one.get("name", ""), f"{path}.name", may_be_empty=True),
        earlier=tuple(
            _figures(_mapping(period, f"{path}.periods[{i}]"), f"{path}.periods[{i}]")
            for i, period in enumerate(_list(one, "periods", path))
        ),
        consolidated=_consolidated(one.get("consolidated"), f"{path}.consolidated"),
        investor_type=_text(one.get("investor_type") or "", f"{path}.investor_type", may_be_empty=True),
        public_pct=_number(one, "public_pct", path) or Decimal(0),
        invested_eur=_number(one, "invested_eur", path),
        budget_eur=_number(one, "budget_eur", path),
        inhabitants=None if inhabitants is None else int(inhabitants),
    )


def _consolidated(raw: Any, path: str) -> Consolidated | None:
    if not raw:
        return None
    one = _mapping(raw, path)
    includes = frozenset(_text(code, f"{path}.includes") for code in _list(one, "includes", path))
    return Consolidated(_figures(one, path), includes)


def _figures(one: Mapping[str, Any], path: str) -> Figures:
    return Figures(*(_number(one, name, path) for name in NAMES))


def _holding(raw: Any, path: str) -> Holding:
    one = _mapping(raw, path)
    capital, votes = _number(one, "capital_pct", path), _number(one, "voting_pct", path)
    if capital is None and votes is None:
        raise GroupError(f"{path}.capital_pct", "is missing")
    return Holding(
        holder=_text(one.get("holder"), f"{path}.holder"),
        held=_text(one.get("held"), f"{path}.held"),
        capital_pct=capital if capital is not None else votes or Decimal(0),
        voting_pct=votes if votes is not None else capital or Decimal(0),
    )


def _link(raw: Any, path: str) -> frozenset[str]:
    codes = raw.get("between") or [raw.get("a"), raw.get("b")] if isinstance(raw, Mapping) else raw
    if not isinstance(codes, list | tuple):
        raise GroupError(path, "must name two enterprises")
    return frozenset(_text(code, path) for code in codes)


def _mapping(raw: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise GroupError(path or "case", "must be an object")
    return raw


def _limited(raw: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    if len(raw) > SIZE_MAX:
        raise GroupError(path, f"holds more than {SIZE_MAX} entries")
    return raw


def _list(one: Mapping[str, Any], key: str, path: str) -> Sequence[Any]:
    raw = one.get(key) or []
    place = f"{path}.{key}" if path else key
    if not isinstance(raw, list | tuple):
        raise GroupError(place, "must be a list")
    if len(raw) > SIZE_MAX:
        raise GroupError(place, f"holds more than {SIZE_MAX} entries")
    return raw


def _text(raw: Any, path: str, *, may_be_empty: bool = False) -> str:
    if not isinstance(raw, str) or not (raw or may_be_empty) or not is_writable(raw):
        raise GroupError(path, "must be a text")
    return raw


def is_writable(text: str) -> bool:
    """JSON can name halves of characters, which nothing can write."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _number(one: Mapping[str, Any], key: str, path: str) -> Decimal | None:
    """JSON fractions are floats; their shortest text is what was written."""
    raw = one.get(key)
    if raw is None or raw == "":
        return None
    try:
        number = (
            Decimal(str(raw)) if isinstance(raw, int | float | str | Decimal) and not isinstance(raw, bool) else None
        )
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number.adjusted() >= DIGITS_MAX:
        raise GroupError(f"{path}.{key}", "must be a number")
    return number


# --- Telling ------------------------------------------------------------------------------------


def told(case: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one case as JSON: shares of what counts, totals, category (null: unknown) and the explanation.

    Raises:
        GroupError: the case is wrong, with the place.
    """
    judgement = judge(group_of(case))
    return {
        "id": case.get("id"),
        "shares": {member.code: _figure(member.share) for member in judgement.counted},
        **{name: _figure(getattr(judgement.total, name)) for name in NAMES},
        "category": judgement.category.value if judgement.category else None,
        "explanation": explanation(judgement),
    }


def explanation(judgement: Judgement) -> list[str]:
    lines = [f"{member.title}: {member.reason}" for member in judgement.members]
    return lines + list(judgement.notes)


def _figure(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
