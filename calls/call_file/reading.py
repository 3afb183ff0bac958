"""Reading the file of a call, and telling all that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from calls import yaml_tree
from calls.call_file.kinds import TIE_BREAKS, Kind, Wrong
from calls.call_file.table import APART, GROUPS, TABLES, TOP, VERSION, CallFile, Setting
from calls.coherence import Clash, Rows, clashes
from calls.form_definition import DefinitionError, FormDefinition, parse
from calls.yaml_tree import CallFileError, Listing, Node, Problem, Scalar, read_tree

#: Where a setting or a list of rows stands in the file, by the name of its field.
PLACES = {setting.name: f"{group}.{setting.key}" for group, table in GROUPS.items() for setting in table} | {
    table.name: table.key for table in TABLES
}


def parse_call_file(
    text: bytes | str, *, sectors: Collection[str] | None = None, country_lists: Collection[str] | None = None
) -> CallFile:
    """Read a call from a file; where `sectors` or `country_lists` are given, no others may be named.

    Raises:
        CallFileError: anything wrong, each with its place, line and reason.
    """
    return _Reader(read_tree(text), sectors, country_lists).call_file()


class _Reader:
    """Walks the tree and gathers what is wrong, so that people see all of it at once."""

    def __init__(self, tree: Node, known_sectors: Collection[str] | None, known_lists: Collection[str] | None) -> None:
        self.tree = tree
        self.known_sectors = known_sectors
        self.known_lists = known_lists
        self.problems: list[Problem] = []

    def call_file(self) -> CallFile:
        top = self.entries(self.tree, "", TOP)
        if self.problems and not top:
            raise CallFileError(self.problems)
        self.check_version(top)
        found: dict[str, Any] = {}
        for group, table in GROUPS.items():
            found |= self.settings(top.get(group), group, table)
        rows = {table.name: self.rows(top.get(table.key), table.key, table.columns, table.most) for table in TABLES}
        form = self.form(top.get("form"))
        if not self.problems:
            self.check_together(found, rows)
        if self.problems or form is None:
            raise CallFileError(sorted(self.problems, key=lambda problem: problem.line))
        apart = {name: _fixed(found.pop(name)) for name in APART}
        listed: dict[str, Any] = {name: tuple(some) for name, some in rows.items()}
        return CallFile(settings=found, form=form, **apart, **listed)

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
                place = joined(path, key[:60])
                words = _("is not known here. Known are: %(known)s.")
                self.wrong(place, words % {"known": ", ".join(known)}, node.key_lines[key])
        return node.entries

    def settings(self, node: Node | None, path: str, table: tuple[Setting, ...]) -> dict[str, Any]:
        entries = self.entries(node, path, [setting.key for setting in table])
        if not entries and not isinstance(node, yaml_tree.Mapping):
            return {}
        return {
            setting.name: self.setting(entries.get(setting.key), joined(path, setting.key), setting)
            for setting in table
        }

    def setting(self, node: Node | None, path: str, setting: Setting) -> Any:
        if setting.is_list:
            return self.values(node, path, setting.kind)
        if node is None or (isinstance(node, Scalar) and node.is_null):
            if not setting.is_optional:
                self.wrong(path, _("is missing."))
            return setting.default
        return self.value(node, path, setting.kind)

    def values(self, node: Node | None, path: str, kind: Kind) -> list[Any]:
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

    def value(self, node: Node, path: str, kind: Kind) -> Any:
        if not isinstance(node, Scalar):
            self.wrong(path, _("must be a single value."))
            return None
        try:
            return kind.read(node.text)
        except Wrong as wrong:
            self.wrong(path, str(wrong))
            return None

    def rows(self, node: Node | None, path: str, table: tuple[Setting, ...], most: int) -> list[dict[str, Any]]:
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
            self.wrong(joined("form", error.path), f"{error.reason}.")
            return None

    def plain(self, node: Node, path: str) -> Any:
        """Questions as JSON: unquoted whole numbers and true, false and null are what they say, the rest is text."""
        if isinstance(node, Listing):
            return [self.plain(item, f"{path}[{index}]") for index, item in enumerate(node.items)]
        if isinstance(node, yaml_tree.Mapping):
            return {key: self.plain(item, joined(path, key)) for key, item in node.entries.items()}
        if node.is_null:
            return None
        if node.is_plain and re.fullmatch(r"-?(0|[1-9][0-9]*)", node.text):
            if len(node.text) > 15:
                raise DefinitionError(path.removeprefix("form").removeprefix("."), _("is too large a number"))
            return int(node.text)
        return {"true": True, "false": False}.get(node.text, node.text) if node.is_plain else node.text

    def check_together(self, found: Mapping[str, Any], rows: Mapping[str, list[dict[str, Any]]]) -> None:
        if found["opens"] and found["closes"] and found["opens"] >= found["closes"]:
            self.wrong("call.closes", _("the call must close after it opens."))
        cut_offs = [{"closes_at": wall} for wall in found["cut_offs"]]
        settings = {**found, "opens_at": found["opens"], "closes_at": found["closes"]}
        given = {name: rows[name] for name in ("project_roles", "topics", "stages")}
        for clash in clashes(settings, Rows(cut_offs=cut_offs, **given)):
            self.wrong(_place_of(clash), clash.reason)
        self.check_criteria(found["tie_breaks"], rows["criteria"])
        for index, sector in enumerate(found["sectors"]):
            self.check_known(f"applicants.sectors[{index}]", sector, self.known_sectors, _unknown_sector)
        if found["country_list"]:
            self.check_known("applicants.list_of_countries", found["country_list"], self.known_lists, _unknown_list)

    def check_known(self, path: str, code: str, known: Collection[str] | None, words: Any) -> None:
        if known is not None and code not in known:
            self.wrong(path, words() % {"code": code, "known": ", ".join(sorted(known))})

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


def joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path and key else path or key


def _place_of(clash: Clash) -> str:
    place = PLACES[clash.name]
    if clash.index is None:
        return place
    has_columns = clash.name in {table.name for table in TABLES}
    return f"{place}[{clash.index}]" + (f".{clash.key}" if has_columns else "")


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unknown_sector() -> str:
    return _("the portal knows no sector “%(code)s”. It knows: %(known)s.")


def _unknown_list() -> str:
    return _("the portal knows no list of countries “%(code)s”. It knows: %(known)s.")
