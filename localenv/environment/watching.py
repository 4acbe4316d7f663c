"""Stubs put into the running servers as they are saved."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager

from localenv.environment.saved_stubs import SavedStubs
from localenv.host.background import in_background
from localenv.stubs.sources import watch

_LONGEST_END = 2.0  # seconds to wait for a reload in progress


@contextmanager
def reloading(stubs: SavedStubs) -> Iterator["Future[None]"]:
    """Reload stubs as they are saved, until the block is left; the future has the exception of a bug."""
    over = threading.Event()
    work = in_background(lambda: _follow(stubs, over))
    try:
        yield work
    finally:
        over.set()
        wait([work], _LONGEST_END)


def _follow(stubs: SavedStubs, over: threading.Event) -> None:
    for names in watch.changes(stubs.upstreams.values(), over):
        stubs.reload(*sorted(names))
