"""Attempts are counted for all web processes together, and without the store that does so in each by itself."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache, caches
from django.test import Client, RequestFactory
from django.urls import reverse
from redis import Redis

from accounts import shared_cache
from accounts.limits import asks_too_often, network_of
from accounts.shared_cache import LONGEST_WAIT, Breaker, SharedCache
from tests.factories.applications import AT
from tests.processes import environment

COUNT = """
import sys, django
django.setup()
from accounts import shared_cache
from accounts.limits import count
shared_cache.LONGEST_WAIT = 30  # a store that is there is waited for, however busy the machine is
print([count(sys.argv[1]) for _ in range(int(sys.argv[2]))])
"""


@pytest.fixture
def hung() -> Iterator[str]:
    """A server that takes connections and never says a word, as a stopped process does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def refusing() -> str:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a shared cache on a server, with a breaker of its own."""
    monkeypatch.setattr(shared_cache, "breaker", Breaker())
    made: list[SharedCache] = []

    def make(url: str = "") -> SharedCache:
        # A store that is there is waited for, however busy the machine is.
        monkeypatch.setattr(shared_cache, "LONGEST_WAIT", LONGEST_WAIT if url else 30)
        made.append(SharedCache(url or django_settings.REDIS_URL, {"KEY_PREFIX": "tests"}))
        return made[-1]

    yield make
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        for key in redis.scan_iter("tests:*"):
            redis.delete(key)
    for one in made:
        one._own.clear()


class TestStore:
    def test_what_one_writes_another_reads(self, store: Any) -> None:
        store().set("history", [1.5, 2.5], 60)
        assert store().get("history") == [1.5, 2.5]
        assert store().add("lock", True, 60)
        assert not store().add("lock", True, 60)
        assert store().delete("lock")
        assert store().get("lock", "gone") == "gone"

    def test_counts_go_up_where_they_stand(self, store: Any) -> None:
        assert store().add("count", 1, 60)
        assert [store().incr("count") for _ in range(3)] == [2, 3, 4]
        with pytest.raises(ValueError, match="not found"):
            store().incr("nothing")

    def test_everything_ends(self, store: Any) -> None:
        store().add("count", 1, 60)
        with Redis.from_url(django_settings.REDIS_URL) as redis:
            assert 0 < redis.ttl("tests:1:count") <= 60

    def test_nothing_is_stored_that_runs_when_it_is_read(self, store: Any) -> None:
        with pytest.raises(TypeError, match="not JSON serializable"):
            store().set("thing", object(), 60)

    def test_the_queues_of_the_worker_are_not_cleared(self, store: Any) -> None:
        with pytest.raises(NotImplementedError):
            store().clear()

    def test_a_connection_that_was_closed_while_idle_is_opened_again(self, store: Any) -> None:
        one = store()
        one.set("count", 1, 60)
        own = one._shared._cache.get_client().client_id()
        with Redis.from_url(django_settings.REDIS_URL) as redis:
            assert redis.client_kill_filter(_id=own) == 1
        assert one.get("count") == 1
        assert shared_cache.breaker.lets_through()
        assert shared_cache.breaker.again_at == 0

    @pytest.mark.parametrize("fault", ["hung", "refusing"])
    def test_without_the_server_a_process_counts_by_itself(
        self, fault: str, store: Any, request: pytest.FixtureRequest
    ) -> None:
        one, waits = store(request.getfixturevalue(fault)), []
        for number in range(3):
            shared_cache.breaker.again_at = 0
            began = time.monotonic()
            assert one.add(f"count-{number}", 1, 60)
            waits.append(time.monotonic() - began)
        assert min(waits) < LONGEST_WAIT + 0.5

        began = time.monotonic()
        assert [one.incr("count-2") for _ in range(100)] == list(range(2, 102))
        assert time.monotonic() - began < 10 * LONGEST_WAIT  # nobody waits again: it would be a hundred times

    def test_without_the_breaker_everybody_waits(self, hung: str, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """The control."""
        monkeypatch.setattr(Breaker, "lets_through", lambda _: True)
        one = store(hung)
        began = time.monotonic()
        for _ in range(4):
            one.get("count")
        assert time.monotonic() - began > 4 * LONGEST_WAIT

    def test_when_it_is_back_one_tries_first_and_all_count_together_again(
        self, store: Any, refusing: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store(refusing).add("count", 1, 60)
        breaker = shared_cache.breaker
        assert not breaker.lets_through()
        breaker.again_at = time.monotonic() - 1  # the pause is over
        assert breaker.lets_through()
        assert not breaker.lets_through()  # the others wait for the one that tries
        breaker.again_at = time.monotonic() - 1
        store().set("count", 7, 60)
        assert store().get("count") == 7
        assert breaker.lets_through()


def counted(key: str, times: int, **changes: str) -> list[int]:
    """What another process of the portal counts."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT, key, str(times)],
        cwd=django_settings.BASE_DIR,
        env=environment(PORTAL_ENV="development", **changes),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [int(number) for number in done.stdout.strip("[]\n").split(",")]


@pytest.fixture
def key() -> Iterator[str]:
    yield "asked:tests:192.0.2.1"
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        redis.delete("portal:1:asked:tests:192.0.2.1")


@pytest.mark.django_db
def test_two_processes_share_one_count(key: str) -> None:
    assert counted(key, 3) == [1, 2, 3]
    assert counted(key, 2) == [4, 5]


@pytest.mark.django_db
def test_two_processes_without_the_store_count_apart(key: str, refusing: str) -> None:
    """The control, and what is left of the limit meanwhile."""
    assert counted(key, 3, REDIS_URL=refusing) == [1, 2, 3]
    assert counted(key, 2, REDIS_URL=refusing) == [1, 2]


class TestAsking:
    def asked(self, times: int, address: str = "192.0.2.1", what: str = "verify") -> list[bool]:
        request = RequestFactory().get("/", REMOTE_ADDR=address)
        request.received_at = AT  # type: ignore[attr-defined]
        return [asks_too_often(request, what, most=2) for _ in range(times)]

    def test_one_more_than_the_most_is_too_often(self) -> None:
        assert self.asked(4) == [False, False, True, True]

    def test_others_and_other_questions_are_counted_apart(self) -> None:
        self.asked(3)
        assert self.asked(1, "192.0.2.2") == [False]
        assert self.asked(1, what="short-check") == [False]

    def test_a_network_counts_as_one(self) -> None:
        assert self.asked(2, "2001:db8::1") == [False, False]
        assert self.asked(1, "2001:db8::ffff:2") == [True]
        assert self.asked(1, "2001:db8:0:1::1") == [False]

    def test_networks(self) -> None:
        assert network_of("192.0.2.7") == "192.0.2.7"
        assert network_of("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::"

    def test_a_count_whose_store_went_away_begins_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked(1)
        own_incr = caches["default"].incr

        def lost(*args: Any, **kwargs: Any) -> int:
            cache.clear()
            return own_incr(*args, **kwargs)

        monkeypatch.setattr(caches["default"], "incr", lost)
        assert self.asked(2) == [False, False]


@pytest.mark.django_db
class TestSigningIn:
    def tries(self, number: int, **headers: str) -> list[int]:
        given = {"login": "nobody@example.org", "password": "wrong-wrong-wrong"}
        return [Client().post(reverse("account_login"), given, headers=headers).status_code for _ in range(number)]

    def test_too_many_get_a_page_in_plain_words(self, settings: Any) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
        assert self.tries(4) == [200, 200, 200, 429]
        page = Client().post(reverse("account_login"), {"login": "a@example.org", "password": "x"})
        assert (page.status_code, "That was too often" in page.content.decode()) == (429, True)

    def test_behind_a_proxy_each_visitor_is_counted_apart(self, settings: Any) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        found = [self.tries(1, **{"x-forwarded-for": f"203.0.113.{number}"}) for number in (1, 2, 1)]
        assert found == [[200], [200], [429]]

    def test_without_one_nobody_says_where_they_come_from(self, settings: Any) -> None:
        settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip"}
        found = [self.tries(1, **{"x-forwarded-for": f"203.0.113.{number}"}) for number in (1, 2)]
        assert found == [[200], [429]]
