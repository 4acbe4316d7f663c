"""Start a stub server again that ran out of memory, with the stubs that the last `up` applied."""

from contextlib import ExitStack
from pathlib import Path

from localenv import state
from localenv.engines import Seen
from localenv.environment import applied, responding, stubbing, variables
from localenv.environment.locating import Target
from localenv.environment.overrides import entries
from localenv.environment.request import Request
from localenv.environment.up import awaited, preparing
from localenv.environment.up.clock import Clock
from localenv.stack import Stack
from localenv.stack.states import EnvironmentState, ServiceState
from localenv.state import Record, locking

_OUT_OF_MEMORY = 3  # the exit code of Java's option ExitOnOutOfMemoryError
_PATIENCE = 60.0  # seconds for a server to become ready


def restart(identity: str, server: str) -> None:
    """Start the server; exits with 1 if there is nothing to do, because a command has ended or replaced it."""
    with locking.lock(identity):
        record, planned = state.load(identity), applied.read(identity)
        if record is None or planned is None or record.state is not EnvironmentState.READY:
            raise SystemExit(1)
        if not _restarted(record, planned, server):
            raise SystemExit(1)


def _restarted(record: Record, planned: Stack, server: str) -> bool:
    target = Target(file=Path(record.description), repository=Path(record.folder))
    name = record.name if record.is_named else None
    request = Request(target=target, name=name, engine=record.engine, profiles=record.profiles)
    read = variables.applied(record.identity, target.repository, target.home)
    prepared = preparing.prepare(request, preparing.engine(record.engine, record.identity).engine, planned, read)
    if not _is_out_of_memory(prepared.observed.services.get(server)):
        return False
    engine, deployment = prepared.engine, prepared.deployment
    with ExitStack() as gates:
        for gate in engine.start(deployment, [server]).gates.values():
            gates.callback(gate)
        until = Clock().now() + _PATIENCE
        awaited.wait(engine, deployment, [deployment.stack.services[server]], until)
        responding.start(engine, deployment)
        own = [one.name for one in planned.upstreams.values() if one.server == server]
        stubbing.load(deployment, *own, is_new=True)
        entries.restore(deployment, server)
    return True


def _is_out_of_memory(seen: Seen | None) -> bool:
    """Whether a server has ended for this reason, and not because somebody ended it."""
    if seen is None or seen.state is not ServiceState.EXITED:
        return False
    return seen.out_of_memory or seen.exit_code == _OUT_OF_MEMORY
