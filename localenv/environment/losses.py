"""Detect needs that have lost their data."""

from contextlib import suppress

from localenv.engines import Deployment, Observed, Seen
from localenv.environment import memories
from localenv.needs import Memory, NotYet, Refused
from localenv.needs.kinds import KINDS
from localenv.stack import Need, Reader
from localenv.stack.states import ServiceState
from localenv.state import Record


def lost(deployment: Deployment, record: Record, observed: Observed) -> dict[str, str]:
    """Needs that have lost their data since everything was ready, each with a predicate that says how.

    Kept data is stored outside of the container or process.
    """
    found: dict[str, str] = {}
    for name, need in deployment.stack.needs.items():
        seen = observed.services.get(name)
        if seen and not need.keep and (why := _why(deployment, need, seen, record)):
            found[name] = f"{why}: its data is gone"
    return found


def holders(deployment: Deployment, observed: Observed) -> dict[str, str]:
    """What holds the data of each need, such as a container; a replacement starts without data."""
    return {name: seen.holder for name, seen in observed.services.items() if name in deployment.stack.needs}


def runs(deployment: Deployment) -> dict[str, str]:
    """The run id of each need that holds data in memory."""
    found = {name: _memory(deployment, need) for name, need in deployment.stack.needs.items()}
    return {name: memory.run for name, memory in found.items() if memory and not memory.is_empty}


def _why(deployment: Deployment, need: Need, seen: Seen, record: Record) -> str:
    if seen.holder != record.holders.get(need.name, seen.holder):
        return "was replaced from outside"
    if not KINDS[need.kind].keeps_data and seen.state is ServiceState.EXITED:
        return "" if memories.is_kept(deployment, need.name) else "has ended"
    if need.name not in record.runs:
        return ""
    if seen.state is ServiceState.EXITED:
        return "was killed" if seen.exit_code else ""  # on SIGTERM it saves its data first
    return "was restarted" if seen.state is ServiceState.RUNNING and _is_empty_again(deployment, need, record) else ""


def _is_empty_again(deployment: Deployment, need: Need, record: Record) -> bool:
    """Whether a different run of the need has an empty memory; the same run was emptied by its clients."""
    memory = _memory(deployment, need)
    return memory is not None and memory.is_empty and memory.run != record.runs[need.name]


def _memory(deployment: Deployment, need: Need) -> Memory | None:
    """The memory state of a need; None if its data is stored elsewhere or it does not report it."""
    look = KINDS[need.kind].memory
    with suppress(NotYet, Refused):
        return look(deployment.resolution.connection(need.name, Reader.MACHINE)) if look else None
    return None
