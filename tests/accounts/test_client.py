"""From where a request came."""

import pytest
from django.test import RequestFactory

from accounts.client import UNKNOWN, client_address


def address(settings, *, proxy, remote, forwarded=None):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxy else None
    headers = {"x-forwarded-for": forwarded} if forwarded is not None else {}
    request = RequestFactory().post("/", headers=headers)
    request.META["REMOTE_ADDR"] = remote
    return client_address(request)


@pytest.mark.parametrize(
    ("proxy", "remote", "forwarded", "expected"),
    [
        (False, "192.0.2.1", None, "192.0.2.1"),
        (False, "192.0.2.1", "203.0.113.5", "192.0.2.1"),
        (True, "10.0.0.2", "6.6.6.6, 203.0.113.5", "203.0.113.5"),
        (True, "10.0.0.2", None, "10.0.0.2"),
        (True, "10.0.0.2", "nonsense", UNKNOWN),
        (False, "", None, UNKNOWN),
        (False, "2001:db8::7", None, "2001:db8::7"),
    ],
)
def test_the_address_is_the_one_our_own_servers_saw(settings, proxy, remote, forwarded, expected):
    assert address(settings, proxy=proxy, remote=remote, forwarded=forwarded) == expected
