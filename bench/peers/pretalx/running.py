"""pretalx from PyPI on the servers of a stage: installed beside the portal, seeded, started, and walked through.

It runs as its documentation says: gunicorn, PostgreSQL, sessions, cache and broker in Redis. It gets no worker of its own:
what it leaves for one (mails) costs it nothing here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.applicants import Accepted, Browser, Refused, prose
from bench.stage import BASE_DIR, Stage, say, wait_until

HERE = Path(__file__).resolve().parent
HOME = BASE_DIR / "var" / "peers" / "pretalx"  # the environment is kept for the next run
PYTHON = "python3.13"  # pretalx 2026.2 does not run on the portal's
CSRF = "p" * 32


@dataclass(frozen=True)
class Poster:
    session: str
    number: int


@dataclass
class Pretalx:
    stage: Stage
    port: int
    facts: dict[str, Any]

    @property
    def posters(self) -> list[Poster]:
        return [Poster(session, number) for number, session in enumerate(self.facts["sessions"])]


def interpreter() -> str | None:
    """A Python on which it runs, wherever it stands."""
    known = [shutil.which(PYTHON), *map(str, Path.home().glob(f".pyenv/versions/{PYTHON[6:]}.*/bin/python"))]
    return next((one for one in known if one and _runs(one)), None)


def _runs(python: str) -> bool:
    return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0


def install() -> bool:
    """Whether it is there afterwards; without its Python the comparison is left out."""
    done, wanted = HOME / "installed.txt", (HERE / "requirements.txt").read_text()
    if done.exists() and done.read_text() == wanted:
        return True
    if (python := interpreter()) is None:
        say(f"No {PYTHON} on this machine: pretalx is not measured.")
        return False
    say("Installing pretalx …")
    HOME.mkdir(parents=True, exist_ok=True)
    subprocess.run([python, "-m", "venv", HOME / "venv"], check=True)
    subprocess.run([_python(), "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)
    done.write_text(wanted)
    return True


def _python() -> Path:
    return HOME / "venv" / "bin" / "python"


def start(stage: Stage, people: int) -> Pretalx:
    """A database of its own on the server of the portal, filled, and the web server."""
    from eurocluster_portal import embedded

    say("Preparing pretalx …")
    home, port = stage.home / "pretalx", embedded.free_port()
    for name in ("data", "media", "logs"):
        (home / name).mkdir(parents=True)
    _create_database()
    (home / "pretalx.cfg").write_text(_configuration(home, port))
    environment = _environment(home)
    _run(environment, "-m", "pretalx", "migrate", "-v0")
    if not (HOME / "static").exists():
        _run(environment, "-m", "pretalx", "collectstatic", "--noinput", "-v0")
    facts = json.loads(_run(environment, str(HERE / "seed.py"), "event", str(people)).splitlines()[-1])
    _create_statistics()
    gunicorn = ["-m", "gunicorn", "pretalx.wsgi:application", "--workers", "2", "--worker-class", "gthread"]
    command = [str(_python()), *gunicorn, "--threads", "4", "--bind", f"127.0.0.1:{port}", "--timeout", "120"]
    with (home / "web.log").open("ab") as log:
        stage.processes["pretalx"] = subprocess.Popen(
            command, cwd=home, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    pretalx = Pretalx(stage, port, facts)
    wait_until(lambda: _answers(pretalx), what="The first page of pretalx", pause=0.5)
    return pretalx


def add_earlier(pretalx: Pretalx, number: int) -> None:
    """So many more submissions by others in the same call."""
    _run(_environment(pretalx.stage.home / "pretalx"), str(HERE / "seed.py"), "earlier", str(number))
    _create_statistics()


def _answers(pretalx: Pretalx) -> bool:
    try:
        return bool(Browser(pretalx.port, "", "").get(f"/{pretalx.facts['slug']}/cfp"))
    except (OSError, Refused):
        return False


def _environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    ours = {"PRETALX_CONFIG_FILE": str(home / "pretalx.cfg"), "DJANGO_SETTINGS_MODULE": "pretalx.settings"}
    return kept | ours


def _configuration(home: Path, port: int) -> str:
    from eurocluster_portal import embedded

    database, broker = urlsplit(os.environ["DATABASE_URL"]), os.environ["REDIS_URL"].rsplit("/", 1)[0]
    return (
        (HERE / "pretalx.cfg.in")
        .read_text()
        .format(
            home=home,
            static=HOME / "static",
            port=port,
            password=database.password,
            postgres_port=database.port,
            redis=broker,
            mail_port=embedded.free_port(),
        )
    )


def _run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([_python(), *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"pretalx: {' '.join(arguments)} did not work.\n{done.stdout}{done.stderr}")
    return done.stdout


def _create_database() -> None:
    from django.db import connection

    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("CREATE DATABASE pretalx")


def _create_statistics() -> None:
    import psycopg2

    connection = psycopg2.connect(os.environ["DATABASE_URL"].rpartition("/")[0] + "/pretalx")
    connection.autocommit = True
    connection.cursor().execute("VACUUM ANALYZE")
    connection.close()


# --- The way ----------------------------------------------------------------------------------


def browser_of(one: Poster, port: int) -> Browser:
    return Browser(port, f"pretalx_session={one.session}; pretalx_csrftoken={CSRF}", CSRF)


def walk(one: Poster, browser: Browser, facts: dict[str, Any]) -> Accepted:
    """From the call over its form steps to the list of what was submitted."""
    here = browser.get(f"/{facts['slug']}/submit/")
    for data in _steps(one, facts):
        here = browser.get(browser.post(here, {"csrfmiddlewaretoken": CSRF, "action": "submit", **data}))
    if not here.endswith("/me/submissions/"):
        raise Refused(f"The last step leads to {here}")
    return Accepted(one.number, 1, browser.took[-2])


def _steps(one: Poster, facts: dict[str, Any]) -> Iterator[dict[str, str]]:
    questions = facts["questions"]
    yield {
        "title": f"Panels of poster {one.number}",
        "abstract": prose(one.number),
        "description": prose(one.number, 280),
        "additional_speaker": "",
        "submission_type": str(facts["type"]),
        "track": str(facts["track"]),
    }
    yield {
        f"question_{questions['text']}": prose(one.number, 280),
        f"question_{questions['number']}": "25000",
        f"question_{questions['choice']}": str(questions["option"]),
    }
    yield {"name": f"Poster {one.number}", "biography": prose(one.number)}
