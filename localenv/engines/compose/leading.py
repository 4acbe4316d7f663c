"""A last look at where paths lead, right before Docker follows them."""

import os

from localenv.errors import NotReadyError
from localenv.stack import Stack


def check(stack: Stack) -> None:
    """Raises NotReadyError for a path that leads elsewhere than when it was checked."""
    for path, checked in stack.leads.items():
        now = os.path.realpath(path)
        if now != checked:
            raise NotReadyError(
                f"{path} led to {checked} when it was checked, and now leads to {now}",
                hint="something that runs has replaced it; nothing more was started",
            )
