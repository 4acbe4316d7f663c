"""Run commands: start them, read their output, and wait for their exit."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest

from localenv.cli import main
from tests.world import forks
from tests.world.repository import CHECKOUT
from tests.world.waiting import until

LOCALENV = (sys.executable, "-m", "localenv")
PATIENCE = 120  # time limit of a command in seconds
KNOWN = {
    "PYTHONPATH": str(CHECKOUT),
    "COLUMNS": "200",
    "NO_COLOR": "1",
    "PIP_COMPILE": "0",  # of what `native.setup` installs, what is used is compiled at its first use
}  # set for every command

_SETTINGS = ("LOCALENV_", "COMPOSE_")  # of the user who runs the tests


def variables(own: Mapping[str, str], *, without: Sequence[str] = ()) -> dict[str, str]:
    """The environment of a command: this process's variables, without user settings, and its own."""
    hidden = (*_SETTINGS, *without)
    return {name: text for name, text in os.environ.items() if not name.startswith(hidden)} | dict(own)


USUAL = variables(KNOWN)


@dataclass(frozen=True, kw_only=True)
class Completed:
    """The result of a command; `seconds` is its duration."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def text(self) -> str:
        """All of its output."""
        return f"{self.out}\n{self.err}"

    @property
    def document(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def documents(self) -> list[Any]:
        """Standard output as one JSON document per line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Child(Protocol):
    """A process that was executed or forked."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


@dataclass(kw_only=True)
class Running:
    """A running command, in a separate session."""

    child: Child
    streams: tuple[Callable[[], str], ...]  # its output so far: a terminal, or standard output and errors
    read_out: Callable[[], object] = lambda: None  # returns when its output is read to the end
    looked: Callable[[], object] = lambda: None  # called when the awaited text was found

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def text(self) -> str:
        """Its output so far."""
        return "\n".join(read() for read in self.streams)

    @property
    def out(self) -> str:
        """Its standard output, or everything on its terminal."""
        return self.streams[0]()

    @property
    def err(self) -> str:
        """Its standard error; empty on a terminal."""
        return "".join(read() for read in self.streams[1:])

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs."""
        code = self.child.poll()
        if code is not None:
            self.read_out()
        return code

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code."""
        code = self.child.wait(seconds)
        self.read_out()
        return code

    def wait_for(self, text: str, *, times: int = 1, timeout: float = PATIENCE) -> str:
        """Return the output as soon as it contains the text; fails at once if the command exits without it."""

        def is_printed() -> bool:
            ended = self.code is not None  # before reading: its last output counts
            found = self.text.count(text) >= times
            assert found or not ended, f"it exited with {self.code} and without {text!r}:\n{self.text}"
            return found

        until(is_printed, f"{text!r} in:\n", timeout, lambda: self.text)
        self.looked()
        return self.text

    def signal(self, number: int) -> None:
        """Send a signal only to this process."""
        self.child.send_signal(number)

    def end(self, number: int, seconds: float = PATIENCE) -> int:
        """Send it a signal, and wait for its exit code."""
        self.signal(number)
        return self.wait(seconds)

    def kill(self) -> None:
        """Kill it."""
        self.end(signal.SIGKILL)

    def kill_group(self) -> None:
        """Kill it with all processes in its session."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.child.kill()  # one that was just forked has no session yet
        self.wait(60)


def run(
    argv: Sequence[str], *, folder: Path, variables: Mapping[str, str], stdin: str = "", timeout: float = PATIENCE
) -> Completed:
    """Run a program to completion; localenv and pytest are forked where that makes no difference."""
    began = time.monotonic()
    if forks.can_run(argv, variables, USUAL):
        done = forks.run(argv, folder=folder, variables=variables, stdin=stdin, timeout=timeout)
    else:
        done = subprocess.run(
            argv, cwd=folder, env=dict(variables), input=stdin, capture_output=True, text=True, timeout=timeout
        )
    return Completed(code=done.returncode, out=done.stdout, err=done.stderr, seconds=time.monotonic() - began)


def run_here(captured: pytest.CaptureFixture[str], *arguments: str) -> Completed:
    """Run a command of localenv in this process, which is faster and allows fakes."""
    began = time.monotonic()
    code = main(arguments)
    printed = captured.readouterr()
    return Completed(code=code, out=printed.out, err=printed.err, seconds=time.monotonic() - began)


def start(
    argv: Sequence[str],
    *,
    folder: Path,
    variables: Mapping[str, str],
    output: Path,
    executed: bool = False,
    **options: Any,
) -> Running:
    """Start a program with its output in files of this name, so that it never blocks on a reader.

    localenv and pytest are forked where that makes no difference, unless they are to be executed.
    """
    out, err = (output.with_name(f"{output.name}{kind}") for kind in (".out", ".err"))
    with out.open("wb") as opened, err.open("wb") as errors, Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), opened.fileno(), errors.fileno())
        child = _started(argv, folder, variables, streams, executed=executed, **options)
    return Running(child=child, streams=(partial(_whole, out), partial(_whole, err)))


def start_on_terminal(
    argv: Sequence[str], *, folder: Path, variables: Mapping[str, str], executed: bool = False
) -> Running:
    """Start a program on a separate terminal."""
    ours, theirs = pty.openpty()
    child = _started(argv, folder, {**variables, "TERM": "dumb"}, (theirs, theirs, theirs), executed=executed)
    os.close(theirs)
    screen = Screen(terminal=ours)
    return Running(child=child, streams=(screen.text,), read_out=screen.read_out)


def _started(
    argv: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    streams: tuple[int, int, int],
    *,
    executed: bool,
    **options: Any,
) -> Child:
    usual = USUAL | {"TERM": variables["TERM"]} if "TERM" in variables else USUAL  # no library reads it at its start
    if not executed and not options and forks.can_run(argv, variables, usual):
        return forks.start(argv, folder=folder, variables=variables, streams=streams)
    stdin, stdout, stderr = streams
    return subprocess.Popen(
        argv, cwd=folder, env=dict(variables), stdin=stdin, stdout=stdout, stderr=stderr,
        start_new_session=True, **options,
    )  # fmt: skip


@dataclass(kw_only=True)
class Screen:
    """The output on a terminal; read continuously, because a program blocks on a full terminal."""

    terminal: int
    shown: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def read_out(self) -> None:
        """Wait for the end of the output, or for its timeout if no other process has the terminal open."""
        self._reader.join(5)

    def text(self) -> str:
        return b"".join(self.shown).decode(errors="replace").replace("\r\n", "\n")

    def _read(self) -> None:
        with suppress(OSError):
            while chunk := os.read(self.terminal, 1 << 16):
                self.shown.append(chunk)
        os.close(self.terminal)


def _whole(file: Path) -> str:
    return file.read_text(errors="replace")
