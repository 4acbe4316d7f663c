"""From a description to a running environment and back to nothing."""

from typing import TYPE_CHECKING

from localenv import late

if TYPE_CHECKING:
    from localenv.environment.caching import cached, prune
    from localenv.environment.down.removing import Left, finish, leave
    from localenv.environment.finding import find, listing, resolve
    from localenv.environment.handle import Environment
    from localenv.environment.lifecycle import attach, look, plan
    from localenv.environment.locating import Target, locate
    from localenv.environment.owning import abandoned, extend, release, sweep
    from localenv.environment.request import Request
    from localenv.environment.status import Line, Status, duration, kept
    from localenv.environment.surveying import survey
    from localenv.environment.up.preparing import stack
    from localenv.environment.up.seeded import reset

__all__ = [
    "Environment",
    "Left",
    "Line",
    "Request",
    "Status",
    "Target",
    "abandoned",
    "attach",
    "cached",
    "duration",
    "extend",
    "find",
    "finish",
    "kept",
    "leave",
    "listing",
    "locate",
    "look",
    "plan",
    "prune",
    "release",
    "reset",
    "resolve",
    "stack",
    "survey",
    "sweep",
]

__getattr__ = late.names(
    __name__,
    {
        "Environment": "handle",
        "Left": "down.removing",
        "Line": "status",
        "Request": "request",
        "Status": "status",
        "Target": "locating",
        "abandoned": "owning",
        "attach": "lifecycle",
        "cached": "caching",
        "duration": "status",
        "extend": "owning",
        "find": "finding",
        "finish": "down.removing",
        "kept": "status",
        "leave": "down.removing",
        "listing": "finding",
        "locate": "locating",
        "look": "lifecycle",
        "plan": "lifecycle",
        "prune": "caching",
        "release": "owning",
        "reset": "up.seeded",
        "resolve": "finding",
        "stack": "up.preparing",
        "survey": "surveying",
        "sweep": "owning",
    },
)
