"""What happens to every request before Django looks at it, and to every page before it leaves."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from eurocluster_portal.typed_words import typed_words

logger = logging.getLogger(__name__)

UNIQUE_VIOLATION, REFERENCE_VIOLATION, DEADLOCK = "23505", "23503", "40P01"


class ArrivalMiddleware:
    """Note the instant of arrival, by which deadlines are judged, and refuse what no browser of ours sends.

    PostgreSQL cannot store NUL, so a NUL that reached a query would become a server error. A form in another charset
    than UTF-8 makes Django raise again while it shows the error, so it is refused here, in plain words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.received_at = timezone.now()  # type: ignore[attr-defined]
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest("The address contains a character that is not allowed.")
        if any("\x00" in value for value in request.COOKIES.values()):
            return HttpResponseBadRequest("A cookie contains a character that is not allowed.")
        if (request.encoding or "utf-8").lower() != "utf-8":
            return HttpResponseBadRequest("The portal reads UTF-8 only.")
        if announced_size(request) > settings.UPLOAD_REQUEST_MAX_BYTES:  # before anything of it is read
            return HttpResponse("The files are too large to be sent at once.", status=413, content_type="text/plain")
        return self.get_response(request)


def announced_size(request: HttpRequest) -> int:
    """What the request says it carries, in bytes; nothing beyond it is read."""
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(told) if told.isdecimal() else 0


class PrivatePagesMiddleware:
    """Keep pages of signed-in people out of every cache, so that nobody finds them behind the back button after them.

    An answer that names its own caching keeps it. Whether somebody is signed in is asked only where the session was
    read anyway, so public pages stay free of queries.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and not response.has_header("Cache-Control") and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response


class TypedWordsMiddleware:
    """Hand words back that were typed in a session which ended meanwhile: signing in leads to an empty page.

    Instead of the way to the sign-in alone, the person gets what was sent, to be copied. Nothing of it is kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method != "POST" or response.status_code != HTTPStatus.FOUND or not asks_to_sign_in(response):
            return response
        texts = typed_words(request)
        if not texts or request.user.is_authenticated:
            return response
        context = {"texts": texts, "sign_in_url": response["Location"]}
        return render(request, "eurocluster_portal/signed_out.html", context, status=403)


def asks_to_sign_in(response: HttpResponse) -> bool:
    """And to come back afterwards, as pages for people with an account do."""
    address, _mark, query = response["Location"].partition("?")
    return address == resolve_url(settings.LOGIN_URL) and query.startswith("next=")


class SecondLookMiddleware:
    """Ask a page once more when somebody else took the same name or rows, or removed one, in the same instant.

    The first attempt left nothing behind, because services are transactions. The second one finds what the other
    wrote or no longer finds it, and says so as if it had been so before. What fails twice is a fault of ours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not is_overtaken(exception) or request.resolver_match is None:
            return None
        logger.warning("asking %s once more: %s", request.resolver_match.view_name, exception)
        found = request.resolver_match
        return found.func(request, *found.args, **found.kwargs)


def is_overtaken(exception: Exception) -> bool:
    """Whether somebody else was quicker, so that another attempt ends otherwise."""
    code = getattr(exception.__cause__, "pgcode", "") if isinstance(exception, Error) else ""
    return isinstance(exception, ObjectDoesNotExist) or code in {UNIQUE_VIOLATION, REFERENCE_VIOLATION, DEADLOCK}
