"""The processes of `make run`, kept together: one ends, all end; the terminal goes away, all end."""

import ctypes
import functools
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import Queue
from pathlib import Path

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Popen, Process

PR_SET_PDEATHSIG = 1


def die_with_parent(number: int) -> None:
    """Have Linux send this process the signal when its parent dies, however it dies. Elsewhere nothing happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


class BoundProcess(Process):
    """A process that does not outlive the portal, even when that is killed without warning."""

    def run(self, events: "Queue[object] | None" = None, ignore_signals: bool = False) -> None:
        die_with_parent(signal.SIGKILL)
        bound = functools.partial(die_with_parent, signal.SIGTERM)
        self._child_ctor = functools.partial(Popen, preexec_fn=bound)
        super().run(events, ignore_signals)


class Together(Manager):
    """Honcho's manager, quiet about its own doings and with bound processes."""

    def __init__(self, *, then: Callable[[], None]) -> None:
        super().__init__(Printer(sys.stdout))
        self._process_ctor = BoundProcess
        self.then = then

    def _start(self) -> None:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))  # the terminal is gone
        super()._start()
        # Threads only now: the processes are forked, and forking with threads about is asking for trouble.
        stop_with_make()
        threading.Thread(target=self.then, daemon=True).start()

    def add(self, name: str, *command: str) -> None:
        self.add_process(name, "exec " + shlex.join(command), env={**os.environ, "PYTHONUNBUFFERED": "1"})

    def _system_print(self, data: str) -> None:
        if "received" in data and not self._terminating:
            sys.stdout.write("\nStopping …\n")
        elif "stopped (rc=" in data and not self._terminating:
            super()._system_print(data)


def make_was_interrupted(make: int) -> bool:
    """Whether make (a process id) got a SIGINT that it keeps to itself, or is gone.

    `kill -INT <make>` reaches make alone, which then waits for its children without telling them. While it
    waits it no longer catches SIGINT, which Linux shows.
    """
    try:
        status = Path(f"/proc/{make}/status").read_text()
    except OSError:
        return True
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    ignored = next(line for line in status.splitlines() if line.startswith("SigIgn"))
    bit = 1 << (signal.SIGINT - 1)
    return not (int(caught.split()[1], 16) | int(ignored.split()[1], 16)) & bit


def stop_with_make() -> None:
    """Send ourselves SIGTERM when the make that started us was interrupted or killed."""
    make = os.getppid()
    comm = Path(f"/proc/{make}/comm")
    if not comm.exists() or comm.read_text().strip() not in {"make", "gmake"}:
        return

    def watch() -> None:
        while not make_was_interrupted(make):
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
