"""Words that a person sent in vain: handed back on the page that refuses them, so that nobody writes them twice."""

from __future__ import annotations

from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError


def typed_words(request: HttpRequest) -> list[str]:
    """What a person would have to write again: values of several words. A secret is never shown."""
    try:
        sent = [(name, value.strip()) for name, values in request.POST.lists() for value in values]
    except (UnreadablePostError, MultiPartParserError):
        return []
    return [value for name, value in sent if len(value.split()) > 1 and "password" not in name]


def words_sent(request: HttpRequest) -> list[str]:
    """The same for a page that says why nothing came of it. What a page of somebody else sent is never shown as ours."""
    is_ours = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    return typed_words(request) if request.method == "POST" and is_ours else []
