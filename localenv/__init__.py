"""Ephemeral local environments: real services and needs, and stubs for external services.

```python
from localenv import Request, up

with up(Request.of("local")) as environment:
    print(environment.url("api"))
```

`up` starts an environment and returns it; it is removed when the block exits. `look` returns the current state of one,
and `down` removes one by its identity. Each raises a LocalenvError, whose `exit_code` is that of the command. Importing
these names costs next to nothing: the first call imports the implementation, and their modules do without `typing` and
`pathlib`, which are slow to import.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` is imported later: until `starting` runs, an interrupt would print a traceback
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from localenv.environment.doctor import Examination
    from localenv.environment.handle import Environment
    from localenv.environment.initialising import Initialised
    from localenv.environment.request import Request
    from localenv.errors import LocalenvError
    from localenv.events import Listener

__all__ = ["Environment", "LocalenvError", "Request", "diagnose", "down", "init", "look", "up", "wait"]


def up(request: Request, listener: Listener | None = None) -> Environment:
    """Start an environment, or update a running one; return when everything in it is ready.

    `listener` is called with each event. The environment belongs to the process that started it, until
    `Environment.release`. On failure everything that this call started is removed, unless the request keeps it. Raises
    LocalenvError.
    """
    from localenv.environment import lifecycle

    return lifecycle.up(request, listener) if listener else lifecycle.up(request)


def look(request: Request) -> Environment:
    """The environment of a description as it is now, running or not; waits for no lock.

    If the description cannot be used, the last applied stack is used, see `Environment.warning`. Raises LocalenvError.
    """
    from localenv.environment import lifecycle

    return lifecycle.look(request)


def wait(request: Request, *names: str, timeout: float | None = None) -> Environment:
    """Return an environment, which another process starts, once everything, or the services with these names, answers.

    Raises NotReadyError after `timeout` seconds, or at once if the start failed or something has exited.
    """
    from localenv.environment import awaiting

    return awaiting.wait(request, names, timeout=timeout)


def down(name: str, *, data: bool = False, listener: Listener | None = None) -> bool:
    """Remove everything of an environment by its identity; return whether there was anything.

    Kept data stays unless `data` is true. Ends the foreground `up` that owns the environment. Raises LocalenvError.
    """
    from localenv.environment.down import removing

    return removing.down(name, data=data, listener=listener) if listener else removing.down(name, data=data)


def init(env: str = "local", *, folder: Path | None = None, source: Path | None = None, **more: Any) -> Initialised:
    """Write a description for the repository of a folder, from a Compose file or from what is found.

    `stubs=` names services that become upstreams; `force=` and `dry_run=` are those of the command. Raises
    LocalenvError.
    """
    from localenv.environment import initialising

    return initialising.init(env, folder=folder, source=source, **more)


def diagnose(env: str | None = None, engine: str | None = None) -> Examination:
    """Examine this machine for a description, as `localenv doctor` does; raises UsageError for an unknown engine."""
    from localenv.environment import doctor

    return doctor.diagnose(env, engine)


def __getattr__(name: str) -> Any:
    """Import the classes when they are first used, because every module of the package imports this one."""
    match name:
        case "Environment":
            from localenv.environment import handle

            return handle.Environment
        case "Request":
            from localenv.environment import request

            return request.Request
        case "LocalenvError":
            from localenv import errors

            return errors.LocalenvError
    raise AttributeError(f"module 'localenv' has no attribute {name!r}")
