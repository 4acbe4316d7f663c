"""One line of progress while a test session's environment starts."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

import pytest

from localenv.console.words import seconds, sentence
from localenv.events import Event, Listener, Phase, ignore

_SILENT = -2  # -qq
_SHORTEST = 0.1  # seconds between two changes of the line


@contextmanager
def shown(config: pytest.Config, nodeid: str) -> Iterator[Listener]:
    """A listener that shows the progress of a start; `nodeid` is the test that requested it.

    Shows nothing if the environment was already running. A time limit that ends the start gets a note of what was last.
    """
    if config.get_verbosity() <= _SILENT:
        yield ignore
        return
    line = _Line(place=_place(config, nodeid), capturing=config.pluginmanager.getplugin("capturemanager"))
    try:
        yield line.show
    except BaseException as error:
        line.close("failed after")
        if isinstance(error, pytest.fail.Exception) and line.latest:
            error.add_note(sentence(line.latest))
        raise
    line.close("started in")


class _Place(Protocol):
    """An output for the line."""

    @property
    def is_live(self) -> bool:
        """Whether the line can be changed."""

    def begin(self, text: str) -> None:
        """Write the line."""

    def change(self, text: str) -> None:
        """Rewrite the line."""

    def end(self, text: str) -> None:
        """Append to the line and end it."""


@dataclass(kw_only=True)
class _Line:
    """One line for a starting environment, during which pytest's capturing is suspended; thread-safe."""

    place: _Place
    capturing: Any  # pytest's capture manager; None if it is disabled
    uncaptured: ExitStack = field(default_factory=ExitStack)
    lock: Lock = field(default_factory=Lock)
    began: float = field(default_factory=time.monotonic)
    identity: str = ""  # empty until something starts
    drawn: float = 0
    is_over: bool = False
    latest: Event | None = None  # of a subject

    def show(self, event: Event) -> None:
        """Show an event."""
        with self.lock:
            if not self.is_over and event.phase is not Phase.LOG:
                self._show(event)

    def _show(self, event: Event) -> None:
        if not self.identity:
            self.identity = event.environment
            if self.capturing:
                self.uncaptured.enter_context(self.capturing.global_and_fixture_disabled())
            self.place.begin(self._text)
        self.latest = event if event.subject else self.latest
        if self.place.is_live and event.subject and time.monotonic() - self.drawn > _SHORTEST:
            self.drawn = time.monotonic()
            self.place.change(f"{self._text} {seconds(self.drawn - self.began)}: {sentence(event)}")

    def close(self, outcome: str) -> None:
        """Show the outcome; nothing is shown afterwards."""
        with self.lock, self.uncaptured:
            self.is_over = True
            if self.identity and self.place.is_live:
                self.place.change(self._text)
            if self.identity:
                self.place.end(f" {outcome} {seconds(time.monotonic() - self.began)}")

    @property
    def _text(self) -> str:
        return f"localenv: starting {self.identity} …"


def _place(config: pytest.Config, nodeid: str) -> _Place:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):  # the reporter of an xdist worker has no output
        return _StandardError()
    return _Terminal(reporter=reporter, nodeid=nodeid)


@dataclass(kw_only=True)
class _Terminal:
    """pytest's own output, a terminal or a file."""

    reporter: Any
    nodeid: str

    @property
    def is_live(self) -> bool:
        return bool(self.reporter.isatty) and os.environ.get("TERM") != "dumb"

    def begin(self, text: str) -> None:
        self.reporter.ensure_newline()
        self.reporter.write(text, flush=True)

    def change(self, text: str) -> None:
        width = self.reporter.config.get_terminal_writer().fullwidth - 1
        self.reporter.rewrite(text if len(text) <= width else f"{text[: width - 1]}…", erase=True)
        self.reporter.rewrite(text[:width].rstrip())  # leaves the cursor at its end

    def end(self, text: str) -> None:
        """Write again what pytest had written before the line."""
        self.reporter.write(text, flush=True)
        verbosity = self.reporter.config.get_verbosity()
        if verbosity < 0:
            self.reporter.write("\n")
        elif verbosity == 0:
            self.reporter.write_fspath_result(self.nodeid, "")


@dataclass(kw_only=True)
class _StandardError:
    """Standard error, if pytest has no terminal reporter."""

    is_live: bool = False

    def begin(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def change(self, text: str) -> None:
        """Not supported: the output is not live."""

    def end(self, text: str) -> None:
        """Other workers have written since."""
