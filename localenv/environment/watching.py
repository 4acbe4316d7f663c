"""Take saved files over while an environment runs: stubs, and the files of services."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from localenv.environment.saved_stubs import SavedStubs
from localenv.environment.watch.alone import alone
from localenv.environment.watch.taking import Taking
from localenv.host.background import meanwhile
from localenv.stubs.sources import watch

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


def reloading(stubs: SavedStubs) -> "AbstractContextManager[Future[None]]":
    """Reload stubs as they are saved, until the block exits; the future gets the exception of a bug."""

    def follow(over: threading.Event) -> None:
        for names in watch.changes(stubs.upstreams.values(), over):
            stubs.reload(*sorted(names))

    return meanwhile(follow)


@contextmanager
def taking_over(environment: "Environment", report: Callable[[str], None], key: str) -> Iterator["Future[None]"]:
    """Take changes of services' files over until the block exits; the future gets the exception of a bug."""
    taking = Taking(environment=environment, report=report, key=key)

    def follow(over: threading.Event) -> None:
        alone(environment.identity, taking.follow, report, over)

    with meanwhile(follow) as work:
        try:
            yield work
        finally:
            taking.stop()
