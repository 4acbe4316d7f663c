"""One command at a time takes the changes of an environment over: two would restart its services under each other."""

import os
from collections.abc import Callable
from threading import Event

from localenv import paths
from localenv.host import locks
from localenv.host.waiting import repeatedly

_PAUSE = 0.5  # seconds between two attempts


def alone(identity: str, follow: Callable[[Event], None], report: Callable[[str], None], over: Event) -> None:
    """Follow the changes of an environment once no other command does, which is reported; not if it is over before."""
    with paths.watch_lock(identity).open("a+") as opened:
        if not locks.try_take(opened):
            opened.seek(0)
            holder = f" (pid {pid})" if (pid := opened.read(20)) else ""
            report(f"another command{holder} takes changes over; this one does so once that has ended")
            if not any(locks.try_take(opened) for _ in repeatedly(over, _PAUSE)):
                return
        opened.truncate(0)
        opened.write(str(os.getpid()))
        opened.flush()
        follow(over)
