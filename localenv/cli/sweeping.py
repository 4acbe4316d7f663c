"""What dead processes have left, found by whatever command comes next."""

import sys
from contextlib import suppress

from localenv.environment import recovery
from localenv.errors import LocalenvError


def sweep() -> None:
    """Have a guard remove every environment whose owner and guard are both no more, and say so.

    What a command that was killed as it looked has written down is nobody's, and nothing to talk about.
    """
    with suppress(LocalenvError, OSError):
        for record in recovery.abandoned():
            print(f"{record.identity} was left behind: it is being removed", file=sys.stderr)
    with suppress(LocalenvError, OSError):
        recovery.sweep()
