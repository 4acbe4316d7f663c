"""Restore a service whose place a program has taken, after the command that ran the program was killed.

A program of its own, under the guard of the environment.
"""

from pathlib import Path

from localenv import state
from localenv.environment import lifecycle, ownership
from localenv.environment.here import ending, in_place
from localenv.environment.locating import Target
from localenv.environment.request import Request
from localenv.host import kernel
from localenv.host.waiting import looks
from localenv.stack.states import EnvironmentState
from localenv.state import Owner

_LOOK = 0.3  # seconds between two looks at the owner


def watch(identity: str, name: str, pid: str, start: str) -> None:
    """Wait until a process has ended, then end its program and restore the service."""
    owner = Owner(pid=int(pid), start=int(start), boot=kernel.boot())
    for _ in looks(pause=_LOOK):
        if not ownership.is_alive(owner):
            break
    ending.end_programs(identity, name)
    record = state.load(identity)
    if record is None or record.state is EnvironmentState.STOPPING:
        return
    target = Target(file=Path(record.description), repository=Path(record.folder))
    found = lifecycle.look(Request(target=target, name=record.name))
    in_place.restore(found, name, owner, is_watcher=True)
