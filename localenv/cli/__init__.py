"""The command line: splits the arguments at `--`, runs one command, and prints each error once."""

import errno
import gc
import os
import signal
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress

from localenv.cli import commands, signals
from localenv.cli.commands import ProgramEnded, ProgramWords
from localenv.console.failures import failure
from localenv.console.terminal import cleaned
from localenv.errors import Interrupted, LocalenvError
from localenv.host import starting, waiting

_CLOSED = (errno.EPIPE, errno.EIO)  # the pipe or the terminal was closed
_GARBAGE = 200_000  # new objects before a collection: thousands of files are read without one each
_OUTPUT_CLOSED = 141  # the exit code of a shell for SIGPIPE
_OWN_FAILURE = 125  # as for `env`, `timeout` and `docker run`: other codes come from CMD


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no exception leaves this function."""
    gc.set_threshold(_GARBAGE)
    own, program = split(sys.argv[1:] if argv is None else argv)
    waiting.listen(lambda text: print(text, file=sys.stderr, flush=True))
    _accept_every_character()
    try:
        with cleaned():
            code = _run(own, program)
    except ProgramEnded as ended:
        return ended.code
    finally:
        gc.freeze()  # avoids a final collection when Python exits
    if argv is None:
        _ignore_interrupts()
    if code not in (0, Interrupted.exit_code) and own[:1] == ["up"] and program is not None:
        return _OWN_FAILURE
    return code


def _ignore_interrupts() -> None:
    """The command has ended: a Ctrl-C no longer changes its exit code, unless nobody reads its output."""
    starting.begin()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def split(arguments: Sequence[str]) -> tuple[list[str], ProgramWords | None]:
    """The arguments before the first `--`, and the program after it; None without a `--`."""
    words = list(arguments)
    if "--" not in words:
        return words, None
    at = words.index("--")
    return words[:at], tuple(words[at + 1 :])


def _run(own: Sequence[str], program: ProgramWords | None) -> int:
    try:
        code = commands.call(own, program)
        sys.stdout.flush()
    except ProgramEnded:
        raise
    except OSError as error:
        if error.errno in _CLOSED and _is_output(error):
            _stop_writing()
            return _OUTPUT_CLOSED
        return _failed(_bug(error, own))
    except KeyboardInterrupt:
        return _failed(Interrupted("interrupted"))
    except LocalenvError as error:
        return _failed(error)
    except Exception as error:
        return _failed(Interrupted("interrupted") if signals.has_come() else _bug(error, own))
    return code


def _is_output(error: OSError) -> bool:
    """Whether an error is about the command's output, and not a disk, which has the same errno if it is broken."""
    if error.errno != errno.EIO:
        return True
    return error.filename is None and not any(map(os.isatty, (0, 1, 2))) and any(map(_is_terminal, (0, 1, 2)))


def _is_terminal(descriptor: int) -> bool:
    """Whether it is a terminal, even a closed one."""
    with suppress(OSError):
        details = os.fstat(descriptor)
        return stat.S_ISCHR(details.st_mode) and details.st_rdev != os.stat(os.devnull).st_rdev  # noqa: PTH116
    return False


def _failed(error: LocalenvError) -> int:
    try:
        print(failure(error, sys.stderr), file=sys.stderr, flush=True)
    except OSError:  # the output is closed
        _stop_writing()
    return error.exit_code


def _bug(error: Exception, own: Sequence[str]) -> LocalenvError:
    from localenv.cli import bugs  # its imports are slow

    return bugs.as_error(error, own)


def _accept_every_character() -> None:
    """Escape characters that the terminal cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _stop_writing() -> None:
    """Drop buffered output, so that Python does not report closed output when it exits."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(devnull, stream.fileno())
