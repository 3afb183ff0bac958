"""The mails of this machine, for developers and demonstrations; in production these pages do not exist."""

import email
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

SHOWN = 100
HTML_POLICY = {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "sandbox": [], "frame-ancestors": [NONE]}


class Mail(NamedTuple):
    name: str
    subject: str
    to: str
    sent_at: datetime | None


def developers_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEVELOPER_PAGES:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@developers_only
@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """The newest mails; `?to=` keeps those to addresses that contain a word."""
    wanted = request.GET.get("to", "").strip().lower()
    mails = [mail for mail in map(summary_of, newest_files()) if wanted in mail.to.lower()]
    return render(request, "notifications/developer_mail.html", {"mails": mails[:SHOWN], "wanted": wanted})


@developers_only
@require_safe
def mail_show(request: HttpRequest, name: str) -> HttpResponse:
    message = parse(file_named(name))
    context = {
        "mail": summary_of(file_named(name)),
        "headers": [(key, value) for key, value in message.items() if not key.lower().startswith("content-")],
        "text": part_of(message, "plain"),
        "has_html": bool(part_of(message, "html")),
    }
    return render(request, "notifications/developer_mail_show.html", context)


@developers_only
@csp_replace(HTML_POLICY)  # type: ignore[arg-type]
@require_safe
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part as it is, locked into a sandbox of its own."""
    return HttpResponse(part_of(parse(file_named(name)), "html"))


def newest_files() -> list[Path]:
    return sorted(Path(settings.MAIL_FOLDER).glob("*.eml"), reverse=True)[: SHOWN * 5]


def file_named(name: str) -> Path:
    """The file of a mail; `name` is a slug, so it cannot leave the folder."""
    path = Path(settings.MAIL_FOLDER) / f"{name}.eml"
    if not path.is_file():
        raise Http404
    return path


def parse(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=default)


def summary_of(path: Path) -> Mail:
    message = parse(path)
    return Mail(path.stem, str(message["Subject"]), str(message["To"]), sent_at_of(message))


def sent_at_of(message: EmailMessage) -> datetime | None:
    """The instant in the Date header; mails that write `-0000` mean UTC and name no zone."""
    date = message["Date"]
    if date is None or date.datetime is None:
        return None
    return date.datetime.replace(tzinfo=date.datetime.tzinfo or UTC)


def part_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return part.get_content() if part else ""
