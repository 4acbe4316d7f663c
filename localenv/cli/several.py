"""Several environments with one `localenv up`."""

import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, wait
from contextlib import suppress
from functools import partial

import typer

from localenv import Environment, Request
from localenv.cli import foreground, signals
from localenv.cli.stages import detached, leave, started, summarise
from localenv.console.failures import failure
from localenv.console.progress import Form
from localenv.environment.down.removing import Left
from localenv.errors import Interrupted, LocalenvError
from localenv.host.background import in_background


def up(requests: Sequence[Request], form: Form) -> None:
    """Bring them up one after the other, and follow the logs of all; Ctrl-C removes all.

    With `detach` return when all are ready; one that fails does not stop the others. Raises the last failure.
    """
    if requests[0].detach:
        _detached(requests, form)
    else:
        _foreground(requests, form)


def _detached(requests: Sequence[Request], form: Form) -> None:
    failed: LocalenvError | None = None
    for request in requests:
        try:
            detached(request, form)
        except Interrupted:
            raise
        except LocalenvError as error:
            if failed:
                print(failure(failed, sys.stderr), file=sys.stderr)
            failed = error
    if failed:
        raise failed


def _foreground(requests: Sequence[Request], form: Form) -> None:
    found: list[Environment] = []
    since = time.time()
    with signals.handled():
        try:
            for request in requests:
                began = time.monotonic()
                found.append(started(request, form))
                summarise(found[-1], form, sys.stdout, began)
            if form is Form.PERSON:
                names = ", ".join(one.record.env for one in found)
                print(f"following the logs of {names}; Ctrl-C removes them\n", file=sys.stderr, flush=True)
            _follow(found, form, since)
        except KeyboardInterrupt:
            left = [leave(one, form, is_announced=True) for one in reversed(found)]
            if not found or set(left) != {Left.GONE}:
                raise typer.Exit(Interrupted.exit_code) from None
        except BaseException:
            for one in reversed(found):
                with suppress(LocalenvError):  # the first failure is the one to report
                    leave(one, form)
            raise
        else:
            for one in reversed(found):
                leave(one, form)


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
