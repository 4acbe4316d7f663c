"""Programs run in the place of a command: their exit code is its own."""

import sys

from localenv.console.failures import failure
from localenv.errors import LocalenvError
from localenv.process import Invocation, ProgramMissing
from localenv.process import attached as run_attached

_CANNOT_RUN, _NOT_THERE = 126, 127  # as every shell has them


def attached(invocation: Invocation) -> int:
    """Run it on this terminal; its exit code, or a shell's for one that is not there or cannot be run."""
    try:
        return run_attached(invocation)
    except LocalenvError as error:
        print(failure(error, sys.stderr), file=sys.stderr)
        return _NOT_THERE if isinstance(error, ProgramMissing) else _CANNOT_RUN


def has_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()
