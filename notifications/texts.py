"""The words of messages: templates/notifications/<kind>.txt in the reader's language (docs/notifications.md)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation

from audit.subjects import Subject


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


def absolute(url: str) -> str:
    """A path of the portal as an address one can click in a mail; empty stays empty."""
    return settings.PORTAL_URL.rstrip("/") + url if url.startswith("/") else url


def render_plain(template_name: str, context: dict[str, Any], *, language: str) -> str:
    """Render a plain text template: nothing is escaped, because nothing reads it as HTML."""
    return _rendered(get_template(template_name).template, context, language=language)  # type: ignore[attr-defined]


def render_message(
    kind: str, *, recipient: Any, email: str, language: str, about: Subject, url: str, **context: Any
) -> Text:
    """The subject and text of a message.

    Raises:
        ValueError: the template does not begin with `Subject: …` and a blank line.
    """
    known = {
        "recipient": recipient or email,
        "portal_url": settings.PORTAL_URL,
        "portal_name": settings.PORTAL_NAME,
        "url": absolute(url),
        "about": about,
    }
    first, body = (_rendered(part, known | context, language=language) for part in _parts_of(kind))
    return Text(subject=" ".join(first.split())[:250], body=tidy(body.replace("\r\n", "\n")))


@cache
def _parts_of(kind: str) -> tuple[Template, Template]:
    """Subject and text as templates of their own, so that no line break in a value can begin the text early."""
    whole = get_template(f"notifications/{kind}.txt").template  # type: ignore[attr-defined]
    first, _separator, body = whole.source.lstrip().partition("\n\n")
    if not first.startswith("Subject:"):
        raise ValueError(f"notifications/{kind}.txt must begin with 'Subject: …' and a blank line")
    return Template(first.removeprefix("Subject:"), engine=whole.engine), Template(body, engine=whole.engine)


def _rendered(template: Template, context: dict[str, Any], *, language: str) -> str:
    with translation.override(language):
        return template.render(Context(context, autoescape=False))


def tidy(text: str) -> str:
    """No trailing spaces, never two blank lines: template tags leave gaps behind."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line == "--":
            lines.append("-- ")  # mail programs know the signature by this very line
        elif line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
