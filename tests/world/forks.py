"""Commands of localenv and pytest in processes forked from one that has imported both: imports are most of their time.

Each has a process, variables, a folder and streams of its own, as one that was executed.
"""

import atexit
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

import pytest

from localenv.__main__ import main

_START = ("FORCE_COLOR", "LANG", "LC_", "LD_", "PYTHON", "TERM", "TZ")  # read when Python or a library starts
_ANEW = ("localenv.pytest_plugin.", "tests.")  # imported by pytest itself, and a suite may have a package of this name
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["__main__", "tests.world.preloaded"])


def _pytest() -> int:
    sys.path.insert(0, str(Path.cwd()))  # as `python -m` does
    for name in [one for one in sys.modules if f"{one}.".startswith(_ANEW)]:
        del sys.modules[name]
    return pytest.console_main()


_MAIN: Mapping[str, Callable[[], int]] = {"localenv": main, "pytest": _pytest}


@dataclass(frozen=True, kw_only=True)
class _Command:
    """A command for a new process; the descriptors of its streams are passed on when that starts."""

    argv: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    session: bool  # of its own
    streams: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        arguments = (list(self.argv), self.folder, dict(self.variables), self.session)
        return _restored, (*arguments, *map(DupFd, self.streams))

    def __call__(self) -> None:
        """Become the command."""
        if self.session:
            os.setsid()
        for number, one in enumerate(self.streams):
            given = one.detach()
            os.dup2(given, number)
            os.close(given)
        sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace")
        os.environ.clear()
        os.environ.update(self.variables)
        os.chdir(self.folder)
        sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
        sys.argv[:] = self.argv
        try:
            sys.exit(_MAIN[self.argv[0]]())
        finally:
            atexit._run_exitfuncs()  # which a forked process omits


def _restored(
    argv: Sequence[str], folder: Path, variables: Mapping[str, str], session: bool, *streams: Any
) -> _Command:
    return _Command(argv=argv, folder=folder, variables=variables, session=session, streams=streams)


@dataclass(frozen=True, kw_only=True)
class Forked:
    """A running command, with what `subprocess.Popen` says of one."""

    process: Any

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    @property
    def returncode(self) -> int | None:
        """Its exit code; None while it runs."""
        code = self.process.exitcode
        return None if code is None else int(code)

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; raises TimeoutExpired."""
        self.process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("forked", timeout or 0)
        return self.returncode

    def send_signal(self, sig: int) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):  # it just ended, and the fork server has yet to say so
                os.kill(self.pid, sig)

    def kill(self) -> None:
        """Kill it, if it still runs."""
        self.send_signal(signal.SIGKILL)


def can_run(argv: Sequence[str], variables: Mapping[str, str], usual: Mapping[str, str]) -> bool:
    """Whether a command can be forked: variables that are read when Python or a library starts are the usual ones."""
    is_known = tuple(argv[:2]) == (sys.executable, "-m") and argv[2] in _MAIN
    return is_known and _of_start(variables) == _of_start(usual)


def start(argv: Sequence[str], *, folder: Path, variables: Mapping[str, str], streams: tuple[int, int, int]) -> Forked:
    """Start it in a session of its own, with these descriptors as its streams."""
    process = _new(argv, folder, variables, streams, session=True)
    process.start()
    return Forked(process=process)


def run(
    argv: Sequence[str], *, folder: Path, variables: Mapping[str, str], stdin: str, timeout: float
) -> "subprocess.CompletedProcess[str]":
    """Run it, as `subprocess.run` does; raises TimeoutExpired."""
    with ThreadPoolExecutor(3) as threads, ExitStack() as opened:
        with _pipes(opened) as (ours, theirs):
            process = _new(argv, folder, variables, theirs, session=False)
            process.start()
        threads.submit(_write, ours[0], stdin.encode())
        texts = [threads.submit(one.read) for one in ours[1:]]
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(list(argv), timeout)
        out, err = (one.result(timeout).decode() for one in texts)
        return subprocess.CompletedProcess(list(argv), process.exitcode, out, err)


def _new(
    argv: Sequence[str], folder: Path, variables: Mapping[str, str], streams: tuple[int, ...], *, session: bool
) -> Any:
    command = _Command(argv=argv[2:], folder=folder, variables=variables, session=session, streams=streams)
    return _FORKING.Process(target=command)


@contextmanager
def _pipes(opened: ExitStack) -> Iterator[tuple[tuple[IO[bytes], ...], tuple[int, ...]]]:
    """Pipes for three streams: our ends, and the descriptors of those of the process, closed here afterwards."""
    (stdin, write), (out, stdout), (err, stderr) = (os.pipe() for _ in range(3))
    ours = (os.fdopen(write, "wb", buffering=0), os.fdopen(out, "rb"), os.fdopen(err, "rb"))
    for one in ours:
        opened.enter_context(one)
    try:
        yield ours, (stdin, stdout, stderr)
    finally:
        for number in (stdin, stdout, stderr):
            os.close(number)


def _write(pipe: IO[bytes], text: bytes) -> None:
    with suppress(BrokenPipeError), pipe:
        pipe.write(text)


def _of_start(variables: Mapping[str, str]) -> dict[str, str]:
    read = {name: text for name, text in variables.items() if name.startswith(_START)}
    read.pop("PYTHONDONTWRITEBYTECODE", None)  # changes no result
    return read
