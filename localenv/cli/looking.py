"""Look up the environment of a command, and print its warning."""

import sys

from localenv import Environment, Request
from localenv.console.failures import warning
from localenv.environment import lifecycle


def attach(request: Request) -> Environment:
    """The running environment of a request; raises UsageError if there is none."""
    return _warned(lifecycle.attach(request))


def look(request: Request) -> Environment:
    """The environment of a request as it is now, running or not."""
    return _warned(lifecycle.look(request))


def _warned(found: Environment) -> Environment:
    if found.warning:
        print(warning(found.warning, sys.stderr), file=sys.stderr, flush=True)
    return found
