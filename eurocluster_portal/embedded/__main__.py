"""`python -m eurocluster_portal.embedded`: the guard of the servers, and `make reset`."""

import os
import sys
from pathlib import Path

from eurocluster_portal.embedded import EmbeddedServers, ServerProblem, reset


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["guard"]:
        if os.fork():
            os._exit(0)  # whoever started the guard is not its parent and need not wait for it
        EmbeddedServers(Path(arguments[1]), throw_away=arguments[2] == "throw-away").guard()
    elif arguments == ["reset"]:
        reset()
    else:
        raise ServerProblem("Usage: python -m eurocluster_portal.embedded reset")


try:
    main(sys.argv[1:])
except ServerProblem as problem:
    sys.exit(str(problem))
