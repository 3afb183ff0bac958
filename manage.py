#!/usr/bin/env python
"""Django's command line for the portal. Starts the embedded servers for commands that need the database."""

import os
import sys

from eurocluster_portal import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eurocluster_portal.settings")
    from django.core.management import execute_from_command_line

    with embedded.servers_for(sys.argv[1:]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except embedded.ServerProblem as problem:
        sys.exit(str(problem))
