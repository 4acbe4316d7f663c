"""Start an environment's guard."""

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from localenv import process
from localenv.guard import removal
from localenv.guard.client import NoGuard, ask, environment

# the package without its __init__, whose imports a guard does not need
_PROGRAM = (
    "import sys, types; package = types.ModuleType('localenv'); package.__path__ = [sys.argv[1]]; "
    "sys.modules['localenv'] = package; from localenv.guard.serving import main; main()"
)


def begin(
    folder: Path,
    identity: str,
    *,
    teardown: Sequence[str],
    owner: Mapping[str, int] | None,
    lease: float | None = None,
    lock: Path | None = None,
) -> None:
    """Ensure that a guard runs and watches the owner; the caller holds the environment's lock, the file `lock`.

    `teardown` is the command that removes the environment when its owner is dead or its lease, in seconds, has ended.
    Raises NoGuard if the guard cannot start, and Ending if that removal has begun. The guard creates the folder, and
    removes it if this process is killed; its parent must exist.
    """
    with suppress(NoGuard):
        ask(folder, "adopt", owner=owner, lease=lease)
        return
    removal.remove(folder)  # left by a guard that was killed
    settings = {
        "identity": identity,
        "folder": str(folder),
        "owner": owner,
        "lease": lease,
        "lock": str(lock) if lock else None,
        "teardown": list(teardown),
        "environment": environment(),
    }
    package = str(Path(__file__).resolve().parent.parent)
    argv = (sys.executable, "-I", "-S", "-c", _PROGRAM, package)
    invocation = process.Invocation(argv=argv, environment=environment(), folder=Path("/"))
    failed = process.background(invocation, json.dumps(settings).encode(), ready="ready")
    if failed:
        raise NoGuard(f"the guard did not start: {failed.lines[-1] if failed.lines else f'exit code {failed.code}'}")
