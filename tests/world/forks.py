"""Commands of localenv in processes forked from one that has imported it: imports are most of a command's time.

Each has a process, variables, a folder and streams of its own, as one that was executed.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

from localenv.__main__ import main

_START = ("FORCE_COLOR", "LANG", "LC_", "LD_", "PYTHON", "TERM", "TZ")  # read when Python or a library starts
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["__main__", "tests.world.preloaded"])


@dataclass(frozen=True, kw_only=True)
class _Command:
    """A command for a new process; the descriptors of its streams are passed on when that starts."""

    arguments: Sequence[str]
    folder: Path
    variables: Mapping[str, str]
    streams: tuple[Any, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (list(self.arguments), self.folder, dict(self.variables), *map(DupFd, self.streams))

    def __call__(self) -> None:
        """Become the command."""
        for number, one in enumerate(self.streams):
            given = one.detach()
            os.dup2(given, number)
            os.close(given)
        sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace")
        os.environ.clear()
        os.environ.update(self.variables)
        os.chdir(self.folder)
        sys.argv[:] = ["localenv", *self.arguments]
        sys.exit(main())


def _restored(arguments: Sequence[str], folder: Path, variables: Mapping[str, str], *streams: Any) -> _Command:
    return _Command(arguments=arguments, folder=folder, variables=variables, streams=streams)


def can_run(variables: Mapping[str, str], usual: Mapping[str, str]) -> bool:
    """Whether a command with these variables can be forked: as far as they are read at the start, they are usual."""
    return _of_start(variables) == _of_start(usual)


def run(
    arguments: Sequence[str], *, folder: Path, variables: Mapping[str, str], stdin: str, timeout: float
) -> "subprocess.CompletedProcess[str]":
    """Run `localenv` with these arguments, as `subprocess.run` does; raises TimeoutExpired."""
    with ThreadPoolExecutor(3) as threads, ExitStack() as opened:
        with _pipes(opened) as (ours, theirs):
            command = _Command(arguments=arguments, folder=folder, variables=variables, streams=theirs)
            process = _FORKING.Process(target=command)
            process.start()
        threads.submit(_write, ours[0], stdin.encode())
        texts = [threads.submit(one.read) for one in ours[1:]]
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        out, err = (one.result(timeout).decode() for one in texts)
        return subprocess.CompletedProcess(list(arguments), process.exitcode, out, err)


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
