"""Run other programs: the only module that starts them; always with argv lists, never with a shell."""

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from errno import EACCES
from functools import partial
from pathlib import Path
from typing import IO

from localenv.errors import LocalenvError, shortages
from localenv.host.background import in_background

NEUTRAL = Path("/")  # for a question to a program that may be a shim, which obeys files of its folder and those above
_PATIENCE = 2.0  # seconds for a program that may have received an interrupt too


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A program to run: its argv, and its environment and folder if they differ from this process's."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] | None = None  # None: that of this process
    more: Mapping[str, str] = field(default_factory=dict, repr=False)  # added to either
    folder: Path | None = None
    end: Callable[[], object] | None = field(default=None, compare=False, repr=False)  # ends what outlives its client


@dataclass(frozen=True, kw_only=True)
class Completed:
    """The result of a program; `output` holds standard output and error in order of arrival."""

    code: int
    output: str = field(repr=False)

    @property
    def lines(self) -> tuple[str, ...]:
        """The output without trailing empty lines."""
        return tuple(self.output.rstrip().splitlines())


TimedOut = subprocess.TimeoutExpired


class ProgramMissing(LocalenvError):  # noqa: N818 - named after the problem
    """A program that is not installed."""


class Terminated(KeyboardInterrupt):
    """A signal to this process alone, unlike Ctrl-C, which goes to all of a terminal; raised by a signal handler."""


def run(invocation: Invocation, *, stdin: Iterable[bytes] | None = None, timeout: float | None = None) -> Completed:
    """Run a program to completion; raises ProgramMissing, and TimedOut after `timeout` seconds with all of it ended.

    An exception of `stdin` is raised too, and ends the program before it accepts an incomplete input.
    """
    given = subprocess.DEVNULL if stdin is None else subprocess.PIPE
    with _started(invocation, stdin=given, apart=timeout is not None) as child:
        fed = in_background(partial(_feed, child, _own_input(child), stdin)) if stdin is not None else None
        try:
            output = _text(child, timeout)
        except BaseException as error:
            _end(child, apart=timeout is not None)
            if invocation.end and isinstance(error, TimedOut):
                invocation.end()
            raise
        if fed:
            fed.result()
    return Completed(code=child.returncode, output=output)


def lines(invocation: Invocation) -> Iterator[str]:
    """Its output line by line while it runs; closing the iterator ends the program."""
    with _started(invocation, stdin=subprocess.DEVNULL) as child:
        try:
            assert child.stdout is not None
            for line in child.stdout:
                yield line.decode(errors="replace").rstrip("\r\n")
        finally:
            child.terminate()


class Beside:
    """A program that runs beside this process, in a session of its own; each line of its output is reported."""

    def __init__(self, invocation: Invocation, output: Callable[[str], None], errors: Callable[[str], None]) -> None:
        self._child = subprocess.Popen(
            list(invocation.argv),
            env=_environment(invocation),
            cwd=invocation.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        pipes = ((self._child.stdout, output), (self._child.stderr, errors))
        self._read = [in_background(partial(_each_line, pipe, report)) for pipe, report in pipes]

    def interrupt(self) -> None:
        """Send it what Ctrl-C sends."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Its exit code, once it has ended and everything is reported."""
        code = self._child.wait()
        for one in self._read:
            one.result()
        return code if code >= 0 else 128 - code


def _each_line(pipe: IO[bytes] | None, report: Callable[[str], None]) -> None:
    assert pipe is not None
    with pipe:
        for line in pipe:
            report(line.decode(errors="replace").rstrip("\r\n"))


def background(invocation: Invocation, stdin: bytes, *, ready: str) -> Completed | None:
    """Start a program that continues in the background, and write to its `stdin`; None once it prints the line `ready`.

    It has a separate session and must fork to continue; if it never prints that line, the result says how it ended.
    It reads the whole of `stdin` also if this process is killed as soon as it has started.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as given, os.fdopen(writing, "wb", buffering=0) as giving:
        os.set_blocking(writing, False)
        sent = giving.write(stdin) or 0  # as much as a pipe holds
        child = _started(invocation, given.fileno(), apart=True)
        given.close()
        os.set_blocking(writing, True)
        with suppress(BrokenPipeError):
            giving.write(stdin[sent:])
    with child:
        assert child.stdout is not None
        output = []
        for line in child.stdout:
            output.append(line.decode(errors="replace"))
            if output[-1] == f"{ready}\n":
                return None
    return Completed(code=child.returncode, output="".join(output))


def check(invocation: Invocation) -> None:
    """Raise what starting a program would raise, as far as that can be known before: ProgramMissing, LocalenvError."""
    program, folder = invocation.argv[0], invocation.folder
    if folder and not folder.is_dir():
        raise _missing(invocation, FileNotFoundError())
    if "/" not in program:
        path = (_environment(invocation) or os.environ).get("PATH")
        if shutil.which(program, path=path, mode=os.F_OK) is None:
            raise _missing(invocation, FileNotFoundError())
        return
    file = (folder or Path.cwd()) / program
    if not file.exists():
        raise _missing(invocation, FileNotFoundError())
    if file.is_dir() or not os.access(file, os.X_OK):
        raise _missing(invocation, PermissionError(EACCES, os.strerror(EACCES)))


def attached(invocation: Invocation) -> int:
    """Run it on this terminal, with this process's standard streams; returns the exit code as in a shell.

    An interrupt that did not come from the terminal is passed on to a program that does not end by itself.
    """
    sys.stdout.flush()
    patience = None
    try:
        child = subprocess.Popen(list(invocation.argv), env=_environment(invocation), cwd=invocation.folder)
    except OSError as error:
        raise _missing(invocation, error) from error
    with child, _end_of(child) as has_ended:
        while child.returncode is None:
            try:
                if not has_ended(patience):  # only this process was sent the interrupt
                    patience = None
                    child.send_signal(signal.SIGINT)
            except Terminated:
                child.terminate()
            except KeyboardInterrupt:  # the child gets it from the terminal too: its reaction counts
                patience = None if _has_terminal() else _PATIENCE
        return child.returncode if child.returncode >= 0 else 128 - child.returncode


@contextmanager
def _end_of(child: subprocess.Popen[bytes]) -> Iterator[Callable[[float | None], bool]]:
    """Yield a function that waits for the end of a program at most that many seconds, and returns whether it has ended.

    A signal handler may raise in it. In `Popen.wait` it may raise after the kernel's only answer: the exit code is 0
    then.
    """
    reading, writing = os.pipe()
    in_background(partial(_close_afterwards, child, writing))
    try:
        yield lambda within: bool(select.select([reading], [], [], within)[0])
    finally:
        os.close(reading)


def _close_afterwards(child: subprocess.Popen[bytes], opened: int) -> None:
    try:
        child.wait()
    finally:
        os.close(opened)


def _has_terminal() -> bool:
    """Whether Ctrl-C on a terminal interrupts this process and its children."""
    with suppress(OSError):
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            return os.tcgetpgrp(terminal) == os.getpgrp()
        finally:
            os.close(terminal)
    return False


def _end(child: subprocess.Popen[bytes], *, apart: bool) -> None:
    """Kill a program; one with a separate session together with everything in it."""
    if apart and child.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


def _started(invocation: Invocation, stdin: int, *, apart: bool = False) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(invocation.argv),
            env=_environment(invocation),
            cwd=invocation.folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=apart,
        )
    except OSError as error:
        raise _missing(invocation, error) from error


def _environment(invocation: Invocation) -> dict[str, str] | None:
    if invocation.environment is None and not invocation.more:
        return None
    return {**(os.environ if invocation.environment is None else invocation.environment), **invocation.more}


def _missing(invocation: Invocation, error: OSError) -> LocalenvError:
    program = invocation.argv[0]
    if invocation.folder and not invocation.folder.is_dir():
        return LocalenvError(f"the folder {invocation.folder} does not exist")
    if isinstance(error, FileNotFoundError):
        return ProgramMissing(f"the program '{program}' is not installed")
    return LocalenvError(f"cannot start the program '{program}': {error.strerror}", hint=shortages.hint(error.errno))


def _text(child: subprocess.Popen[bytes], timeout: float | None) -> str:
    assert child.stdout is not None
    if timeout is None:
        text = child.stdout.read()
        child.wait()
    else:
        text, _ = child.communicate(timeout=timeout)
    return text.decode(errors="replace")


def _own_input(child: subprocess.Popen[bytes]) -> IO[bytes]:
    """Detach the standard input of a program, so that the program object no longer closes it."""
    assert child.stdin is not None
    pipe, child.stdin = child.stdin, None
    return pipe


def _feed(child: subprocess.Popen[bytes], pipe: IO[bytes], chunks: Iterable[bytes]) -> None:
    try:
        with suppress(BrokenPipeError):  # a failed program stops reading: its exit code shows it
            for chunk in chunks:
                pipe.write(chunk)
            pipe.close()
    except BaseException:
        child.kill()  # before it sees the end of its input
        raise
    finally:
        with suppress(BrokenPipeError):
            pipe.close()


def chunks(text: bytes | Sequence[bytes]) -> Iterator[bytes]:
    """A text as chunks for a program's input."""
    yield from [text] if isinstance(text, bytes) else text
