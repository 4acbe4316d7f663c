"""Tell the user what a command waits for, once that takes long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from localenv.host import waiting
from localenv.host.background import later


@contextmanager
def announced(text: str | Callable[[], str]) -> Iterator[None]:
    """Announce a wait, how to end it included, if the block takes longer than `waiting.SILENT` seconds.

    A function gives the text of that moment; an empty one is not announced.
    """

    def announce() -> None:
        if current := text if isinstance(text, str) else text():
            waiting.announce(current)

    call_off = later(waiting.SILENT, announce)
    try:
        yield
    finally:
        call_off()
