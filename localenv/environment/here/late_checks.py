"""Smoke checks that `up` has left for later, because a service that runs on this machine did not answer yet."""

from threading import Event as Flag
from typing import TYPE_CHECKING

from localenv import state
from localenv.environment.up import left_out, smoke
from localenv.host.waiting import looks
from localenv.state import locking

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_LOOK = 0.3  # seconds between two looks


def are_due(environment: "Environment") -> bool:
    """Whether checks were left for later."""
    return bool(environment.stack.smoke and environment.record.here and not environment.record.smoke)


def run(environment: "Environment", over: Flag) -> bool:
    """Run them once everything answers; returns whether they ran before `over` was set. Raises as smoke checks do."""
    for _ in looks(pause=_LOOK):
        record = state.load(environment.identity)
        if over.is_set() or record is None:
            return False
        if not left_out.silent(environment.prepared, record):
            break
    smoke.run(environment.prepared, lambda line: None)
    with locking.lock(environment.identity):
        if record := state.load(environment.identity):
            state.save(record.but(smoke=environment.prepared.wanted.smoke))
    return True
