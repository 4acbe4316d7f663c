"""A service that runs on this machine in place of its container or process, under the same name and URL.

While a command is its owner, the service comes back when that ends, however it ends: a watcher under the guard sees to
it where the owner was killed.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from localenv import paths, state
from localenv.environment import ownership, stopping
from localenv.environment.here import forwarding
from localenv.errors import LocalenvError, UsageError
from localenv.guard import client, where
from localenv.stack import Role, Service
from localenv.stack.states import EnvironmentState
from localenv.state import Here, Owner, Record, locking

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

MARK = "LOCALENV_IN_PLACE"  # the environment variable of programs that run in place of a service


@contextmanager
def taken(environment: "Environment", name: str, *, command: str) -> Iterator[None]:
    """A program of this process runs in place of a service until the block exits; then the service is started again.

    Raises UsageError for a name that is not a service, or that another program has taken already.
    """
    owner = ownership.own()
    try:
        take(environment, name, command=command, owner=owner)
        yield
    finally:
        restore(environment, name, owner)


def take(environment: "Environment", name: str, *, command: str, owner: Owner) -> None:
    """Stop a service and lead everybody who asks it to the ports in its record."""
    service = service_of(environment, name)
    with locking.lock(environment.identity):
        record = _record(environment)
        before = record.here.get(name)
        if before and before.owner and ownership.is_alive(before.owner) and not ownership.is_same(before.owner, owner):
            pid = before.owner.pid
            raise UsageError(
                f"{name} runs on this machine already (pid {pid}: {before.command})", hint=f"to end it: kill {pid}"
            )
        seen = environment.engine.observe(environment.identity).services.get(name)
        runs = seen is not None and seen.state in forwarding.RUNNING
        here = Here(
            ports=before.ports if before else forwarding.free_ports(environment.deployment, service),
            time=time.time(),
            command=command,
            owner=owner,
            returns=before.returns if before else True,
        )
        _watch(environment.identity, name, owner)  # first: the rest may take seconds, and be killed
        state.save(record.but(here={**record.here, name: here}))
        if runs:
            environment.engine.services.signal(environment.identity, name, "stop")
        forwarding.open_up(environment.engine, environment.deployment, service, here)


def restore(environment: "Environment", name: str, owner: Owner, *, is_watcher: bool = False) -> None:
    """Start the service again if `owner` has taken it, and wait until it is ready; nothing if the environment is gone.

    A service that did not run before goes on to be awaited on this machine. Raises NotReadyError.
    """
    if not _hand_over(environment, name, owner):
        return
    record = state.load(environment.identity)
    try:
        if record and name not in record.stopped:  # it was not stopped before
            action = "restart" if is_watcher else "start"  # who was killed may have asked for its end, which is to come
            stopping.change(environment, [name], action, by="localenv run --in-place")
    except LocalenvError:
        _forget(environment.identity, name)
        raise
    _forget(environment.identity, name)  # not before: the watcher does the rest if this process is killed
    if not is_watcher:
        _unwatch(environment.identity, name)


def _hand_over(environment: "Environment", name: str, owner: Owner) -> bool:
    """Free the name and ports of a service that `owner` has taken; returns whether it is to be started."""
    with locking.lock(environment.identity):
        record = state.load(environment.identity)
        here = record.here.get(name) if record else None
        if record is None or here is None or record.state is EnvironmentState.STOPPING:
            return False
        if not ownership.is_same(here.owner, owner):
            return False
        if here.returns:
            environment.engine.bridges.stop(environment.identity, name)
            return True
        left = Here(ports=here.ports, time=time.time(), returns=False)
        state.save(record.but(here={**record.here, name: left}))
        forwarding.open_up(environment.engine, environment.deployment, environment.stack.services[name], left)
        return False


def _forget(identity: str, name: str) -> None:
    with locking.lock(identity):
        if record := state.load(identity):
            state.save(record.but(here={one: what for one, what in record.here.items() if one != name}))


def service_of(environment: "Environment", name: str) -> Service:
    """The service of that name; raises UsageError for any other name."""
    service = environment.stack.services.get(name)
    if service is None or service.role is not Role.SERVICE:
        known = ", ".join(one.name for one in environment.stack.of(Role.SERVICE))
        raise UsageError(f"unknown service '{name}'", hint=f"available: {known}")
    return service


def _record(environment: "Environment") -> Record:
    record = state.load(environment.identity)
    if record is None:
        raise LocalenvError(f"{environment.identity} is not running", hint="start it: localenv up")
    return record


def _watch(identity: str, name: str, owner: Owner) -> None:
    """Start the program that brings the service back if its owner is killed."""
    spec = {
        "name": _watcher(name),
        "role": "internal",
        "argv": list(client.task("restore", identity, name, str(owner.pid), str(owner.start))),
        "environment": {**client.environment(), where.MARK: f"{identity}/{_watcher(name)}"},
        "folder": "/",
        "log": str(paths.log(identity, _watcher(name))),
    }
    _unwatch(identity, name)
    try:
        _ask(identity, "spawn", spec=spec)
    except (client.NoGuard, client.RequestRefused) as error:
        raise LocalenvError(
            f"the guard of {identity} does not answer: {error}", hint="localenv down, then up"
        ) from error


def _unwatch(identity: str, name: str) -> None:
    with suppress(client.NoGuard, client.RequestRefused):
        _ask(identity, "stop", names=[_watcher(name)], forget=True)


def _ask(identity: str, do: str, **more: object) -> Mapping[str, object]:
    return client.ask(paths.state(identity, make=False), do, **more)


def _watcher(name: str) -> str:
    return f".here.{name}"
