"""What happens to every request before Django looks at it, and to every page before it leaves."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

logger = logging.getLogger(__name__)

UNIQUE_VIOLATION, DEADLOCK = "23505", "40P01"


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


class SecondLookMiddleware:
    """Ask a page once more when somebody else took the same name, or the same rows, in the same instant.

    The first attempt left nothing behind, because services are transactions. The second one finds what the other
    wrote, and says so at the field as if it had been there before. What fails twice is a fault of ours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        code = getattr(exception.__cause__, "pgcode", "") if isinstance(exception, Error) else ""
        if code not in {UNIQUE_VIOLATION, DEADLOCK} or request.resolver_match is None:
            return None
        logger.warning("asking %s once more: %s", request.resolver_match.view_name, exception)
        found = request.resolver_match
        return found.func(request, *found.args, **found.kwargs)
