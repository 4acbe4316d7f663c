"""Run a program at idle priority, so that it does not slow down a start.

Run as a script, by `-I -S`: `idle.py PROGRAM ARGUMENT…`. Standard library only.
"""

import os
import sys
from contextlib import suppress

_NICE = 19


def main() -> None:
    """Lower the priority, then exec the program."""
    os.nice(_NICE)
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        # the kernel may give each session its own share; the priority above then applies only within this session
        with suppress(OSError), open("/proc/self/autogroup", "w") as share:  # noqa: PTH123 - pathlib takes time
            share.write(str(_NICE))
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
