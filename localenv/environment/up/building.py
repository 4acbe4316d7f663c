"""What services run from: built or fetched while others start already."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from localenv.environment.event_log import EventLog
from localenv.environment.up.preparing import Prepared
from localenv.events import Phase, State
from localenv.host.background import in_background
from localenv.plan import Action
from localenv.stack import Job, Role


@dataclass(kw_only=True)
class Builds:
    """Those of one start; the threads are daemons, so that an interrupt need not wait for them."""

    prepared: Prepared
    events: EventLog
    _running: list["Future[None]"] = field(default_factory=list)

    def begin(self, jobs: Iterable[Job]) -> None:
        """Have what is due, for these jobs too."""
        due = self.prepared.steps
        self._running += [in_background(partial(self._build, name)) for name in due.of(Action.BUILD)]
        wanted = {*due.of(Action.START, Action.REPLACE), *(job.service for job in jobs)}
        services = [one.name for one in self.prepared.stack.of(Role.SERVICE) if one.name in wanted and not one.build]
        if services:
            self._running.append(in_background(partial(self.fetch, services)))

    def wait(self) -> None:
        """Until all are there; raises the failure of the first that is not."""
        for one in self._running:
            one.result()

    def fetch(self, names: Sequence[str]) -> None:
        """What is not on this machine yet, images or WireMock, is told of."""
        began: dict[str, float] = {}

        def fetches(what: str) -> None:
            began[what] = time.monotonic()
            self.events.emit(Phase.PULL, what, State.WORKING)

        self.prepared.engine.build(self.prepared.deployment, names, fetches)
        for what, since in began.items():
            self.events.emit(Phase.PULL, what, State.DONE, seconds=time.monotonic() - since)

    def _build(self, name: str) -> None:
        with self.events.step(Phase.BUILD, name, self.prepared.steps.reason(name)):
            self.prepared.engine.build(self.prepared.deployment, [name], lambda line: self.events.output(name, line))
