"""Work that goes on beside: the only place that starts threads."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread, Timer
from time import monotonic
from typing import Generic, TypeVar

_LONGEST_END = 2.0  # seconds that work is waited for when its block is left

_T = TypeVar("_T")
_Item = TypeVar("_Item")


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


def later(seconds: float, work: Callable[[], None]) -> Callable[[], None]:
    """Work after a while in a thread that nobody waits for; what is returned calls it off."""
    timer = Timer(seconds, work)
    timer.daemon = True
    timer.start()
    return timer.cancel


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


def side_by_side(work: Callable[[_Item], _T], items: Iterable[_Item], *, at_once: int | None = None) -> list[_T]:
    """The result of work on each item, in their order, once none works any more; raises the first failure."""
    items = list(items)
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=min(len(items), at_once or len(items))) as pool:
        return list(pool.map(work, items))


def as_done(work: Callable[[_Item, Event], _T], items: Sequence[_Item]) -> Generator[tuple[_Item, _T], None, None]:
    """Each item with the result of work on it, as they come.

    A failure, or closing the iterator, sets the event that all are given, and waits for their end.
    """
    over = Event()
    with ThreadPoolExecutor(max_workers=max(len(items), 1)) as pool:
        due = {pool.submit(work, item, over): item for item in items}
        try:
            for done in as_completed(due):
                yield due[done], done.result()
        finally:
            over.set()


@dataclass(frozen=True)
class _End:
    """The end of one stream."""

    failure: BaseException | None = None


class Streams(Generic[_T]):
    """Streams that are read side by side, as one; what one of them raises is raised to the reader."""

    def __init__(self, *streams: Iterable[_T]) -> None:
        self._queue: Queue[_T | _End] = Queue()
        self._open = 0
        for stream in streams:
            self.add(stream)

    @property
    def has_more(self) -> bool:
        """Whether something has come that was not read yet."""
        return not self._queue.empty()

    def add(self, stream: Iterable[_T]) -> None:
        """Read one more."""
        self._open += 1
        in_background(lambda: self._read(stream))

    def items(self, within: float | None = None) -> Iterator[_T]:
        """What comes until all have ended; raises TimeoutError after `within` seconds without anything."""
        while self._open:
            try:
                yield from self._next(within)
            except Empty:
                raise TimeoutError from None

    def during(self, seconds: float) -> Iterator[_T]:
        """What comes within that time, also where all have ended: one may be added."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            with suppress(Empty):
                yield from self._next(left)

    def _next(self, within: float | None) -> Iterator[_T]:
        """One item, or nothing where a stream has ended; raises Empty."""
        found = self._queue.get(timeout=within)
        if not isinstance(found, _End):
            yield found
            return
        self._open -= 1
        if found.failure:
            raise found.failure

    def _read(self, stream: Iterable[_T]) -> None:
        try:
            for item in stream:
                self._queue.put(item)
        except BaseException as error:
            self._queue.put(_End(error))
        else:
            self._queue.put(_End())
