"""The owner of an environment: the environment ends when this process dies."""

import os
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector
from typing import Any

from localenv.host import kernel


class WatchedOwner:
    """Watches one process at a time; `dead` is called with it when it ends."""

    def __init__(self, selector: BaseSelector, dead: Callable[[dict[str, int]], None]) -> None:
        self.selector = selector
        self.dead = dead
        self.identity: dict[str, int] | None = None
        self._descriptor: int | None = None

    @property
    def is_polled(self) -> bool:
        """Whether the kernel does not report its end."""
        return self.identity is not None and self._descriptor is None

    def watch(self, identity: dict[str, Any] | None) -> None:
        """Watch `{pid, start}` from now on; None for no process; raises before it changes anything."""
        wanted = None if identity is None else {name: int(identity[name]) for name in ("pid", "start")}
        if self._descriptor is not None:
            self.selector.unregister(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None
        self.identity = wanted
        if wanted is not None:
            self._descriptor = kernel.watched(wanted["pid"], wanted["start"])
            if self._descriptor is not None:
                self.selector.register(self._descriptor, EVENT_READ, self._ended)

    def poll(self) -> None:
        """Check, if the kernel does not report the end."""
        if self.is_polled and self.identity and kernel.started(self.identity["pid"]) != self.identity["start"]:
            self._ended()

    def _ended(self) -> None:
        ended = self.identity
        self.watch(None)
        if ended:
            self.dead(ended)
