"""Work that goes on beside."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import Event, Thread

_LONGEST_END = 2.0  # seconds that work is waited for when its block is left


def in_background(work: Callable[[], None]) -> "Future[None]":
    """Work in a thread that nobody waits for at the end; its failure is that of the result."""
    future: Future[None] = Future()

    def carry_out() -> None:
        try:
            work()
            future.set_result(None)
        except BaseException as error:
            future.set_exception(error)

    Thread(target=carry_out, daemon=True).start()
    return future


@contextmanager
def meanwhile(work: Callable[[Event], None]) -> Iterator["Future[None]"]:
    """Work in a thread until the block is left, which sets the event that the work is given and waits for its end."""
    over = Event()
    future = in_background(lambda: work(over))
    try:
        yield future
    finally:
        over.set()
        wait([future], _LONGEST_END)
