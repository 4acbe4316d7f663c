"""Give a running environment another guard after its guard was killed."""

from localenv import state
from localenv.environment import ownership
from localenv.environment.down import guarding, removing
from localenv.stack.states import EnvironmentState
from localenv.state import locking


def renew(identity: str) -> bool:
    """Start a guard for an environment of this process that has none; returns whether that was so.

    Nothing happens while a command changes or removes the environment.
    """
    if not _is_due(identity):
        return False
    with locking.lock(identity):
        record = state.load(identity)
        if record is None or not _is_due(identity):
            return False
        guarding.begin(identity, record.owner)
    return True


def _is_due(identity: str) -> bool:
    if guarding.is_there(identity):
        return False
    record = state.load(identity)
    if record is None or record.state is not EnvironmentState.READY or removing.is_asked_for(identity):
        return False
    return record.owner is not None and ownership.is_mine(record)
