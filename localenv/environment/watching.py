"""Stubs put into the running servers as they are saved."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager

from localenv.environment.handle import Environment
from localenv.environment.saved_stubs import SavedStubs
from localenv.events import Listener
from localenv.host.background import in_background
from localenv.stubs.sources import watch

_LONGEST_END = 2.0  # seconds that a reload which is under way is waited for


@contextmanager
def reloading(found: Environment, listener: Listener | None = None) -> Iterator["Future[None]"]:
    """Meanwhile stubs are reloaded as they are saved, and the listener hears of it; a mistake keeps the old ones.

    Gives the work that does it: its exception is a bug's.
    """
    over = threading.Event()
    work = in_background(lambda: _follow(found.saved_stubs(listener), found, over))
    try:
        yield work
    finally:
        over.set()
        wait([work], _LONGEST_END)


def _follow(stubs: SavedStubs, found: Environment, over: threading.Event) -> None:
    for names in watch.changes(found.stack.upstreams.values(), over):
        stubs.reload(*sorted(names))
