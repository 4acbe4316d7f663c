"""From a description to a running environment and back to nothing."""

from localenv.environment.caching import cached, prune
from localenv.environment.ending import Left, down, finish, leave
from localenv.environment.lifecycle import attach, find, listing, look, plan, resolve, up
from localenv.environment.locating import Target, locate
from localenv.environment.owning import abandoned, extend, release, sweep
from localenv.environment.preparing import Request, stack
from localenv.environment.running import Environment
from localenv.environment.seeded import reset
from localenv.environment.status import Line, Status, duration, kept
from localenv.environment.surveying import survey

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
    "down",
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
    "up",
]
