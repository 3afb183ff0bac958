"""The portal's promises to whoever runs it."""

import ast
import os
import re
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import psycopg2
import pytest
import yaml
from django.conf import settings
from django.template import Context, Origin, Template, engines
from django.test import Client
from pytest_socket import SocketConnectBlockedError

from documents.certificates import DEVELOPMENT_YEARS, development_identity, new_pem
from eurocluster_portal import embedded
from eurocluster_portal.checks import production_problems
from tests.processes import environment
from tests.templates import UndefinedVariable

BASE_DIR: Path = settings.BASE_DIR

# --- Health --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_health_pages_answer(client: Client) -> None:
    assert client.get("/healthz/live").json() == {"status": "live"}
    assert client.get("/healthz/ready").json() == {"status": "ready", "database": True, "broker": True}


@pytest.mark.django_db
def test_a_missing_broker_degrades_without_taking_the_portal_down(client: Client, settings) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{embedded.free_port()}/0"
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


# --- Production ----------------------------------------------------------------------------------

GOOD_SETTINGS = {
    "DEBUG": False,
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": ["portal.example"],
    "MAIL_DELIVERY": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"},
    "SEAL_TIMESTAMP_URL": "https://time.example/stamp",
}
GOOD_ENVIRONMENT = {
    "DATABASE_URL": "postgres://database.example/portal",
    "REDIS_URL": "redis://broker.example/0",
    "PORTAL_URL": "https://portal.example",
}


NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def well_set(tmp_path: Path) -> dict[str, object]:
    """The good settings with a certificate of their own."""
    pem = tmp_path / "seal.pem"
    pem.write_bytes(new_pem("Portal of the Euroclusters", NOW))
    return {**GOOD_SETTINGS, "SEAL_CERTIFICATE": str(pem), "SEAL_KEY": str(pem), "SEAL_PASSPHRASE": ""}


def test_a_well_set_production_starts(well_set: dict[str, object]) -> None:
    assert production_problems(SimpleNamespace(**well_set), GOOD_ENVIRONMENT, NOW) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"DEBUG": True}, "DEBUG"),
        ({"SECRET_KEY": "k" * 49}, "SECRET_KEY"),
        ({"SECRET_KEY": "development-only-key-never-use-it-in-production-0123456789"}, "SECRET_KEY"),
        ({"SEAL_CERTIFICATE": ""}, "SEAL_CERTIFICATE"),
        ({"SEAL_CERTIFICATE": "/nowhere/seal.pem"}, "No such file"),
        ({"SEAL_KEY": "/nowhere/seal.pem"}, "No such file"),
        ({"SEAL_PASSPHRASE": "not the one"}, "SEAL_PASSPHRASE"),
        ({"SEAL_TIMESTAMP_URL": "http://time.example/stamp"}, "https"),
        ({"SEAL_TIMESTAMP_URL": "https:///stamp"}, "https"),
        ({"SEAL_TIMESTAMP_URL": "https://portal:secret@time.example/stamp"}, "SEAL_TIMESTAMP_PASSWORD"),
        ({"ALLOWED_HOSTS": []}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["portal.example", "*"]}, "ALLOWED_HOSTS"),
        ({"MAIL_DELIVERY": {"BACKEND": "notifications.mail.FolderEmailBackend"}}, "EMAIL_URL"),
        ({"MAIL_DELIVERY": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}, "EMAIL_URL"),
    ],
)
def test_one_convenience_is_enough_to_refuse_production(
    well_set: dict[str, object], change: dict[str, object], word: str
) -> None:
    problems = production_problems(SimpleNamespace(**{**well_set, **change}), GOOD_ENVIRONMENT, NOW)
    assert len(problems) == 1
    assert word in problems[0]


@pytest.mark.parametrize("name", GOOD_ENVIRONMENT)
def test_production_makes_up_no_address(well_set: dict[str, object], name: str) -> None:
    problems = production_problems(SimpleNamespace(**well_set), {**GOOD_ENVIRONMENT, name: ""}, NOW)
    assert len(problems) == 1
    assert problems[0].startswith(name)


def test_a_seal_that_nobody_can_trust_is_refused(well_set: dict[str, object], tmp_path: Path) -> None:
    development_identity(tmp_path, NOW)
    pem, other = tmp_path / "seal-development.pem", tmp_path / "other.pem"
    other.write_bytes(new_pem("Somebody else", NOW))
    one = {**well_set, "SEAL_CERTIFICATE": str(pem), "SEAL_KEY": str(pem)}
    assert "for development" in "".join(production_problems(SimpleNamespace(**one), GOOD_ENVIRONMENT, NOW))
    two = {**well_set, "SEAL_KEY": str(other)}
    assert "another certificate" in "".join(production_problems(SimpleNamespace(**two), GOOD_ENVIRONMENT, NOW))


def test_a_seal_is_refused_from_the_instant_it_ends(well_set: dict[str, object]) -> None:
    end = NOW + timedelta(days=365 * DEVELOPMENT_YEARS)
    chosen = SimpleNamespace(**well_set)
    assert production_problems(chosen, GOOD_ENVIRONMENT, end - timedelta(seconds=1)) == []
    assert "Renew it" in "".join(production_problems(chosen, GOOD_ENVIRONMENT, end))


def test_an_unsafe_production_process_ends_at_once() -> None:
    bare = {name: value for name, value in environment().items() if not name.endswith("_URL")}
    command = [sys.executable, "-c", "import eurocluster_portal.wsgi"]
    production = {**bare, "PORTAL_ENV": "production"}
    result = subprocess.run(command, cwd=BASE_DIR, env=production, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "The portal does not start in production like this:\n- SECRET_KEY" in result.stderr


# --- Embedded servers ----------------------------------------------------------------------------


@pytest.fixture
def servers() -> embedded.EmbeddedServers:
    return embedded.EmbeddedServers(Path(os.environ["PORTAL_TEST_DIR"]) / uuid4().hex, throw_away=True)


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_last_user_stops_the_servers(servers: embedded.EmbeddedServers) -> None:
    with servers.in_use():
        ports = servers.ports
        with embedded.EmbeddedServers(servers.home, throw_away=True).in_use():
            assert servers.ports == ports
        assert [is_listening(port) for port in ports.values()] == [True, True]
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(re.sub(":[0-9a-f]{48}@", ":guess@", servers.database_url))
        assert oct((servers.home / "password").stat().st_mode & 0o777) == "0o600"
    assert [is_listening(port) for port in ports.values()] == [False, False]
    assert not servers.home.exists()


def test_a_killed_user_leaves_nothing_behind(servers: embedded.EmbeddedServers) -> None:
    program = f"""
import os, pathlib, signal
from eurocluster_portal.embedded import EmbeddedServers
servers = EmbeddedServers(pathlib.Path({str(servers.home)!r}), throw_away=True)
with servers.in_use():
    print(*servers.ports.values(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    ports = [int(port) for port in killed.stdout.split()]
    assert len(ports) == 2
    embedded.wait_until(lambda: not any(map(is_listening, ports)), "the guard did not stop the servers", seconds=90)
    embedded.wait_until(lambda: not servers.home.exists(), "the guard did not clear up", seconds=90)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["migrate"], True),
        (["shell", "-c", "1"], True),
        (["makemigrations", "--check"], True),
        ([], False),
        (["--version"], False),
        (["migrate", "--help"], False),
        (["makemessages", "-l", "fr"], False),
        (["collectstatic", "--noinput"], False),
    ],
)
def test_only_commands_that_need_the_database_start_it(arguments: list[str], expected: bool) -> None:
    assert embedded.needs_database(arguments) is expected


# --- make run: one clear line --------------------------------------------------------------------


def prepare(**changes: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/prepare.py", "--port"]
    return subprocess.run(
        command, cwd=BASE_DIR, env={**os.environ, **changes}, capture_output=True, text=True, check=False
    )


def test_a_port_in_use_is_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = prepare(PORT=str(port))
    assert result.returncode == 1
    assert result.stderr == f"Port {port} is in use. Stop what uses it, or choose another: make run PORT={port + 1}\n"


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "80 0"])
def test_an_impossible_port_is_one_line(port: str) -> None:
    result = prepare(PORT=port)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith(f"PORT={port} is not a port;")


def test_a_directory_that_cannot_be_written_is_one_line() -> None:
    result = prepare(PORTAL_VAR_DIR="/proc/portal", PORT="0")
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("Cannot write to /proc/portal (")


def test_preparation_speaks_to_an_old_python() -> None:
    """The script must be readable for Python 3.6, which ends at the sentence about its age."""
    source = (BASE_DIR / "scripts/prepare.py").read_text()
    compile(source, "prepare.py", "exec")
    ast.parse(source, feature_version=(3, 6))
    program = (
        f"import sys; sys.version_info = (3, 9, 2); sys.argv = ['prepare.py']; __file__ = 'x/prepare.py'\n{source}"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("The portal needs Python 3.11 or newer; ")
    assert result.stderr.count("\n") == 1


def test_missing_pango_is_one_line() -> None:
    source = (BASE_DIR / "scripts/prepare.py").read_text().replace("libpango-1.0", "libpango-missing")
    program = f"import sys; sys.argv = ['prepare.py']; __file__ = 'x/prepare.py'\n{source}"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("Pango is missing (libpango-missing.so.0); ")
    assert "apt-get install" in result.stderr


# --- Files that no test runs ---------------------------------------------------------------------


def test_compose_file_describes_the_production_shape() -> None:
    services = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())["services"]
    assert {"web", "worker", "beat", "migrate", "postgres", "valkey", "mail"} <= set(services)
    for name in ("web", "worker", "beat", "postgres", "valkey"):
        assert "healthcheck" in services[name], name
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.skipif(
    shutil.which("docker") is None
    or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0,
    reason="no docker compose on this machine",
)
def test_compose_file_is_valid() -> None:
    command = ["docker", "compose", "config", "--quiet"]
    subprocess.run(
        command, cwd=BASE_DIR, env={**os.environ, "SECRET_KEY": "k" * 50, "DATABASE_PASSWORD": "p"}, check=True
    )


def test_dockerfile_runs_as_an_ordinary_user_from_hashed_packages() -> None:
    dockerfile = (BASE_DIR / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert dockerfile.rindex("\nUSER portal") > dockerfile.rindex("\nRUN ")
    assert re.search(r"^FROM python:3\.12-slim-bookworm", dockerfile, re.MULTILINE)


def test_every_requirement_is_pinned_with_a_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (BASE_DIR / name).read_text().splitlines()
        pins = [line for line in lines if re.match(r"[a-z0-9]", line)]
        assert len(pins) > 40
        assert all("==" in line and line.endswith("\\") for line in pins), name


# --- The test harness itself ---------------------------------------------------------------------


def our_template(text: str, directory: Path = BASE_DIR / "templates") -> Template:
    return Template(text, origin=Origin(str(directory / "planted.html")), engine=engines["django"].engine)


@pytest.mark.parametrize("text", ["{{ nobody }}", "{% if True %}{{ nobody|upper }}{% endif %}"])
def test_an_undefined_variable_in_our_template_fails(text: str) -> None:
    with pytest.raises(UndefinedVariable, match=r"nobody is undefined in .*planted.html"):
        our_template(text).render(Context({}))


def test_a_default_says_that_a_variable_may_be_undefined() -> None:
    text = "{{ nobody|default:'none' }}{% if nobody %}never{% endif %}"
    assert our_template(text).render(Context({})) == "none"


def test_undefined_variables_of_installed_packages_print_nothing() -> None:
    elsewhere = Path(sys.prefix) / "lib/python3/site-packages/package/templates"
    assert our_template("[{{ nobody }}]", elsewhere).render(Context({})) == "[]"


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_network_is_refused() -> None:
    with pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
