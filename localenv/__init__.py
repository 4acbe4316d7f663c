"""Ephemeral local environments: the service under work for real, its needs for real, stubs for everybody else.

```python
from localenv import Request, up

with up(Request.of("local")) as environment:
    print(environment.url("api"))
```

`up` brings an environment up and returns it; leaving the block removes it. `look` shows one as it is now, and `down`
removes one by its identity. Each raises a LocalenvError, whose `exit_code` is that of the command. A name is imported
when it is first used, so that importing this package costs nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localenv.environment.down.removing import down
    from localenv.environment.handle import Environment
    from localenv.environment.lifecycle import look, up
    from localenv.environment.request import Request
    from localenv.errors import LocalenvError

__all__ = ["Environment", "LocalenvError", "Request", "down", "look", "up"]


def __getattr__(name: str) -> Any:
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
        case "down":
            from localenv.environment.down import removing

            return removing.down
        case "look" | "up":
            from localenv.environment import lifecycle

            return getattr(lifecycle, name)
    raise AttributeError(f"module 'localenv' has no attribute {name!r}")
