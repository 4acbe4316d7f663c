"""End the programs that run in place of a service."""

import os
import signal
from contextlib import AbstractContextManager, suppress
from threading import Event

from localenv import state
from localenv.environment.here.in_place import MARK
from localenv.host import kernel
from localenv.host.background import meanwhile
from localenv.host.waiting import repeatedly, until

_LOOK = 0.5  # seconds between two looks at the environment
_END = 3.0  # seconds for a program to end by itself


def end_programs(identity: str, name: str) -> None:
    """End the programs that run in place of a service: they are asked first, then killed."""
    mark = f"{MARK}={identity}/{name}"
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in kernel.marked(mark):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if until(lambda: not list(kernel.marked(mark)), within=_END):
            return


def with_environment(identity: str, name: str) -> AbstractContextManager[object]:
    """End the programs in place of a service once its environment is removed, until the block exits."""

    def follow(over: Event) -> None:
        for _ in repeatedly(over, _LOOK):
            record = state.load(identity)
            if record is None or name not in record.here:
                end_programs(identity, name)
                return

    return meanwhile(follow)
