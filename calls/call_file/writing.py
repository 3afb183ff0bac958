"""A call written in the one normal form of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from calls.call_file.kinds import Figure
from calls.call_file.table import APART, GROUPS, TABLES, VERSION, CallFile, Setting
from calls.form_definition import to_json

HEAD = "# A call of the Eurocluster portal. Amounts are in euro, shares in per cent, instants in Brussels time.\n"


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


def _figure_node(dumper: _Dumper, figure: Figure) -> yaml.ScalarNode:
    return dumper.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in figure else 'int'}", str(figure))


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(Figure, _figure_node)


#: Lists that stand in the file even when they are empty.
ALWAYS = ("criteria", "instalments")


def write_call_file(call_file: CallFile) -> str:
    """Write a call in the one normal form of the file."""
    found = {**call_file.settings, **{name: getattr(call_file, name) for name in APART}}
    parts: list[dict[str, Any]] = [
        {"eurocluster_call": VERSION},
        *({group: _written(found, table)} for group, table in GROUPS.items()),
        *(
            {table.key: [_written(row, table.columns) for row in getattr(call_file, table.name)]}
            for table in TABLES
            if getattr(call_file, table.name) or table.key in ALWAYS
        ),
        {"form": to_json(call_file.form)},
    ]
    return HEAD + "\n".join(_dumped(part) for part in parts)


def _written(found: Mapping[str, Any], table: tuple[Setting, ...]) -> dict[str, Any]:
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
