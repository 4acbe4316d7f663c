"""Transactions that are carried out again where they had to give way to another."""

from collections.abc import Callable, Container
from typing import TypeVar

from localenv.host.waiting import looks
from localenv.needs import Refused

PATIENCE = 5.0  # seconds to wait for a transaction that writes
_PAUSE = 0.01

_T = TypeVar("_T")


def repeated(work: Callable[[], _T], roll_back: Callable[[], object], again: Container[str]) -> _T:
    """Carry out work until it is not refused with one of the codes in `again`; raises its last refusal."""
    for is_last in looks(within=PATIENCE, pause=_PAUSE):
        try:
            return work()
        except Refused as refused:
            roll_back()
            if is_last or refused.code not in again:
                raise
    raise AssertionError
