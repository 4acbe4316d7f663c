"""Several environments with one `localenv up`: they start side by side."""

import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, FIRST_EXCEPTION, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from threading import Lock
from typing import TextIO

import typer

from localenv import Environment, Request
from localenv.cli import foreground, one_of_several, signals
from localenv.cli.commands import ProgramEnded
from localenv.cli.stages import leave, say
from localenv.console.progress import Form
from localenv.environment import finding, lifecycle
from localenv.environment.down.removing import Left
from localenv.errors import Interrupted, LocalenvError
from localenv.events import Event
from localenv.host.background import in_background
from localenv.process import Beside

_LOCK = Lock()  # one terminal for all


def up(requests: Sequence[Request], form: Form) -> None:
    """Bring them up, and follow the logs of all; Ctrl-C removes all.

    With `detach` return when all are ready; one that fails does not stop the others. Exits with the code of the first
    one that failed.
    """
    if requests[0].detach:
        with signals.handled():
            _Starts(requests=requests, form=form).run(goes_on=True)
    else:
        _foreground(requests, form)


def _foreground(requests: Sequence[Request], form: Form) -> None:
    since = time.time()
    starts = _Starts(requests=[replace(request, owner=os.getpid()) for request in requests], form=form)
    with signals.handled():
        try:
            starts.run(goes_on=False)
            found = starts.ready()
            if form is Form.PERSON:
                say(f"following the logs of {', '.join(one.record.env for one in found)}; Ctrl-C removes them\n")
            _follow(found, form, since)
        except KeyboardInterrupt:
            found = starts.there()
            left = [leave(one, form, is_announced=True) for one in reversed(found)]
            if not found or set(left) != {Left.GONE}:
                raise typer.Exit(Interrupted.exit_code) from None
        except BaseException:
            for one in reversed(starts.there()):
                with suppress(LocalenvError):  # the first failure is the one to report
                    leave(one, form)
            raise
        else:
            for one in reversed(found):
                leave(one, form)


@dataclass(kw_only=True)
class _Starts:
    """The starts of environments, each by a program of its own."""

    requests: Sequence[Request]
    form: Form
    _codes: list["Future[int]"] = field(default_factory=list)
    _shown: list["_Output"] = field(default_factory=list)

    def run(self, *, goes_on: bool) -> None:
        """Start them side by side. Unless it `goes_on`, a failure interrupts the others; exits with its code."""
        self._shown = [_Output(name=request.target.file.stem, form=self.form) for request in self.requests]
        running = [
            one_of_several.begin(request, self.form, output=shown.line, errors=shown.message)
            for request, shown in zip(self.requests, self._shown, strict=True)
        ]
        self._codes = [in_background(one.wait) for one in running]
        try:
            self._wait(running, goes_on=goes_on)
        except KeyboardInterrupt:
            _interrupt(running)
            with signals.patient(is_announced=True):
                wait(self._codes)
            raise
        codes = [code for one in self._codes if (code := one.result())]
        if codes:
            raise ProgramEnded(next((code for code in codes if code != Interrupted.exit_code), codes[0]))

    def ready(self) -> list[Environment]:
        """The environments, once all are up."""
        pairs = zip(self.requests, self._shown, strict=True)
        return [replace(lifecycle.look(request), listener=shown.event) for request, shown in pairs]

    def there(self) -> list[Environment]:
        """What a start has left that failed or was interrupted, perhaps at its end."""
        pairs = zip(self.requests, self._shown, strict=False)
        found = [(request, shown) for request, shown in pairs if finding.started(request)]
        return [replace(lifecycle.look(request), listener=shown.event) for request, shown in found]

    def _wait(self, running: Sequence[Beside], *, goes_on: bool) -> None:
        left, shown = set(self._codes), dict(zip(self._codes, self._shown, strict=True))
        while left:
            done, left = wait(left, return_when=FIRST_COMPLETED)
            for one in done:
                shown[one].summarise()
            if not goes_on and any(one.result() for one in done):
                _interrupt(running)


def _interrupt(running: Sequence[Beside]) -> None:
    for one in running:
        one.interrupt()


@dataclass(kw_only=True)
class _Output:
    """What one of them prints: messages with its name, its summary whole; events in one sequence."""

    name: str
    form: Form
    _summary: list[str] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def line(self, text: str) -> None:
        """A line of standard output."""
        if self.form is Form.JSON:
            _print(sys.stdout, json.dumps({**json.loads(text), "seq": next(self._numbers)}))
        else:
            self._summary.append(text)

    def message(self, text: str) -> None:
        """A line of standard error."""
        _print(sys.stderr, f"{self.name}: {text}")

    def event(self, event: Event) -> None:
        """An event after the start."""
        self.line(json.dumps(event.document()))

    def summarise(self) -> None:
        """Print the summary."""
        if self._summary:
            _print(sys.stdout, "\n".join(self._summary))


def _print(stream: TextIO, text: str) -> None:
    with _LOCK, suppress(OSError):  # closed output must not prevent removal
        print(text, file=stream, flush=True)


def _follow(found: Sequence[Environment], form: Form, since: float) -> None:
    """Until the last of them ends."""
    logs_since, over = time.time(), threading.Event()
    follow = partial(foreground.follow, form=form, since=since, logs_since=logs_since, over=over)
    followed = [in_background(partial(follow, one, prefix=f"{one.record.env}/")) for one in found]
    try:
        wait(followed, return_when=FIRST_EXCEPTION)
    finally:
        over.set()
    for one in followed:
        one.result()
