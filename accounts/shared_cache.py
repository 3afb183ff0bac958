"""One store of counts for all web processes, which nobody has to wait for ([why](docs/adr/0011-shared-limits.md))."""

import json
import logging
import threading
import time
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unconnected
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

LONGEST_WAIT = 0.5  # seconds for an answer of the store
PAUSE_AFTER_FAILURE = 15.0  # seconds in which nobody asks a store that just failed


class Json:
    """How values are kept: counts and times, never pickles, which would run what somebody put into the store."""

    def dumps(self, value: Any) -> int | str:
        return value if type(value) is int else json.dumps(value)  # an int can be raised where it stands

    def loads(self, stored: bytes) -> Any:
        return json.loads(stored)


class Breaker:
    """After a failure nobody in this process tries for a while. One tries first when that is over, the others wait for it."""

    def __init__(self) -> None:
        self.again_at = 0.0  # on the monotonic clock; 0: always
        self._lock = threading.Lock()

    def lets_through(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if self.again_at and now < self.again_at:
                return False
            if self.again_at:
                self.again_at = now + LONGEST_WAIT * 4  # this one tries
            return True

    def note_failure(self) -> None:
        self.again_at = time.monotonic() + PAUSE_AFTER_FAILURE

    def note_answer(self) -> None:
        self.again_at = 0.0


breaker = Breaker()


class SharedCache(BaseCache):
    """Django's Redis cache; while the server refuses or hangs, each process counts by itself."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        options = {
            "serializer": Json,
            "socket_timeout": LONGEST_WAIT,
            "socket_connect_timeout": LONGEST_WAIT,
            "retry": Retry(NoBackoff(), 1, (Unconnected,)),  # a connection that was closed while idle
        }
        self._shared = RedisCache(server, params | {"OPTIONS": options})
        self._own = LocMemCache("beside the shared cache", params | {"OPTIONS": {"MAX_ENTRIES": 10_000}})

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if breaker.lets_through():
            try:
                answer = getattr(self._shared, name)(*args, **kwargs)
            except (RedisError, OSError) as failure:
                breaker.note_failure()
                logger.warning("the shared cache does not answer, this process counts by itself: %s", failure)
            else:
                breaker.note_answer()
                return answer
        return getattr(self._own, name)(*args, **kwargs)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask("add", key, value, timeout, version)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._ask("get", key, default, version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask("set", key, value, timeout, version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._ask("touch", key, timeout, version)

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._ask("delete", key, version)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError when there is no such count."""
        return self._ask("incr", key, delta, version)

    def clear(self) -> None:
        """Refused: the server holds the messages of the worker, too."""
        raise NotImplementedError
