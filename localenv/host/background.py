"""Work that goes on beside."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread


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
