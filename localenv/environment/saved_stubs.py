"""Reload stubs that were saved after they were loaded into the running stub servers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from localenv import paths, state
from localenv.engines import Deployment
from localenv.environment import stubbing
from localenv.environment.overrides import faults
from localenv.environment.up.digests import digest_of_stubs
from localenv.errors import DescriptionError, LocalenvError
from localenv.events import EventLog, Listener, Phase, Progress
from localenv.stack import Upstream
from localenv.state import locking
from localenv.stubs import sources

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


@dataclass(kw_only=True)
class SavedStubs:
    """The stubs of upstreams; `digests` identify the loaded ones, `load` sends the saved ones to the server.

    `record` keeps the digest of what was loaded: the next start compares with it.
    """

    upstreams: Mapping[str, Upstream]
    digests: dict[str, str]
    load: Callable[[str], object]
    events: EventLog
    record: Callable[[str, str], object] = lambda upstream, digest: None
    _saves: dict[str, object] = field(default_factory=dict)

    def reload(self, *upstreams: str) -> dict[str, LocalenvError]:
        """Load saved stubs that differ from the loaded ones; emits an event for each upstream.

        An upstream with a mistake keeps its old stubs: its event reports a failure, and the result contains its error.
        """
        refused: dict[str, LocalenvError] = {}
        for name in upstreams:
            saves = sources.saves(self.upstreams[name].sources)
            if saves != self._saves.get(name):
                self._saves[name] = saves
                self._compare(name, refused)
        return refused

    def _compare(self, name: str, refused: dict[str, LocalenvError]) -> None:
        now = sources.digest(self.upstreams[name].sources)
        if now != self.digests.get(name):
            self.digests[name] = now
            self._put(name, refused)

    def _put(self, name: str, refused: dict[str, LocalenvError]) -> None:
        began = time.monotonic()
        try:
            if problems := [problem for source in self.upstreams[name].sources for problem in sources.check(source)]:
                raise DescriptionError(problems)
            self.load(name)
            self.record(name, self.digests[name])
        except LocalenvError as error:
            refused[name] = error
            self.events.emit(Phase.STUBS, name, Progress.FAILED, error.message)
        else:
            self.events.emit(Phase.STUBS, name, Progress.DONE, "stubs changed", time.monotonic() - began)


def _load(deployment: Deployment, name: str) -> None:
    stubbing.load(deployment, name)
    if paths.overrides(deployment.identity).exists():
        upstream = deployment.stack.upstreams[name]
        with stubbing.admin(deployment, upstream.server) as opened:
            faults.refresh(deployment, opened, upstream)


def _record(identity: str, name: str, digest: str) -> None:
    """Record that a server has other stubs than its start loaded, so that the next start loads what is there then."""
    with locking.lock(identity):
        if record := state.load(identity):
            state.save(record.but(components={**record.components, name: f"{digest} saved"}))


def of(environment: "Environment", listener: Listener) -> SavedStubs:
    """The loaded stubs of an environment."""
    upstreams = environment.stack.upstreams
    return SavedStubs(
        upstreams=upstreams,
        digests={name: digest_of_stubs(environment.record.components, name) for name in upstreams},
        load=partial(_load, environment.deployment),
        events=EventLog(environment=environment.identity, listener=listener),
        record=partial(_record, environment.identity),
    )
