"""Repeat transactions after conflicts."""

from collections.abc import Callable, Container
from typing import TypeVar

from localenv.host.waiting import looks
from localenv.needs import Refused

PATIENCE = 5.0  # seconds to wait for a writing transaction
_PAUSE = 0.01

_T = TypeVar("_T")


def repeated(work: Callable[[], _T], roll_back: Callable[[], object], again: Container[str]) -> _T:
    """Run work until it is not refused with one of the codes in `again`; raises the last refusal."""
    for is_last in looks(within=PATIENCE, pause=_PAUSE):
        try:
            return work()
        except Refused as refused:
            roll_back()
            if is_last or refused.code not in again:
                raise
    raise AssertionError
