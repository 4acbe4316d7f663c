"""From a description to a running environment and back to nothing."""

from localenv.environment.ending import Left, down, finish, leave
from localenv.environment.lifecycle import attach, listing, look, plan, resolve, up
from localenv.environment.locating import Target, locate
from localenv.environment.owning import abandoned, extend, release
from localenv.environment.preparing import Request, stack
from localenv.environment.running import Environment
from localenv.environment.status import Line, Status, duration, kept

__all__ = [
    "Environment",
    "Left",
    "Line",
    "Request",
    "Status",
    "Target",
    "abandoned",
    "attach",
    "down",
    "duration",
    "extend",
    "finish",
    "kept",
    "leave",
    "listing",
    "locate",
    "look",
    "plan",
    "release",
    "resolve",
    "stack",
    "up",
]
