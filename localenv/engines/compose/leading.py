"""Resolve paths a last time, right before Docker uses them."""

from localenv.errors import NotReadyError
from localenv.host import contained
from localenv.stack import Stack


def check(stack: Stack) -> None:
    """Raise NotReadyError for a path that resolves differently than when it was checked."""
    if moved := contained.moved(stack.leads):
        path, checked, now = moved
        raise NotReadyError(
            f"{path} led to {checked} when it was checked, and now leads to {now}",
            hint="something that runs has replaced it; nothing more was started",
        )
