"""The Markdown of a call, made safe for a page."""

from __future__ import annotations

import re
from dataclasses import dataclass

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

SECTION = re.compile(r"^##[ \t]+(\S.*)$", re.MULTILINE)  # one pass: what may follow the title is cut off afterwards
TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class TextSection:
    title: str
    html: SafeString


def rendered(markdown: str) -> SafeString:
    """Markdown as HTML that may stand in a page: no raw HTML, no scripts, no images, headings from h3 down."""
    tokens = _markdown.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h3" if token.tag in {"h1", "h2", "h3"} else "h4"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        set_tag_attribute_values={"table": {"class": "table"}},
    )
    return mark_safe(clean)  # noqa: S308 — nh3 has just cleaned it


def sections(markdown: str) -> list[TextSection]:
    """The text cut at its second-level headings; what stands before the first one has no title."""
    parts = SECTION.split(markdown.replace("\r\n", "\n"))
    titles = [title.rstrip(" \t#") for title in parts[1::2]]
    titled = [("", parts[0]), *zip(titles, parts[2::2], strict=True)]
    return [TextSection(title, rendered(text)) for title, text in titled if title or text.strip()]
