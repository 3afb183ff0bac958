"""How often somebody may ask what the portal answers to anybody."""

from ipaddress import ip_address, ip_network

from django.core.cache import cache
from django.http import HttpRequest

from accounts.client import client_address

KEPT = 120  # seconds, longer than the minute that is counted


def asks_too_often(request: HttpRequest, what: str, *, most: int) -> bool:
    """Count one more question of this network in this minute; whether these are more than `most`, in all web processes."""
    minute = f"{request.received_at:%Y%m%d%H%M}"  # type: ignore[attr-defined]
    return count(f"asked:{what}:{network_of(client_address(request))}:{minute}") > most


def count(key: str) -> int:
    if cache.add(key, 1, KEPT):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the store that knew it went away in between
        cache.add(key, 1, KEPT)
        return 1


def network_of(address: str) -> str:
    """Who has one IPv6 address has 2⁶⁴ of them."""
    known = ip_address(address)
    return str(ip_network(f"{known}/64", strict=False).network_address) if known.version == 6 else address
