"""A call as one readable file, and back.

Amounts are written "52000.00 EUR", shares "40 %", instants "2027-06-01 17:00" in Brussels time, so that every value is
exact and says its unit. What a file may hold stands in one table, `GROUPS`; the order of the table is the order of the
file. `parse_call_file(write_call_file(f)) == f`, and writing again gives the same text.

Not in the file: what belongs to one Eurocluster or one edition alone (status, publication, where values come from).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import yaml
from django.utils.translation import gettext as _

from calls import countries, yaml_tree
from calls.form_definition import DefinitionError, FormDefinition, parse, to_json
from calls.phases import LostHour, brussels_instant
from calls.states import EdgeRule, InstalmentTrigger, ProposalsPerSme, Strand, SupportKind
from calls.yaml_tree import CallFileError, Listing, Node, Problem, Scalar, read_tree

__all__ = ["CallFile", "CallFileError", "Problem", "parse_call_file", "write_call_file"]

VERSION = 1
MAX_CRITERIA, MAX_INSTALMENTS = 10, 6
HUNDRED = Decimal(100)
TIE_BREAKS = frozenset({"uncovered_topics", "country_balance", "earlier_submission"})
HEAD = "# A call of the Eurocluster portal. Amounts are in euro, shares in per cent, instants in Brussels time.\n"


@dataclass(frozen=True, slots=True)
class CallFile:
    """`settings` are fields of a call by their names; `opens` and `closes` are Brussels wall time; sectors are codes."""

    settings: Mapping[str, Any]
    budget_line: str | None
    opens: datetime | None
    closes: datetime | None
    sectors: tuple[str, ...]
    criteria: tuple[Mapping[str, Any], ...]
    instalments: tuple[Mapping[str, Any], ...]
    form: FormDefinition


# --- Kinds of values --------------------------------------------------------------------------


class _Wrong(ValueError):
    """A single value is wrong; the reason is for people."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a value stands in the file: `read` takes its text or raises _Wrong, `write` gives something YAML can hold."""

    read: Callable[[str], Any]
    write: Callable[[Any], Any] = lambda value: value


def _as_text(most: int) -> _Kind:
    def read(text: str) -> str:
        if not text.strip():
            raise _Wrong(_("must not be empty."))
        if len(text) > most:
            raise _Wrong(_("has %(length)s characters; at most %(most)s.") % {"length": len(text), "most": most})
        return text

    return _Kind(read)


def _as_slug(most: int) -> _Kind:
    def read(text: str) -> str:
        if not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{most}}}", text):
            raise _Wrong(_("must be letters, digits and hyphens, at most %(most)s.") % {"most": most})
        return text

    return _Kind(read)


def _as_choice(values: Collection[str]) -> _Kind:
    def read(text: str) -> str:
        if text not in values:
            raise _Wrong(_("must be one of: %(values)s.") % {"values": ", ".join(values)})
        return text

    return _Kind(read, str)


def _as_flag() -> _Kind:
    def read(text: str) -> bool:
        if text not in ("true", "false"):
            raise _Wrong(_("must be true or false."))
        return text == "true"

    return _Kind(read)


def _as_count(least: int = 1, most: int = 1000) -> _Kind:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,5}", text) or not least <= int(text) <= most:
            raise _Wrong(_("must be a whole number from %(least)s to %(most)s.") % {"least": least, "most": most})
        return int(text)

    return _Kind(read)


def _as_number(least: str, most: str, places: int) -> _Kind:
    low, high = Decimal(least), Decimal(most)

    def read(text: str) -> Decimal:
        if not re.fullmatch(rf"[0-9]{{1,6}}(\.[0-9]{{1,{places}}})?", text) or not low <= Decimal(text) <= high:
            words = _("must be a number from %(least)s to %(most)s with at most %(places)s decimals.")
            raise _Wrong(words % {"least": least, "most": most, "places": places})
        return Decimal(text)

    return _Kind(read, lambda value: _Figure(_plain(value)))


def _as_euros(least: str = "0") -> _Kind:
    def read(text: str) -> Decimal:
        found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,2})?)(?: ?EUR)?", text)
        if not found or Decimal(found[1]) < Decimal(least):
            words = _(
                "must be an amount from %(least)s EUR, such as 52000.00 EUR: no other signs, at most two decimals."
            )
            raise _Wrong(words % {"least": least})
        return Decimal(found[1]).quantize(Decimal("0.01"))

    return _Kind(read, lambda value: f"{value:.2f} EUR")


def _as_share(least: str = "0") -> _Kind:
    def read(text: str) -> Decimal:
        found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?) ?%", text)
        if not found or not Decimal(least) <= Decimal(found[1]) <= HUNDRED:
            words = _("must be a share from %(least)s %% to 100 %%, such as 40 %% or 12.5 %%.")
            raise _Wrong(words % {"least": least})
        return Decimal(found[1]) / HUNDRED

    return _Kind(read, lambda value: f"{_plain(value * HUNDRED)} %")


def _as_instant() -> _Kind:
    return _Kind(_read_instant, _write_instant)


_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{6})?)?)")


def _read_instant(text: str) -> datetime:
    found = _INSTANT.fullmatch(text)
    try:
        if not found:
            raise ValueError(text)
        day, clock = date.fromisoformat(found[1]), time.fromisoformat(found[2])
        brussels_instant(day, clock)
    except LostHour as lost:
        raise _Wrong(
            _("this time does not exist on that day: the clocks in Brussels are put forward over it.")
        ) from lost
    except OverflowError as far:
        raise _Wrong(_("this day is too far away.")) from far
    except ValueError as error:
        raise _Wrong(_("must be a day and a time in Brussels, such as 2027-06-01 17:00.")) from error
    return datetime.combine(day, clock)


def _write_instant(wall: datetime) -> str:
    is_whole = not wall.second and not wall.microsecond
    return wall.isoformat(sep=" ", timespec="minutes" if is_whole else "auto")


def _read_tie_break(text: str) -> str:
    if text not in TIE_BREAKS and not re.fullmatch(r"criterion:[A-Za-z0-9_-]{1,30}", text):
        words = _("must be one of: %(values)s, or criterion: with the code of a criterion.")
        raise _Wrong(words % {"values": ", ".join(sorted(TIE_BREAKS))})
    return text


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


# --- What a file holds ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Setting:
    """One key of the file and the name of the field behind it. A list may be left out; so may what is optional."""

    key: str
    name: str
    kind: _Kind
    is_optional: bool = False
    is_list: bool = False


_COUNTRY = _as_choice(sorted(code for code, _name in countries.choices()))
GROUPS: dict[str, tuple[_Setting, ...]] = {
    "call": (
        _Setting("title", "title", _as_text(200)),
        _Setting("code", "code", _as_slug(60)),
        _Setting("summary", "summary", _as_text(400)),
        _Setting("strand", "strand", _as_choice(Strand.values)),
        _Setting("budget_line", "budget_line", _as_slug(60), is_optional=True),
        _Setting("opens", "opens", _as_instant(), is_optional=True),
        _Setting("closes", "closes", _as_instant(), is_optional=True),
        _Setting("description", "description", _as_text(20_000)),
    ),
    "support": (
        _Setting("kind", "support_kind", _as_choice(SupportKind.values)),
        _Setting("smallest", "support_min_eur", _as_euros(), is_optional=True),
        _Setting("largest", "support_max_eur", _as_euros("0.01")),
        _Setting("share_of_costs", "funding_rate", _as_share("0.01")),
        _Setting("ceiling_per_sme", "sme_ceiling_eur", _as_euros()),
        _Setting("awards_at_most", "awards_max", _as_count(), is_optional=True),
    ),
    "applicants": (
        _Setting("partners_at_least", "partners_min", _as_count()),
        _Setting("partners_at_most", "partners_max", _as_count(), is_optional=True),
        _Setting("smes_only", "is_sme_only", _as_flag()),
        _Setting("others_join_unpaid", "others_join_unpaid", _as_flag()),
        _Setting("proposals_per_sme", "proposals_per_sme", _as_choice(ProposalsPerSme.values)),
        _Setting("sectors", "sectors", _as_slug(60), is_list=True),
        _Setting("different_sectors_at_least", "sectors_min_distinct", _as_count(0)),
        _Setting("different_countries_at_least", "countries_min_distinct", _as_count(0)),
        _Setting("at_least_one_from", "countries_one_of", _COUNTRY, is_list=True),
        _Setting("all_from", "countries_allowed", _COUNTRY, is_list=True),
    ),
    "project": (
        _Setting("months_at_least", "duration_min_months", _as_count(0), is_optional=True),
        _Setting("months_at_most", "duration_max_months", _as_count(), is_optional=True),
        _Setting("readiness_rise_at_least", "trl_rise_min", _as_count(0, 9), is_optional=True),
    ),
    "evaluation": (
        _Setting("experts_per_application", "reviews_per_application", _as_count()),
        _Setting("points_at_least", "total_threshold", _as_number("0", "9999.99", 2), is_optional=True),
        _Setting("third_expert_from_difference", "divergence_rate", _as_share(), is_optional=True),
        _Setting("at_the_edge_of_the_budget", "edge_rule", _as_choice(EdgeRule.values)),
        _Setting("tie_breaks", "tie_breaks", _Kind(_read_tie_break), is_list=True),
        _Setting("years_rejected_files_are_kept", "retention_years", _as_count(0)),
    ),
}
CRITERION = (
    _Setting("title", "title", _as_text(100)),
    _Setting("code", "code", _as_slug(40)),
    _Setting("weight", "weight", _as_share("0.01")),
    _Setting("best_mark", "scale_max", _as_number("0.5", "100", 1)),
    _Setting("step", "step", _as_number("0.1", "10", 1)),
    _Setting("threshold", "threshold", _as_number("0", "100", 1), is_optional=True),
    _Setting("guidance", "guidance", _as_text(500)),
)
INSTALMENT = (
    _Setting("due_on", "trigger", _as_choice(InstalmentTrigger.values)),
    _Setting("share", "rate", _as_share("0.01")),
)
TOP = ("eurocluster_call", *GROUPS, "criteria", "instalments", "form")
APART = ("budget_line", "opens", "closes", "sectors")


# --- Reading ----------------------------------------------------------------------------------


def parse_call_file(text: bytes | str, *, sectors: Collection[str] | None = None) -> CallFile:
    """Read a call from a file; where `sectors` are given, no others may be named.

    Raises:
        CallFileError: anything wrong, each with its place, line and reason.
    """
    return _Reader(read_tree(text), sectors).call_file()


class _Reader:
    """Walks the tree and gathers what is wrong, so that people see all of it at once."""

    def __init__(self, tree: Node, known_sectors: Collection[str] | None) -> None:
        self.tree = tree
        self.known_sectors = known_sectors
        self.problems: list[Problem] = []

    def call_file(self) -> CallFile:
        top = self.entries(self.tree, "", TOP)
        if self.problems and not top:
            raise CallFileError(self.problems)
        self.check_version(top)
        found: dict[str, Any] = {}
        for group, table in GROUPS.items():
            found |= self.settings(top.get(group), group, table)
        criteria = self.rows(top.get("criteria"), "criteria", CRITERION, MAX_CRITERIA)
        instalments = self.rows(top.get("instalments"), "instalments", INSTALMENT, MAX_INSTALMENTS)
        form = self.form(top.get("form"))
        if not self.problems:
            self.check_together(found, criteria)
        if self.problems or form is None:
            raise CallFileError(sorted(self.problems, key=lambda problem: problem.line))
        apart = {name: found.pop(name) for name in APART}
        return CallFile(
            settings=found,
            budget_line=apart["budget_line"],
            opens=apart["opens"],
            closes=apart["closes"],
            sectors=tuple(apart["sectors"]),
            criteria=tuple(criteria),
            instalments=tuple(instalments),
            form=form,
        )

    def wrong(self, path: str, reason: str, line: int | None = None) -> None:
        self.problems.append(Problem(path, line or yaml_tree.line_of(self.tree, path), reason))

    def check_version(self, top: Mapping[str, Node]) -> None:
        version = top.get("eurocluster_call")
        if not isinstance(version, Scalar) or version.text != str(VERSION):
            words = _("must be %(version)s: the file says so that it is a call, and in which version.")
            self.wrong("eurocluster_call", words % {"version": VERSION})

    def entries(self, node: Node | None, path: str, known: Collection[str]) -> Mapping[str, Node]:
        if node is None:
            self.wrong(path, _("is missing."))
            return {}
        if not isinstance(node, yaml_tree.Mapping):
            self.wrong(path, _("must hold keys and values, one on each line."))
            return {}
        for key in node.entries:
            if key not in known:
                place = _joined(path, key[:60])
                words = _("is not known here. Known are: %(known)s.")
                self.wrong(place, words % {"known": ", ".join(known)}, node.key_lines[key])
        return node.entries

    def settings(self, node: Node | None, path: str, table: tuple[_Setting, ...]) -> dict[str, Any]:
        entries = self.entries(node, path, [setting.key for setting in table])
        if not entries and not isinstance(node, yaml_tree.Mapping):
            return {}
        return {
            setting.name: self.setting(entries.get(setting.key), _joined(path, setting.key), setting)
            for setting in table
        }

    def setting(self, node: Node | None, path: str, setting: _Setting) -> Any:
        if setting.is_list:
            return self.values(node, path, setting.kind)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            if not setting.is_optional:
                self.wrong(path, _("is missing."))
            return None
        return self.value(node, path, setting.kind)

    def values(self, node: Node | None, path: str, kind: _Kind) -> list[Any]:
        if node is None:
            return []
        if not isinstance(node, Listing):
            self.wrong(path, _("must be a list."))
            return []
        values = [self.value(item, f"{path}[{index}]", kind) for index, item in enumerate(node.items)]
        seen: set[Any] = {None}
        for index, value in enumerate(values):
            if value is not None and value in seen:
                self.wrong(f"{path}[{index}]", _("“%(value)s” is used twice.") % {"value": value})
            seen.add(value)
        return values

    def value(self, node: Node, path: str, kind: _Kind) -> Any:
        if not isinstance(node, Scalar):
            self.wrong(path, _("must be a single value."))
            return None
        try:
            return kind.read(node.text)
        except _Wrong as wrong:
            self.wrong(path, str(wrong))
            return None

    def rows(self, node: Node | None, path: str, table: tuple[_Setting, ...], most: int) -> list[dict[str, Any]]:
        if node is None:
            return []
        if not isinstance(node, Listing):
            self.wrong(path, _("must be a list."))
            return []
        if len(node.items) > most:
            self.wrong(path, _("has %(count)s entries; at most %(most)s.") % {"count": len(node.items), "most": most})
            return []
        return [self.settings(item, f"{path}[{index}]", table) for index, item in enumerate(node.items)]

    def form(self, node: Node | None) -> FormDefinition | None:
        if node is None:
            self.wrong("form", _("is missing."))
            return None
        try:
            return parse(self.plain(node, "form"))
        except DefinitionError as error:
            self.wrong(_joined("form", error.path), f"{error.reason}.")
            return None

    def plain(self, node: Node, path: str) -> Any:
        """Questions as JSON: unquoted whole numbers and true, false and null are what they say, the rest is text."""
        if isinstance(node, Listing):
            return [self.plain(item, f"{path}[{index}]") for index, item in enumerate(node.items)]
        if isinstance(node, yaml_tree.Mapping):
            return {key: self.plain(item, _joined(path, key)) for key, item in node.entries.items()}
        if node.is_null:
            return None
        if node.is_plain and re.fullmatch(r"-?(0|[1-9][0-9]*)", node.text):
            if len(node.text) > 15:
                raise DefinitionError(path.removeprefix("form").removeprefix("."), _("is too large a number"))
            return int(node.text)
        return {"true": True, "false": False}.get(node.text, node.text) if node.is_plain else node.text

    def check_together(self, found: Mapping[str, Any], criteria: list[dict[str, Any]]) -> None:
        self.check_order(found, "support_min_eur", "support_max_eur", "support.smallest", _("is above the largest."))
        self.check_order(
            found, "partners_min", "partners_max", "applicants.partners_at_most", _("is below the fewest.")
        )
        self.check_order(
            found, "duration_min_months", "duration_max_months", "project.months_at_most", _("is below the shortest.")
        )
        if found["opens"] and found["closes"] and found["opens"] >= found["closes"]:
            self.wrong("call.closes", _("the call must close after it opens."))
        self.check_criteria(found["tie_breaks"], criteria)
        for index, sector in enumerate(found["sectors"]):
            if self.known_sectors is not None and sector not in self.known_sectors:
                words = _("the portal knows no sector “%(sector)s”. It knows: %(known)s.")
                known = ", ".join(sorted(self.known_sectors))
                self.wrong(f"applicants.sectors[{index}]", words % {"sector": sector, "known": known})

    def check_order(self, found: Mapping[str, Any], low: str, high: str, path: str, reason: str) -> None:
        if found[low] is not None and found[high] is not None and found[low] > found[high]:
            self.wrong(path, reason)

    def check_criteria(self, tie_breaks: list[str], criteria: list[dict[str, Any]]) -> None:
        codes = [criterion["code"] for criterion in criteria]
        for index, criterion in enumerate(criteria):
            if criterion["code"] in codes[:index]:
                self.wrong(f"criteria[{index}].code", _("“%(value)s” is used twice.") % {"value": criterion["code"]})
            if criterion["threshold"] is not None and criterion["threshold"] > criterion["scale_max"]:
                self.wrong(f"criteria[{index}].threshold", _("is above the best mark."))
        for index, step in enumerate(tie_breaks):
            if step not in TIE_BREAKS and step.removeprefix("criterion:") not in codes:
                words = _("names a criterion that the call does not have.")
                self.wrong(f"evaluation.tie_breaks[{index}]", words)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path and key else path or key


# --- Writing ----------------------------------------------------------------------------------


class _Figure(str):
    """A number as it is to stand in the file."""


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, texts of several lines as blocks, nothing shortened by references."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


#: Line breaks that only quotes with escapes bring back as they were.
_OTHER_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")


def _text_node(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    is_block = "\n" in text and text.strip() == text.rstrip("\n")
    style = '"' if _OTHER_BREAKS.search(text) else "|" if is_block else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _figure_node(dumper: _Dumper, figure: _Figure) -> yaml.ScalarNode:
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in figure else 'int'}", str(figure))


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(_Figure, _figure_node)


def write_call_file(call_file: CallFile) -> str:
    """Write a call in the one normal form of the file."""
    found = {
        **call_file.settings,
        "budget_line": call_file.budget_line,
        "opens": call_file.opens,
        "closes": call_file.closes,
        "sectors": call_file.sectors,
    }
    parts: list[dict[str, Any]] = [
        {"eurocluster_call": VERSION},
        *({group: _written(found, table)} for group, table in GROUPS.items()),
        {"criteria": [_written(row, CRITERION) for row in call_file.criteria]},
        {"instalments": [_written(row, INSTALMENT) for row in call_file.instalments]},
        {"form": to_json(call_file.form)},
    ]
    return HEAD + "\n".join(_dumped(part) for part in parts)


def _written(found: Mapping[str, Any], table: tuple[_Setting, ...]) -> dict[str, Any]:
    """What is not set is left out."""
    written: dict[str, Any] = {}
    for setting in table:
        value = found[setting.name]
        if setting.is_list:
            written[setting.key] = [setting.kind.write(one) for one in value]
        elif value is not None:
            written[setting.key] = setting.kind.write(value)
    return written


def _dumped(part: dict[str, Any]) -> str:
    return yaml.dump(part, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=False)
