"""The command line: the arguments split at `--`, the one command that was called, and every failure told once."""

import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence

from localenv.cli import commands
from localenv.cli.commands import Program, ProgramEnded
from localenv.console.failures import failure
from localenv.errors import Interrupted, LocalenvError

_CLOSED = (errno.EPIPE, errno.EIO)  # the reader of a pipe has gone, or the terminal
_NOBODY_READS = 141  # as a shell counts a program that ended because its output was closed
_OWN_FAILURE = 125  # as `env`, `timeout` and `docker run` do, so that CMD's own codes stay its own


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; nothing a person or a machine does wrong gets out of here."""
    own, program = split(sys.argv[1:] if argv is None else argv)
    _accept_every_character()
    try:
        code = _told(own, program)
    except ProgramEnded as ended:
        return ended.code
    finally:
        gc.freeze()  # as Python ends it would look at every object once more
    if argv is None and code == Interrupted.exit_code:  # whoever presses Ctrl-C once more is too late to hurt
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code not in (0, Interrupted.exit_code) and own[:1] == ["up"] and program is not None:
        return _OWN_FAILURE
    return code


def split(arguments: Sequence[str]) -> tuple[list[str], Program | None]:
    """The arguments before the first `--`, and the program after it; None where there is no `--`."""
    words = list(arguments)
    if "--" not in words:
        return words, None
    at = words.index("--")
    return words[:at], tuple(words[at + 1 :])


def _told(own: Sequence[str], program: Program | None) -> int:
    try:
        code = commands.call(own, program)
        sys.stdout.flush()
    except ProgramEnded:
        raise
    except OSError as error:
        if error.errno in _CLOSED:
            _stop_writing()
            return _NOBODY_READS
        return _failed(_bug(error, own))
    except KeyboardInterrupt:
        return _failed(Interrupted("interrupted"))
    except LocalenvError as error:
        return _failed(error)
    except Exception as error:
        return _failed(_bug(error, own))
    return code


def _failed(error: LocalenvError) -> int:
    try:
        print(failure(error, sys.stderr), file=sys.stderr, flush=True)
    except OSError:  # nobody reads
        _stop_writing()
    return error.exit_code


def _bug(error: Exception, own: Sequence[str]) -> LocalenvError:
    from localenv.cli import bugs  # what it needs costs time to import

    return bugs.told(error, own)


def _accept_every_character() -> None:
    """A terminal that lacks a character is shown another, and no failure."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _stop_writing() -> None:
    """Nobody reads any more: what is still buffered goes nowhere, and Python says nothing of it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
