"""Whose the changes are that a command makes to a running environment."""

import os

from localenv.environment.overrides.entries import COMMAND, OverrideOwner
from localenv.guard.where import OWNER


def of_command() -> OverrideOwner:
    """The CMD of `localenv run` or `up` that called this command, else the person: then nothing ends them."""
    pid, _, start = os.environ.get(OWNER, "").partition(":")
    if not pid.isdigit() or not start.isdigit():
        return OverrideOwner(kind=COMMAND)
    found = OverrideOwner(kind=COMMAND, pid=int(pid), start=int(start))
    return OverrideOwner(kind=COMMAND) if found.is_gone else found
