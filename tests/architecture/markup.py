"""What a template says of its own: the text that no template tag produced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.template.base import Lexer, Token, TokenType

#: Their content is marked or never shown; so is that of `{% block …_class %}`, which names CSS classes.
BLOCK_TEXT = ("blocktranslate", "blocktrans", "comment", "verbatim")
SPOKEN_ATTRIBUTES = {"aria-label", "title", "placeholder", "alt", "aria-description", "label"}
WORD = re.compile(r"[^\W\d_]{2,}")


def own_markup(source: str) -> str:
    """The template without its tags, variables, comments and marked texts; lines are kept."""
    kept, inside = [], ""
    for token in Lexer(source).tokenize():
        lines = "\n" * token.contents.count("\n")
        if token.token_type == TokenType.BLOCK:
            inside = block_after(token, inside)
        elif token.token_type == TokenType.TEXT:
            kept.append(lines if inside else token.contents)
        elif token.token_type == TokenType.VAR and kept and kept[-1].endswith(("<", "</")):
            kept.append("div")  # `<{{ tag }} …>` must stay a tag
    return "".join(kept)


def block_after(token: Token, inside: str) -> str:
    name, *rest = token.contents.split()
    if inside:
        return "" if name == f"end{inside}" else inside
    is_class = name == "block" and rest[0].endswith("_class")
    return name if is_class or name in BLOCK_TEXT else ""


class Spoken(HTMLParser):
    """Text that people read or hear: between the tags, and in attributes that are spoken."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        is_link = tag == "link"
        self.found += [value or "" for name, value in attrs if name in SPOKEN_ATTRIBUTES and not is_link]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def unmarked_words(source: str, *, is_html: bool) -> Iterator[str]:
    """Words of a template that are not marked for translation."""
    markup = own_markup(source)
    texts = [markup]
    if is_html:
        parser = Spoken()
        parser.feed(markup)
        parser.close()
        texts = parser.found
    for text in texts:
        for line in text.splitlines():
            if WORD.search(line):
                yield line.strip()
