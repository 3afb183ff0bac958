"""Make this directory ready to run: check the machine, make `.venv`, install the locked packages.

    python3 scripts/prepare.py [--dev] [--port]

Runs before anything is installed, on whatever Python the machine has: standard library only, and syntax that Python 3.6
can read, so that an old Python gets a sentence instead of a syntax error.
"""

import argparse
import ctypes
import hashlib
import os
import re
import socket
import subprocess
import sys
import time

BASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(BASE_DIR, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed.sha256")
VAR_DIR = os.environ.get("PORTAL_VAR_DIR") or os.path.join(BASE_DIR, "var")
# One library per Debian package that WeasyPrint needs, with the name macOS gives it.
LIBRARIES = [
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    ("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
]


class Problem(Exception):
    """A sentence for the person at the terminal: what is wrong and what to do."""


def say(text):
    print(text, flush=True)


def check_python():
    if sys.version_info < (3, 11):
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise Problem(
            "The portal needs Python 3.11 or newer; %s is %s. Install a newer one, or name it: "
            "make PYTHON=/path/to/python3.12 …" % (sys.executable, found)
        )


def can_load(names):
    for name in names:
        try:
            ctypes.CDLL(name)
            return True
        except OSError:
            pass
    return False


def check_pango():
    missing = [names[0] for names in LIBRARIES if not can_load(names)]
    if missing:
        raise Problem(
            "Pango is missing (%s); PDF files need it. Debian and Ubuntu: apt-get install "
            "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 · macOS: brew install pango" % ", ".join(missing)
        )


def check_writable():
    for directory in (BASE_DIR, VAR_DIR):
        try:
            os.makedirs(directory, exist_ok=True)
            probe = os.path.join(directory, ".writable.%d" % os.getpid())
            open(probe, "w").close()
            os.remove(probe)
        except OSError as error:
            raise Problem(
                "Cannot write to %s (%s). Make it writable for you, or work in a copy that is yours%s."
                % (directory, error.strerror, "; PORTAL_VAR_DIR=… moves the data" if directory == VAR_DIR else "")
            )


def check_port():
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise Problem("PORT=%s is not a port; choose a number between 1024 and 65535." % port)
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))
    except PermissionError:
        raise Problem("Port %s needs administrator rights; choose one above 1023: make run PORT=8001" % port)
    except OSError as error:
        reason = "is in use" if error.errno in (48, 98) else "cannot be opened on %s (%s)" % (host, error.strerror)
        raise Problem(
            "Port %s %s. Stop what uses it, or choose another: make run PORT=%d" % (port, reason, int(port) + 1)
        )


def requirement_files(dev):
    names = ["requirements.txt", "requirements-dev.txt"] if dev else ["requirements.txt"]
    return [os.path.join(BASE_DIR, name) for name in names]


def fingerprint(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def installed():
    """Fingerprints of the requirement files whose packages are in `.venv`."""
    try:
        with open(STAMP) as file:
            return set(file.read().split())
    except OSError:
        return set()


def make_venv():
    if (
        os.path.exists(VENV_PYTHON)
        and subprocess.call([VENV_PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    ):
        return
    say("Making the virtual environment .venv …")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if made.returncode:
        raise Problem(
            "Python could not make a virtual environment. Debian and Ubuntu: apt-get install python3-venv\n"
            + made.stdout.strip()
        )


def install(files):
    total = sum(len(re.findall(r"^[\w.\[\]-]+==", open(path).read(), re.MULTILINE)) for path in files)
    say("Installing %d pinned packages (usually under a minute) …" % total)
    command = [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += ["--require-hashes", "--progress-bar", "off", "--root-user-action", "ignore"]
    for path in files:
        command += ["-r", path]
    lines, seen = [], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout:
            lines.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                if seen % 15 == 0:
                    say("  %d of about %d fetched" % (seen, total))
            elif line.startswith("Installing collected"):
                say("  all fetched, unpacking …")
    if pip.returncode:
        sys.stderr.write("".join(lines[-12:]))
        raise Problem("The packages could not be installed (see above). Is the package index reachable?")


def set_up(dev):
    files = requirement_files(dev)
    wanted = {fingerprint(path) for path in files}
    if os.path.exists(VENV_PYTHON) and wanted <= installed():
        return
    began = time.time()
    make_venv()
    install(files)
    with open(STAMP, "w") as file:
        file.write("\n".join(sorted(wanted)))
    say("Installed in %.0f s." % (time.time() - began))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what the checks and tests need")
    parser.add_argument("--port", action="store_true", help="also check that HOST:PORT is free")
    options = parser.parse_args()
    check_python()
    check_pango()
    check_writable()
    if options.port:
        check_port()
    set_up(options.dev)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
