"""Leftovers of dead processes, removed by the next command."""

import sys
from contextlib import suppress

from localenv.environment import recovery
from localenv.errors import LocalenvError


def sweep() -> None:
    """Start a guard for every environment whose owner and guard are dead, to remove it, and print its name.

    Files without a record, left by a killed read-only command, are removed without a message.
    """
    with suppress(LocalenvError, OSError):
        for record in recovery.abandoned():
            print(f"removing {record.identity}: its localenv up was killed", file=sys.stderr)
    with suppress(LocalenvError, OSError):
        recovery.sweep()
