"""A running environment and its operations, by subject. Each is a module, imported when it is first used.

Importing `localenv`, which exports this class, must cost next to nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from localenv.environment.handle.overrides import OverridesPart
from localenv.environment.handle.programs import ProgramsPart
from localenv.environment.handle.reading import ReadingPart
from localenv.environment.handle.traffic import TrafficPart

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from typing import Self

    from localenv.engines import Deployment, Engine
    from localenv.environment.handle.neighbours import Neighbours
    from localenv.environment.up.preparing import Prepared
    from localenv.environment.up.seed_snapshots import Reset
    from localenv.events import Event, Listener
    from localenv.stack import Stack
    from localenv.state import Record


def _ignore(event: Event) -> None:
    """Do nothing with an event."""


@dataclass(frozen=True, kw_only=True)
class Environment(ReadingPart, TrafficPart, OverridesPart, ProgramsPart):
    """An environment that runs, or did when it was looked up."""

    prepared: Prepared
    record: Record
    critical_path: str = ""
    warning: str = ""  # one line: what its commands go by, if that is not the current description and state
    listener: Listener = field(default=_ignore, repr=False)
    neighbours: Neighbours = field(repr=False)  # other environments, for those that are real servers of upstreams

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the environment if this process owns it; otherwise leave it running."""
        from localenv.environment.down import removing

        removing.leave(self.identity, listener=self.listener)

    @property
    def identity(self) -> str:
        """The environment's unique name on this machine, also used for its Compose project."""
        return self.record.identity

    @property
    def stack(self) -> Stack:
        """The services, needs and upstreams of this environment."""
        return self.prepared.stack

    @property
    def deployment(self) -> Deployment:
        """The stack with addresses and passwords."""
        return self.prepared.deployment

    @property
    def engine(self) -> Engine:
        """The engine that runs this environment."""
        return self.prepared.engine

    def watching(self, report: Callable[[str], None], *, key: str = "") -> AbstractContextManager[Future[None]]:
        """Take changes of services' files over until the block exits; `report` gets a line for each.

        `key` is what a person presses to run jobs that are due.
        """
        from localenv.environment import watching

        return watching.taking_over(self, report, key)

    def reset(self, *names: str) -> Reset:
        """Reset needs and upstreams (default: all) to their state when the environment became ready.

        The result lists what could not be reset, with `failure`. Raises UsageError for a name that cannot be reset.
        """
        from localenv.environment import resetting

        return resetting.reset(self, names)

    def stop(self, *names: str) -> None:
        """Stop services, needs or stub servers, until `start`, or the next `up`. Raises UsageError for other names."""
        self._change("stop", names)

    def start(self, *names: str) -> None:
        """Start what was stopped or paused, and wait until it is ready; a stub server gets its stubs and overrides
        back.

        Raises UsageError, NotReadyError.
        """
        self._change("start", names)

    def restart(self, *names: str) -> None:
        """Stop and start services, needs or stub servers, and wait until they are ready."""
        self._change("restart", names)

    def pause(self, *names: str) -> None:
        """Freeze services, needs or stub servers: they neither answer nor refuse connections."""
        self._change("pause", names)

    def unpause(self, *names: str) -> None:
        """Continue what was paused."""
        self._change("unpause", names)

    def _change(self, action: str, names: Sequence[str]) -> None:
        from localenv.environment import stopping

        stopping.change(self, names, action, by=f"process {os.getpid()}")

    def release(self) -> None:
        """Keep the environment running after this process exits, until `down` removes it."""
        from localenv.environment import leases

        leases.release(self.identity)
