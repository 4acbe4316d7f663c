"""Work on sources of stubs that is left for later, and done in the background while the stub server starts."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event, Lock
from typing import Any, Generic, TypeVar

from localenv.errors import DescriptionError, Interrupted
from localenv.errors.problems import Problem
from localenv.host.background import in_background

_UNTIL_SAVED = 0.2  # seconds in which whoever waited for a result has the processor
_OFTEN = (
    0.00005  # seconds until a thread lets others run: with the usual 0.005, each call of these would wait that long
)
_LONGEST_END = 2.0  # seconds to wait for work that was stopped

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Going:
    """What work that goes on knows and tells."""

    over: Event = field(repr=False)
    parts: "SimpleQueue[Any]" = field(default_factory=SimpleQueue, repr=False)  # parts of its result; None at its end

    @property
    def is_over(self) -> bool:
        """Whether its result is of no use any more."""
        return self.over.is_set()

    def tell(self, part: Any) -> None:
        """Let whoever waits for the result have a part of it already."""
        self.parts.put(part)


@dataclass(kw_only=True)
class Later(Generic[_T]):
    """Work that was left for later. `save` keeps its result for the next time, after who waits for it has it."""

    work: Callable[[Going], _T]
    save: Callable[[_T], None]
    going: Going
    running: "Future[None] | None" = None
    _result: "Future[_T]" = field(default_factory=Future)
    _lock: Lock = field(default_factory=Lock)

    @property
    def is_done(self) -> bool:
        """Whether it has its result, or has failed."""
        return self._result.done()

    def begin(self) -> None:
        """Begin it in the background, unless it has begun or was stopped."""
        with self._lock:
            if self.running is None and not self.going.is_over:
                self.running = in_background(self._carry_out)

    def result(self) -> _T:
        """Wait for its result; raises its failure, and Interrupted if it was stopped."""
        self.begin()
        if self.running is None:
            raise Interrupted("stopped")
        return self._result.result()

    def parts(self) -> Iterator[list[Any]]:
        """What the work has told since the last time, until it ends; each part is for the first who asks."""
        self.begin()
        queue = self.going.parts
        while self.running is not None:
            found = [queue.get()]
            while not queue.empty():
                found.append(queue.get())
            if found[-1] is None:
                queue.put(None)  # for whoever else asks
                return
            yield found

    def _carry_out(self) -> None:
        try:
            found = self.work(self.going)
        except BaseException as error:
            self._result.set_exception(error)
            return
        finally:
            self.going.parts.put(None)
        self._result.set_result(found)
        self.going.over.wait(_UNTIL_SAVED)
        self.save(found)


@dataclass
class _Sharing:
    """How often threads take turns: more often while anything goes on, else as usual."""

    _usual: float = 0.0
    _using: list[object] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, user: object) -> None:
        with self._lock:
            if not self._using:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(_OFTEN)
            self._using.append(user)

    def end(self, user: object) -> None:
        with self._lock:
            was_used = bool(self._using)
            self._using = [one for one in self._using if one is not user]
            if was_used and not self._using:
                sys.setswitchinterval(self._usual)


_sharing = _Sharing()


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """What was left for later in a block; `known` is what the sources know of it already."""

    known: dict[str, Any] = field(default_factory=dict, repr=False)
    _left: list[Later[Any]] = field(default_factory=list, repr=False)
    _over: Event = field(default_factory=Event, repr=False)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return all(one.is_done for one in self._left)

    def leave(self, work: Callable[[Going], _T], save: Callable[[_T], None]) -> Later[_T]:
        """Leave some work for later; it is over when the block ends."""
        one = Later(work=work, save=save, going=Going(over=self._over))
        self._left.append(one)
        return one

    def begin(self) -> None:
        """Begin all of it in the background."""
        if self._left:
            _sharing.begin(self)
        for one in self._left:
            one.begin()

    def wait(self) -> None:
        """Wait for all of it; raises DescriptionError with every mistake that was found."""
        self.begin()
        problems: list[Problem] = []
        for one in self._left:
            try:
                one.result()
            except DescriptionError as error:
                problems += error.problems
        if problems:
            raise DescriptionError(problems)

    def stop(self) -> None:
        """Let it end as soon as it can: who waits for it gets Interrupted."""
        self._over.set()

    def end(self) -> None:
        """Stop it, and wait for its end; results are saved."""
        self.stop()
        wait([one.running for one in self._left if one.running], _LONGEST_END)
        _sharing.end(self)


_current: ContextVar[Ahead | None] = ContextVar("ahead", default=None)


@contextmanager
def ahead() -> Iterator[Ahead]:
    """A block in which sources that are checked may leave for later what takes long."""
    found = Ahead()
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)
        found.end()


def current() -> Ahead | None:
    """The innermost block that this code runs in, also in a background thread; None outside of one."""
    return _current.get()


def begin() -> None:
    """Begin in the background what was left for later."""
    if found := current():
        found.begin()


def stop() -> None:
    """Let what goes on in the background end: its results are of no use any more."""
    if found := current():
        found.stop()


def is_done() -> bool:
    """Whether nothing is left to do."""
    found = current()
    return not found or found.is_done
