"""The guard of an environment: there before anything of it is, and told whose death ends it."""

import sys
from contextlib import suppress

from localenv import paths
from localenv.errors import EngineError
from localenv.guard import client, kernel

_REMOVE = "import sys; from localenv import environment; environment.down(sys.argv[1])"


def begin(identity: str, owner: int | None = None) -> None:
    """See to it that a guard runs; a new one ends the environment when `owner`, or this process, dies without a word.

    Raises EngineError where none comes up. The caller holds the environment's lock.
    """
    watched = client.own() if owner is None else {"pid": owner, "start": kernel.started(owner)}
    teardown = (sys.executable, "-P", "-c", _REMOVE, identity)
    try:
        client.begin(paths.state(identity), identity, teardown=teardown, owner=watched)
    except (client.NoGuard, OSError) as error:
        raise EngineError(f"the guard of {identity} cannot be started: {error}") from error


def settled(identity: str) -> None:
    """Wait for a guard that removes the environment of an owner who died; the caller holds no lock."""
    client.settled(paths.state(identity, make=False))


def release(identity: str) -> None:
    """From now on no process owns the environment: it stays until somebody removes it."""
    with suppress(client.NoGuard, client.Refused):
        client.ask(paths.state(identity, make=False), "adopt", owner=None)


def end(identity: str) -> None:
    """Nothing is left to guard."""
    client.remove(paths.state(identity, make=False))
