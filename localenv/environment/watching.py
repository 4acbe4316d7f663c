"""Reload stubs into the running servers as they are saved."""

import threading
from concurrent.futures import Future
from contextlib import AbstractContextManager

from localenv.environment.saved_stubs import SavedStubs
from localenv.host.background import meanwhile
from localenv.stubs.sources import watch


def reloading(stubs: SavedStubs) -> "AbstractContextManager[Future[None]]":
    """Reload stubs as they are saved, until the block exits; the future gets the exception of a bug."""

    def follow(over: threading.Event) -> None:
        for names in watch.changes(stubs.upstreams.values(), over):
            stubs.reload(*sorted(names))

    return meanwhile(follow)
