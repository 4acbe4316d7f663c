"""What this worker's needs held when its session began, brought back after each test that changed it."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from localenv import needs, paths
from localenv.data import snapshots
from localenv.environment import Environment
from localenv.errors import JobError, UsageError
from localenv.stack import Connection, Need, Reader

_NAME = "pytest"


def remember(environment: Environment, names: Iterable[str]) -> None:
    """Note what these needs hold; where somebody has noted it and died, bring that back."""
    for need, connection in _needs(environment, names):
        if not _is_back(environment, need, connection):
            snapshots.remember(need, connection, _folder(environment))


def restore(environment: Environment, names: Iterable[str]) -> None:
    """Make these needs hold what was noted; connections to them stay. Raises JobError."""
    for need, connection in _needs(environment, names):
        snapshots.restore(need, connection, _folder(environment))


def forget(environment: Environment, names: Iterable[str]) -> None:
    """Leave no trace in needs that others go on using."""
    for need, connection in _needs(environment, names):
        snapshots.forget(need, connection, _folder(environment))
        shutil.rmtree(_folder(environment) / need.name, ignore_errors=True)


def check(environment: Environment, name: str) -> None:
    """Raises UsageError for a need of a kind that cannot be brought back."""
    kind = environment.stack.needs[name].kind
    if not needs.kind(kind).RESTORES:
        raise UsageError(f"what {name} holds cannot be brought back: localenv does not do that for {kind}")


def _is_back(environment: Environment, need: Need, connection: Connection) -> bool:
    """Whether there was a note and it could be used; one of a server that is gone is worth nothing."""
    if not (_folder(environment) / need.name).exists():
        return False
    try:
        snapshots.restore(need, connection, _folder(environment))
    except JobError:
        return False
    return True


def _needs(environment: Environment, names: Iterable[str]) -> Iterator[tuple[Need, Connection]]:
    for name in names:
        need = environment.stack.needs[name]
        if needs.kind(need.kind).RESTORES:
            yield need, environment.deployment.settlement.connection(name, Reader.MACHINE)


def _folder(environment: Environment) -> Path:
    return paths.state(environment.identity) / _NAME
