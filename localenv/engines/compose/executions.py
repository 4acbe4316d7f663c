"""End commands in containers whose client has exited: Docker keeps them running."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

from localenv import process
from localenv.engines.compose import listening, looking
from localenv.engines.compose.daemon import Daemon
from localenv.host import kernel
from localenv.process import Invocation, TimedOut

_PATIENCE = 5.0  # seconds for a program in the container
_INSIDE = re.compile(r"^NSpid:.*\s(\d+)$", re.MULTILINE)


def end(daemon: Daemon, identity: str, name: str, argv: Sequence[str]) -> None:
    """End the process that runs `argv` in the container of a service, with its children.

    If the container's processes are not visible, as in a virtual machine, nothing is ended.
    """
    container = looking.container_id(daemon, identity, name)
    details = daemon.container(container) if container else None
    if not container or not details:
        return
    for one in details.get("ExecIDs") or ():
        details = daemon.execution(one)
        config = (details or {}).get("ProcessConfig", {})
        if details and details["Running"] and [config.get("entrypoint"), *config.get("arguments", ())] == list(argv):
            _end(container, int(details["Pid"]))


def _end(container: str, pid: int) -> None:
    left = [one for one in kernel.below(pid) if listening.is_of(one, container)]
    try:
        for one in left:
            with suppress(ProcessLookupError):
                os.kill(one, SIGKILL)
    except PermissionError:  # it belongs to another user, because Docker runs it
        _end_inside(container, left)


def _end_inside(container: str, pids: Sequence[int]) -> None:
    inside = [found[1] for one in pids if (found := _INSIDE.search(_status(one)))]
    argv = ("docker", "exec", "--user", "0", container, "sh", "-c", f"kill -9 {' '.join(inside)}")
    with suppress(TimedOut):
        process.run(Invocation(argv=argv), timeout=_PATIENCE)


def _status(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/status").read_text()
    return ""
