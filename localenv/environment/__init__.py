"""From a description to a running environment and back to nothing."""

from localenv.environment.lifecycle import attach, down, listing, look, plan, release, resolve, up
from localenv.environment.locating import Target, locate
from localenv.environment.preparing import Request, stack
from localenv.environment.running import Environment
from localenv.environment.status import Line, Status

__all__ = [
    "Environment",
    "Line",
    "Request",
    "Status",
    "Target",
    "attach",
    "down",
    "listing",
    "locate",
    "look",
    "plan",
    "release",
    "resolve",
    "stack",
    "up",
]
