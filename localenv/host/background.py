"""Background work: the only module that starts threads. Work runs in the context of who starts it."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread, Timer
from time import monotonic
from typing import Generic, TypeVar

_LONGEST_END = 2.0  # seconds to wait for work when its block exits
_UNREAD = 10_000  # items of streams that a slow reader may leave in memory

_T = TypeVar("_T")
_Item = TypeVar("_Item")


def in_background(work: Callable[[], _T]) -> "Future[_T]":
    """Run work in a daemon thread; the future gets its result or its failure."""
    future: Future[_T] = Future()
    context = copy_context()

    def carry_out() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:
            future.set_exception(error)

    Thread(target=carry_out, daemon=True).start()
    return future


def later(seconds: float, work: Callable[[], None]) -> Callable[[], None]:
    """Run work after a delay in a daemon thread; returns a function that cancels it."""
    timer = Timer(seconds, work)
    timer.daemon = True
    timer.start()
    return timer.cancel


@contextmanager
def meanwhile(work: Callable[[Event], None]) -> Iterator["Future[None]"]:
    """Run work in a thread until the block exits, which sets the work's event and waits for it to end."""
    over = Event()
    future = in_background(lambda: work(over))
    try:
        yield future
    finally:
        over.set()
        wait([future], _LONGEST_END)


def side_by_side(work: Callable[[_Item], _T], items: Iterable[_Item], *, at_once: int | None = None) -> list[_T]:
    """The results of work on each item, in order, when all have finished; raises the first failure."""
    items = list(items)
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=min(len(items), at_once or len(items))) as pool:
        return list(pool.map(lambda one: one[0].run(work, one[1]), [(copy_context(), item) for item in items]))


def as_done(work: Callable[[_Item, Event], _T], items: Sequence[_Item]) -> Generator[tuple[_Item, _T], None, None]:
    """Yield each item with its result, as they finish.

    A failure, or closing the iterator, sets the event of all work, and waits for its end.
    """
    over = Event()
    with ThreadPoolExecutor(max_workers=max(len(items), 1)) as pool:
        due = {pool.submit(copy_context().run, work, item, over): item for item in items}
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
    """Reads several streams in parallel as one; an exception in a stream is raised to the reader.

    The streams wait while a slow reader has left many items unread.
    """

    def __init__(self, *streams: Iterable[_T]) -> None:
        self._queue: Queue[_T | _End] = Queue(maxsize=_UNREAD)
        self._open = 0
        for stream in streams:
            self.add(stream)

    @property
    def has_more(self) -> bool:
        """Whether there are unread items."""
        return not self._queue.empty()

    def add(self, stream: Iterable[_T]) -> None:
        """Read another stream."""
        self._open += 1
        in_background(lambda: self._read(stream))

    def items(self, within: float | None = None) -> Iterator[_T]:
        """Yield items until all streams have ended; raises TimeoutError after `within` seconds without any."""
        while self._open:
            try:
                yield from self._next(within)
            except Empty:
                raise TimeoutError from None

    def during(self, seconds: float) -> Iterator[_T]:
        """Yield items for that time, or until a stream ends; also without streams: another may be added."""
        end, open_before = monotonic() + seconds, self._open
        while self._open == open_before and (left := end - monotonic()) > 0:
            with suppress(Empty):
                yield from self._next(left)

    def _next(self, within: float | None) -> Iterator[_T]:
        """One item, or nothing if a stream has ended; raises Empty."""
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
