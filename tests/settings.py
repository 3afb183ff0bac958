"""The portal's settings for tests, on servers of their own.

Without DATABASE_URL and REDIS_URL the first process of a test run starts throw-away servers before Django reads its
settings; xdist's workers find the addresses in the environment. They stop with that process, however it ends.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["PORTAL_ENV"] = "test"
IS_FIRST = "PORTAL_TEST_DIR" not in os.environ
if IS_FIRST:
    os.environ["PORTAL_TEST_DIR"] = tempfile.mkdtemp(prefix="portal-tests-")
TEST_DIR = Path(os.environ["PORTAL_TEST_DIR"])
TEST_DIR.chmod(0o711)  # the servers' account must get through
os.environ["PORTAL_VAR_DIR"] = str(TEST_DIR / WORKER)
for name in ("EMAIL_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "PORTAL_URL", "PORT"):
    os.environ.pop(name, None)  # a developer's environment must not change what is tested

from eurocluster_portal import embedded  # noqa: E402 — reads PORTAL_VAR_DIR


def start_missing_servers() -> bool:
    """Says whether the database server is one of those that are thrown away."""
    missing = embedded.missing_parts()
    if not any(missing.values()):
        return False
    servers = embedded.EmbeddedServers(TEST_DIR / "servers", throw_away=True)
    stack = contextlib.ExitStack()
    stack.enter_context(servers.in_use(**missing))
    atexit.register(stack.close)
    if missing["postgres"]:
        os.environ["DATABASE_URL"] = servers.database_url
    if missing["valkey"]:
        os.environ["REDIS_URL"] = servers.redis_url
    return missing["postgres"]


HAS_OWN_DATABASE_SERVER = False
if IS_FIRST:
    atexit.register(shutil.rmtree, TEST_DIR, ignore_errors=True)  # runs last: registered first
    HAS_OWN_DATABASE_SERVER = start_missing_servers()
if WORKER != "main":
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{1 + int(WORKER.removeprefix('gw'))}"

from eurocluster_portal.settings import *  # noqa: E402, F403
from eurocluster_portal.settings import CACHES, DATABASES, INSTALLED_APPS, STATIC_ROOT, TEMPLATES  # noqa: E402
from tests.templates import Undefined  # noqa: E402

STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns when it is missing
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; what is stored is not what is tested
CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "counts"}
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined()
WHITENOISE_USE_FINDERS = False  # every client of every test would look at all static files; the real portal serves them
INSTALLED_APPS.insert(0, "tests")  # a quick `flush`
if template := os.environ.get("PORTAL_TEST_TEMPLATE"):  # see tests/database.py
    DATABASES["default"]["TEST"] = {"TEMPLATE": template}
