"""End commands in containers whose client has exited: Docker keeps them running."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

from localenv.engines.compose import listening
from localenv.engines.compose.daemon import Daemon
from localenv.engines.compose.listening import Execute
from localenv.host import kernel

_INSIDE = re.compile(r"^NSpid:.*\s(\d+)$", re.MULTILINE)


def end(daemon: Daemon, container: str, argv: Sequence[str], execute: Execute) -> None:
    """End the process that runs `argv` in a container, with its children.

    If the container's processes are not visible, as in a virtual machine, nothing is ended.
    """
    details = daemon.container(container) or {}
    for one in details.get("ExecIDs") or ():
        found = daemon.execution(one)
        config = (found or {}).get("ProcessConfig", {})
        if found and found["Running"] and [config.get("entrypoint"), *config.get("arguments", ())] == list(argv):
            _end(container, int(found["Pid"]), execute)


def _end(container: str, pid: int, execute: Execute) -> None:
    left = [one for one in kernel.below(pid) if listening.is_of(one, container)]
    try:
        for one in left:
            with suppress(ProcessLookupError):
                os.kill(one, SIGKILL)
    except PermissionError:  # it belongs to another user, because Docker runs it
        inside = [found[1] for one in left if (found := _INSIDE.search(_status(one)))]
        execute(container, ("sh", "-c", f"kill -9 {' '.join(inside)}"), user="0")


def _status(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/status").read_text()
    return ""
