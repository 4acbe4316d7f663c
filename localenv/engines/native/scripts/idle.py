"""Becomes a program that runs when nobody else wants the processor, so that nobody's start is slower for it.

Run as a script, by `-I -S`: `idle.py PROGRAM ARGUMENT…`. Standard library only.
"""

import os
import sys
from contextlib import suppress

_NICE = 19


def main() -> None:
    """Give way, then become the program."""
    os.nice(_NICE)
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        # where each session has a share of its own, the above counts within this session only
        with suppress(OSError), open("/proc/self/autogroup", "w") as share:  # noqa: PTH123 - pathlib takes time
            share.write(str(_NICE))
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell


if __name__ == "__main__":
    main()
