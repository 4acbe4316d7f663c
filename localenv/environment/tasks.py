"""What a guard starts later, in a process of its own: this module and the names here are those of later versions too.

An environment may outlive an update of localenv: its guard knows only the command that it was given at its start.
"""

import sys
from collections.abc import Callable, Mapping


def _remove(identity: str) -> None:
    from localenv.environment.down import removing

    removing.finish(identity)


def _end_overrides(identity: str) -> None:
    from localenv.environment.overrides import ending

    ending.end(identity)


def _restart_stubs(identity: str, server: str) -> None:
    from localenv.environment.up import stub_restart

    stub_restart.restart(identity, server)


def _restore(identity: str, service: str, pid: str, start: str) -> None:
    from localenv.environment.here import restoring

    restoring.watch(identity, service, pid, start)


TASKS: Mapping[str, Callable[..., None]] = {
    "remove": _remove,
    "end-overrides": _end_overrides,
    "restart-stubs": _restart_stubs,
    "restore": _restore,
}

if __name__ == "__main__":
    TASKS[sys.argv[1]](*sys.argv[2:])
