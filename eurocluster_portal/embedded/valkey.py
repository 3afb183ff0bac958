"""Valkey from its wheel: a broker and a cache that keeps nothing on disk."""

import contextlib

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from eurocluster_portal.embedded.home import Home
from eurocluster_portal.embedded.machine import wait_until


class Valkey:
    def __init__(self, home: Home) -> None:
        self.home = home

    @property
    def url(self) -> str:
        return f"redis://:{self.home.password}@127.0.0.1:{self.home.ports['valkey']}/0"

    def answers(self) -> bool:
        if not self.home.exist:
            return False
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def start(self) -> None:
        # The configuration travels through standard input, so that the password shows in no process list.
        configuration = f"""
            bind 127.0.0.1
            port {self.home.ports["valkey"]}
            requirepass {self.home.password}
            dir "{self.home.data}"
            pidfile "{self.home.data}/valkey.pid"
            logfile "{self.home.data}/valkey.log"
            save ""
            appendonly no
            daemonize yes
        """
        self.home.run(self.home.programs["valkey"], "-", input=configuration)
        wait_until(self.answers, f"Valkey did not start; see {self.home.data}/valkey.log.")

    def stop(self) -> None:
        if not self.answers():
            return
        with contextlib.suppress(redis.RedisError), self._client() as client:
            client.shutdown(nosave=True)
        wait_until(lambda: not self.answers(), "Valkey did not stop.")

    def _client(self) -> redis.Redis:
        once = Retry(NoBackoff(), 0)
        return redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2, retry=once)
