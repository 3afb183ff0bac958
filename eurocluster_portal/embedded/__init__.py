"""PostgreSQL and Valkey from wheels, kept under `var/`, for machines where DATABASE_URL and REDIS_URL are not set.

Every process that uses them holds a shared lock on `users.lock`; the last one to let go stops them. A guard process
waits for the same lock, so that users killed without warning leave nothing behind either. Both servers listen on
127.0.0.1 only and ask for a random password that only the owner of `var/` can read. The guard and the settings import
this package, so it imports nothing of ours. See docs/adr/0001-embedded-servers.md.
"""

from eurocluster_portal.embedded.commands import (
    VAR_DIR,
    address_of,
    default_address,
    missing_parts,
    needs_database,
    reset,
    servers_for,
)
from eurocluster_portal.embedded.machine import ServerProblem, free_port, wait_until
from eurocluster_portal.embedded.servers import EmbeddedServers

__all__ = [
    "VAR_DIR",
    "EmbeddedServers",
    "ServerProblem",
    "address_of",
    "default_address",
    "free_port",
    "missing_parts",
    "needs_database",
    "reset",
    "servers_for",
    "wait_until",
]
