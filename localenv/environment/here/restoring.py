"""Restore a service whose place a program has taken, after the command that ran the program was killed.

A program of its own, under the guard of the environment.
"""

import os
import signal
from contextlib import suppress
from pathlib import Path

from localenv import state
from localenv.environment import lifecycle, ownership
from localenv.environment.here import in_place
from localenv.environment.locating import Target
from localenv.environment.request import Request
from localenv.host import kernel
from localenv.host.waiting import looks, until
from localenv.stack.states import EnvironmentState
from localenv.state import Owner

_LOOK = 0.3  # seconds between two looks at the owner
_END = 3.0  # seconds for a program to end by itself


def watch(identity: str, name: str, pid: str, start: str) -> None:
    """Wait until a process has ended, then end its program and restore the service."""
    owner = Owner(pid=int(pid), start=int(start), boot=kernel.boot())
    for _ in looks(pause=_LOOK):
        if not ownership.is_alive(owner):
            break
    _end_programs(identity, name)
    record = state.load(identity)
    if record is None or record.state is EnvironmentState.STOPPING:
        return
    target = Target(file=Path(record.description), repository=Path(record.folder))
    found = lifecycle.look(Request(target=target, name=record.name))
    in_place.restore(found, name, owner, is_watcher=True)


def _end_programs(identity: str, name: str) -> None:
    """End what a killed owner has left."""
    mark = f"{in_place.MARK}={identity}/{name}"
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in kernel.marked(mark):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if until(lambda: not list(kernel.marked(mark)), within=_END):
            return
