"""Programs run by a command, which exits with their code."""

import sys

from localenv.console.failures import failure
from localenv.errors import LocalenvError
from localenv.process import Invocation, ProgramMissing
from localenv.process import attached as run_attached

_CANNOT_RUN, _NOT_THERE = 126, 127  # as in a shell


def attached(invocation: Invocation) -> int:
    """Run a program on this terminal; returns its exit code, or the shell's code for a missing program."""
    try:
        return run_attached(invocation)
    except LocalenvError as error:
        return not_run(error)


def not_run(error: LocalenvError) -> int:
    """Show why a program cannot run; returns the shell's code for that."""
    print(failure(error, sys.stderr), file=sys.stderr)
    return _NOT_THERE if isinstance(error, ProgramMissing) else _CANNOT_RUN


def has_terminal() -> bool:
    """Whether input and output are a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()
