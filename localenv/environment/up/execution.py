"""A plan carried out: every step begins as soon as all that it waits for is done; the first failure ends it all."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import RLock
from typing import Protocol

from localenv.environment.up.clock import Clock
from localenv.errors import LocalenvError
from localenv.host.background import in_background
from localenv.plan import Action, Key, Plan, Step
from localenv.stack import order

_OUTCOME = 2.0  # seconds that a failure waits for the outcome of what it builds on


class Done(Protocol):
    """Told of steps that are done."""

    def __call__(self, *steps: Step) -> None:
        """These, at the same time."""


class Wake(Protocol):
    """Wakes the thread that carries out the plan."""

    def put(self, item: None) -> None:
        """Something is done, has failed, or can begin."""

    def get(self, *, timeout: float | None = None) -> None:
        """Wait for that; raises Empty after `timeout` seconds."""


@dataclass(kw_only=True)
class Execution:
    """One run of a plan.

    What could leave something behind if this process was interrupted is carried out by the thread that calls `run`,
    one after the other; the rest goes on beside it, in threads.
    """

    plan: Plan
    perform: Callable[[Sequence[Step], Done], None]  # carries out steps of one batch, and tells of each that is done
    is_beside: Callable[[Step], bool]
    beside: Callable[[Callable[[], None]], object] = in_background
    clock: Clock = field(default_factory=Clock)
    wake: Wake = field(default_factory=lambda: SimpleQueue[None]())
    is_over: Flag = field(default_factory=Flag)
    times: dict[Key, tuple[float, float]] = field(default_factory=dict)  # when each step began and was done
    _begun: dict[Key, float] = field(default_factory=dict)
    _mine: list[Step] = field(default_factory=list)  # can begin, in this thread
    _failures: list[tuple[Key, BaseException]] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        self._walk = order.sorter(self.plan.graph)

    def run(self) -> None:
        """Return when every step is done; raises the failure of the first that fails, and begins none after it.

        Where that builds on something whose own failure shows a moment later, that is raised instead.
        """
        try:
            self._begin()
            while batch := self._next():
                self._carry_out(batch)
                self._raise_failure()
        finally:
            self.is_over.set()

    def _next(self) -> list[Step]:
        """What can begin in this thread and belongs together; nothing at the end."""
        while True:
            self._raise_failure()
            with self._lock:
                if self._mine:
                    batch = [step for step in self._mine if step.batch == self._mine[0].batch]
                    self._mine = [step for step in self._mine if step not in batch]
                    return batch
                if not self._walk.is_active():
                    return []
            self.wake.get()

    def _carry_out(self, batch: Sequence[Step]) -> None:
        with self._lock:
            self._begun |= {step.key: self.clock.now() for step in batch}
        try:
            self.perform(batch, self._done)
        except Exception as error:
            with self._lock:
                undone = next((step for step in batch if step.key not in self.times), batch[0])
                self._failures.append((undone.key, error))
        finally:
            with self._lock:
                for step in batch:
                    del self._begun[step.key]
            self.wake.put(None)

    def _done(self, *steps: Step) -> None:
        with self._lock:
            for step in steps:
                self.times[step.key] = (self._begun[step.key], self.clock.now())
                self._walk.done(step.key)
            self._begin()

    def _begin(self) -> None:
        """All that can begin now, each batch together."""
        with self._lock:
            if self._failures or self.is_over.is_set():
                return
            ready = [self.plan.by_key[key] for key in self._walk.get_ready()]
            self._mine += [step for step in ready if not self.is_beside(step)]
            for batch in _batches(step for step in ready if self.is_beside(step)):
                self.beside(partial(self._carry_out, batch))
        self.wake.put(None)

    def _raise_failure(self) -> None:
        """Raise the failure of the first that failed, or of what it builds on."""
        with self._lock:
            if not self._failures:
                return
            failed, error = self._failures[0]
        if isinstance(error, LocalenvError):
            raise self._cause(failed) or error
        raise error

    def _cause(self, failed: Key) -> BaseException | None:
        """What a failed step builds on has begun, and may itself turn out not to work."""
        suspects = {key for key in self._running() if self._builds_on(failed, key)}
        deadline = self.clock.now() + _OUTCOME
        while suspects & self._running() and (left := deadline - self.clock.now()) > 0:
            with suppress(Empty):
                self.wake.get(timeout=left)
        return next((error for key, error in self._failures if key in suspects), None)

    def _running(self) -> set[Key]:
        with self._lock:
            return self._begun.keys() - self.times.keys()

    def _builds_on(self, failed: Key, other: Key) -> bool:
        """Whether a step waited for the start of what the other waits to work."""
        action, subject = other
        before = self.plan.ancestors[failed]
        return action is Action.AWAIT and not before.isdisjoint({(Action.START, subject), (Action.REPLACE, subject)})


def _batches(steps: Iterable[Step]) -> list[list[Step]]:
    ordered = sorted(steps, key=lambda step: step.batch)
    return [list(group) for _, group in groupby(ordered, key=lambda step: step.batch)]
