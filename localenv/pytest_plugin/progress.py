"""What a person sees of a test session while its environment starts: a line."""

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
    """A listener that says that something starts, and what it is about; `nodeid` is the test that asks for it.

    Nothing is said of what ran already.
    """
    if config.get_verbosity() <= _SILENT:
        yield ignore
        return
    line = _Line(place=_place(config, nodeid), capturing=config.pluginmanager.getplugin("capturemanager"))
    try:
        yield line.tell
    except BaseException:
        line.close("failed after")
        raise
    line.close("started in")


class _Place(Protocol):
    """Where the line is written."""

    @property
    def is_live(self) -> bool:
        """Whether the line can be changed."""

    def begin(self, text: str) -> None:
        """Write the line."""

    def change(self, text: str) -> None:
        """Write it anew."""

    def end(self, text: str) -> None:
        """Add to it, and leave it."""


@dataclass(kw_only=True)
class _Line:
    """One line for an environment that starts, during which pytest captures nothing; any thread may tell of it."""

    place: _Place
    capturing: Any  # pytest's capture manager; None where it is switched off
    uncaptured: ExitStack = field(default_factory=ExitStack)
    lock: Lock = field(default_factory=Lock)
    began: float = field(default_factory=time.monotonic)
    identity: str = ""  # empty as long as nothing starts
    drawn: float = 0
    is_over: bool = False

    def tell(self, event: Event) -> None:
        """Something has been done, or begins."""
        with self.lock:
            if not self.is_over and event.phase is not Phase.LOG:
                self._tell(event)

    def _tell(self, event: Event) -> None:
        if not self.identity:
            self.identity = event.environment
            if self.capturing:
                self.uncaptured.enter_context(self.capturing.global_and_fixture_disabled())
            self.place.begin(self._text)
        if self.place.is_live and event.subject and time.monotonic() - self.drawn > _SHORTEST:
            self.drawn = time.monotonic()
            self.place.change(f"{self._text} {seconds(self.drawn - self.began)}: {sentence(event)}")

    def close(self, outcome: str) -> None:
        """How it went; from now on nothing is shown."""
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
    if reporter is None or hasattr(config, "workerinput"):  # that of a worker of xdist writes to nowhere
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
        self.reporter.rewrite(text[:width].rstrip())  # the cursor stands behind it

    def end(self, text: str) -> None:
        """What pytest had written before the line is written again behind it."""
        self.reporter.write(text, flush=True)
        verbosity = self.reporter.config.get_verbosity()
        if verbosity < 0:
            self.reporter.write("\n")
        elif verbosity == 0:
            self.reporter.write_fspath_result(self.nodeid, "")


@dataclass(kw_only=True)
class _StandardError:
    """For who has no terminal of pytest's."""

    is_live: bool = False

    def begin(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def change(self, text: str) -> None:
        """It is not live."""

    def end(self, text: str) -> None:
        """Other workers have written since."""
