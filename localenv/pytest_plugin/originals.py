"""What this worker's needs held when its session began, brought back after each test that changed it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from localenv import needs, paths
from localenv.data import snapshots
from localenv.environment import Environment
from localenv.errors import UsageError
from localenv.stack import Connection, Need, Reader

_NAME = "pytest"


def remember(environment: Environment, names: Iterable[str]) -> None:
    """Note what these needs hold; where somebody has noted it and died, bring that back."""
    for need, connection in _needs(environment, names):
        if (_folder(environment) / need.name).exists():
            snapshots.restore(need, connection, _folder(environment))
        else:
            snapshots.remember(need, connection, _folder(environment))


def restore(environment: Environment, names: Iterable[str]) -> None:
    """Make these needs hold what was noted; connections to them stay. Raises JobError."""
    for need, connection in _needs(environment, names):
        snapshots.restore(need, connection, _folder(environment))


def forget(environment: Environment, names: Iterable[str]) -> None:
    """Leave no trace in needs that others go on using."""
    for need, connection in _needs(environment, names):
        snapshots.forget(need, connection, _folder(environment))


def check(environment: Environment, name: str) -> None:
    """Raises UsageError for a need of a kind that cannot be brought back."""
    kind = environment.stack.needs[name].kind
    if not needs.kind(kind).RESTORES:
        raise UsageError(f"what {name} holds cannot be brought back: localenv does not do that for {kind}")


def _needs(environment: Environment, names: Iterable[str]) -> Iterator[tuple[Need, Connection]]:
    for name in names:
        need = environment.stack.needs[name]
        if needs.kind(need.kind).RESTORES:
            yield need, environment.deployment.settlement.connection(name, Reader.MACHINE)


def _folder(environment: Environment) -> Path:
    return paths.state(environment.identity) / _NAME
