"""Programs that the guard starts for itself: no keeper, and signals as a new process has them."""

import os
import signal
from collections.abc import Mapping, Sequence

_HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE)


def start(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start a program; returns its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.set_wakeup_fd(-1)
        for number in _HANDLED:
            signal.signal(number, signal.SIG_DFL)
        os.execve(argv[0], list(argv), dict(environment))  # noqa: S606 - argv, never a shell
    finally:
        os._exit(1)
