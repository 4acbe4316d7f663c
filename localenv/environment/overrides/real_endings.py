"""End what was started for an override that lets a real server answer."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from localenv import paths
from localenv.engines import Engine
from localenv.environment.down import guarding, others, removing
from localenv.environment.overrides import entries, keeping
from localenv.environment.overrides.entries import Override
from localenv.errors import EngineError, LocalenvError
from localenv.guard import own_programs
from localenv.host.locks import LockWaiting
from localenv.state import locking

PROGRAM, ENVIRONMENT = "program", others.ENVIRONMENT  # keys of an override's values: what has to be ended


def end(engine: Engine, identity: str, override: Override) -> None:
    """End all that an override has started: what forwards to the server, and the server itself."""
    own_programs.stop(identity, own_programs.real(override.subject))
    with suppress(EngineError):
        engine.bridges.stop(identity, bridge(override.subject))
    stop(engine, identity, override.values)
    paths.observed(identity, override.subject).unlink(missing_ok=True)


def end_dead(engine: Engine, identity: str, waits: LockWaiting | None = None) -> None:
    """End what processes that were killed had begun to start for overrides; `waits` as for the environment's lock."""
    if not any(one.is_over for one in entries.starting(identity)):
        return
    with locking.lock(identity, waits):  # so what still works on the environment is theirs
        for one in [one for one in entries.starting(identity) if one.is_over]:
            guarding.end_processes(identity)
            end(engine, identity, one)
            keeping.remove(identity, [one.id])


def bridge(upstream: str) -> str:
    """The name of the bridge to what forwards, part of a container's name."""
    return f"real-{upstream.replace('.', '-')}"


def stop(engine: Engine, identity: str, owed: Mapping[str, Any]) -> None:
    """End a server that was started."""
    if name := owed.get(PROGRAM):
        with suppress(LocalenvError):
            engine.services.discard(identity, [name])
    if (other := owed.get(ENVIRONMENT)) and others.is_of(identity, other):
        removing.down(other)
