"""YAML from strangers, read as a tree of plain texts that knows its lines.

Only the part of YAML that people need for a settings file is taken: mappings, lists and texts. Tags, anchors, aliases,
directives and several documents in one file are refused, so nothing is ever constructed and nothing can multiply. What
a text means is decided by whoever reads the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml
from django.utils.translation import gettext as _

MAX_BYTES = 200_000
MAX_DEPTH = 16

#: What PostgreSQL or UTF-8 cannot hold, however it is escaped in the file.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
#: What YAML does not allow to stand in a file as it is.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, at a place such as "criteria[0].weight" in a line; "" is the file as a whole."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        place = _("line %(line)s, %(path)s") if self.path else _("line %(line)s")
        return f"{place % {'line': self.line, 'path': self.path}}: {self.reason}"


class CallFileError(ValueError):
    """The file is refused; `problems` says where and why, `path`, `line` and `reason` are those of the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems
        self.path, self.line, self.reason = problems[0].path, problems[0].line, problems[0].reason


@dataclass(frozen=True, slots=True)
class Scalar:
    line: int
    text: str
    is_plain: bool

    @property
    def is_null(self) -> bool:
        return self.is_plain and self.text in ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Listing:
    line: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    line: int
    entries: dict[str, Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


Node = Scalar | Listing | Mapping


def read_tree(source: bytes | str) -> Node:
    """Read one YAML document.

    Raises:
        CallFileError: anything but one plain document of at most MAX_BYTES and MAX_DEPTH.
    """
    loader = yaml.SafeLoader(_decoded(source))  # only its events are read: nothing is constructed
    try:
        return _document(loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refused("", mark.line + 1 if mark else 1, str(error.problem or error.context)) from error
    finally:
        loader.dispose()


def line_of(tree: Node, path: str) -> int:
    """The line of a place, or of the nearest thing around it that is there."""
    node, line = tree, tree.line
    for index, key in _PART.findall(path):
        if isinstance(node, Mapping) and key in node.entries:
            line, node = node.key_lines[key], node.entries[key]
        elif isinstance(node, Listing) and index and int(index) < len(node.items):
            node = node.items[int(index)]
            line = node.line
        else:
            break
    return line


def _refused(path: str, line: int, reason: str) -> CallFileError:
    return CallFileError([Problem(path, line, reason)])


def _decoded(source: bytes | str) -> str:
    content = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(content) > MAX_BYTES:
        raise _refused("", 1, _("the file is larger than %(size)s kB.") % {"size": MAX_BYTES // 1000})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refused("", line, _("this is not a text in UTF-8.")) from error
    if strange := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        words = _("the character U+%(code)04X cannot stand in a text file.")
        raise _refused("", line, words % {"code": ord(strange.group())})
    return text


def _document(loader: yaml.SafeLoader) -> Node:
    loader.get_event()  # start of the stream
    if loader.check_event(yaml.StreamEndEvent):
        raise _refused("", 1, _("the file is empty."))
    start = loader.get_event()
    if start.version or start.tags:
        raise _refused("", 1, _("directives (%) are not accepted."))
    tree = _node(loader, "", 1)
    loader.get_event()  # end of the document
    if not loader.check_event(yaml.StreamEndEvent):
        line = loader.peek_event().start_mark.line + 1
        raise _refused("", line, _("a second document begins here; a file holds one call."))
    return tree


def _node(loader: yaml.SafeLoader, path: str, depth: int) -> Node:
    event = loader.get_event()
    line = event.start_mark.line + 1
    _refuse_tricks(event, path, line)
    if depth > MAX_DEPTH:
        raise _refused(path, line, _("this is nested too deeply."))
    if isinstance(event, yaml.ScalarEvent):
        return Scalar(line, _storable(event.value, path, line), event.style is None)
    if isinstance(event, yaml.SequenceStartEvent):
        return _listing(loader, Listing(line), path, depth)
    return _mapping(loader, Mapping(line), path, depth)


def _refuse_tricks(event: yaml.Event, path: str, line: int) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise _refused(path, line, _("anchors and aliases (& and *) are not accepted: write the value out."))
    if getattr(event, "tag", None):
        raise _refused(path, line, _("tags (!) are not accepted: write the plain value."))


def _storable(text: str, path: str, line: int) -> str:
    if strange := _UNSTORABLE.search(text):
        words = _("the character U+%(code)04X cannot be stored.")
        raise _refused(path, line, words % {"code": ord(strange.group())})
    return text


def _listing(loader: yaml.SafeLoader, found: Listing, path: str, depth: int) -> Listing:
    while not loader.check_event(yaml.SequenceEndEvent):
        found.items.append(_node(loader, f"{path}[{len(found.items)}]", depth + 1))
    loader.get_event()
    return found


def _mapping(loader: yaml.SafeLoader, found: Mapping, path: str, depth: int) -> Mapping:
    while not loader.check_event(yaml.MappingEndEvent):
        key = _node(loader, path, depth + 1)
        if not isinstance(key, Scalar) or not key.text:
            raise _refused(path, key.line, _("a key must be a word."))
        place = f"{path}.{key.text[:60]}" if path else key.text[:60]
        if key.text in found.entries:
            first = found.key_lines[key.text]
            raise _refused(place, key.line, _("stands here a second time; first in line %(line)s.") % {"line": first})
        found.key_lines[key.text] = key.line
        found.entries[key.text] = _node(loader, place, depth + 1)
    loader.get_event()
    return found
