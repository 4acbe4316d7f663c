"""What needs hold once they are seeded and everything works: noted by `up`, and brought back for who asks."""

import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from localenv import isolation, needs, paths, state
from localenv.data import snapshots
from localenv.environment.preparing import Prepared
from localenv.environment.running import Environment
from localenv.environment.story import Story
from localenv.errors import JobError, UsageError
from localenv.reconcile import Action
from localenv.stack import Connection, Reader, Stack

_SEEDED = "seeded"


def note(prepared: Prepared, story: Story) -> Collection[str]:
    """Note what those needs hold that this start has filled; the names of those that could be noted.

    What services write when they start belongs to it, what smoke checks write does not.
    """
    found = set()
    for name in resettable(prepared.stack):
        if not _is_due(prepared, name):
            continue
        where = folder(prepared.deployment.identity)
        shutil.rmtree(where / name, ignore_errors=True)
        try:
            snapshots.remember(prepared.stack.needs[name], _connection(prepared, name), where)
            found.add(name)
        except JobError as error:  # all the rest works
            story.say(name, f"`localenv reset` will not do: {error.message}")
    return found


def bring_back(prepared: Prepared, name: str) -> tuple[str, ...]:
    """Make a need hold what was noted, while services stay connected; what had changed. Raises JobError."""
    where = folder(prepared.deployment.identity)
    return snapshots.restore(prepared.stack.needs[name], _connection(prepared, name), where)


def reset(environment: Environment, names: Iterable[str] = ()) -> Mapping[str, tuple[str, ...]]:
    """Bring the seeded data of needs back, of all that can where none is named; what had changed in each.

    Raises UsageError, before anything is changed, for what cannot be brought back, and JobError.
    """
    chosen = list(dict.fromkeys(names)) or resettable(environment.stack)
    for name in chosen:
        check(environment.stack, name)
        if not (folder(environment.identity) / name).is_dir():
            raise UsageError(
                f"nothing is known of what {name} held when it was seeded",
                hint=f"localenv down {environment.identity}, and up again, seeds it anew",
            )
    with state.lock(environment.identity):
        return {name: bring_back(environment.prepared, name) for name in chosen}


def check(stack: Stack, name: str) -> None:
    """Raises UsageError for what is no need, and for a kind whose data cannot be brought back."""
    if name not in stack.needs:
        raise UsageError(f"there is no need '{name}'", hint=f"there is {', '.join(stack.needs) or 'none'}")
    kind = stack.needs[name].kind
    if not needs.kind(kind).RESTORES:
        raise UsageError(f"what {name} holds cannot be brought back: localenv does not do that for {kind}")


def resettable(stack: Stack) -> list[str]:
    """The needs of kinds whose data can be brought back."""
    return [name for name, need in stack.needs.items() if needs.kind(need.kind).RESTORES]


def folder(identity: str) -> Path:
    """Where the notes of an environment are, those of each need in a folder of its name."""
    return paths.state(identity, make=False) / _SEEDED


def _is_due(prepared: Prepared, name: str) -> bool:
    """Whether there is no note yet, or this start has filled it: a job of no need may have written anywhere."""
    if prepared.steps.of(Action.RUN) or not (folder(prepared.deployment.identity) / name).is_dir():
        return True
    return not prepared.stack.needs[name].keep and prepared.steps.is_fresh(isolation.home(prepared.stack, name))


def _connection(prepared: Prepared, name: str) -> Connection:
    return prepared.deployment.settlement.connection(name, Reader.MACHINE)
