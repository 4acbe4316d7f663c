"""Carry out a plan: each step begins as soon as its dependencies are done; the first failure ends the run."""

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
from localenv.errors import Interrupted, LocalenvError
from localenv.host.background import in_background
from localenv.plan import Action, Plan, Step, StepKey
from localenv.stack import order

_OUTCOME = 2.0  # seconds to wait after a failure, in case one of its dependencies fails too


class Done(Protocol):
    """Callback for steps that are done."""

    def __call__(self, *steps: Step) -> None:
        """These steps are done, at the same time."""


class Wake(Protocol):
    """Wakes the thread that carries out the plan."""

    def put(self, item: None) -> None:
        """Signal that a step is done, has failed, or can begin."""

    def get(self, *, timeout: float | None = None) -> None:
        """Wait for a signal; raises Empty after `timeout` seconds."""


@dataclass(kw_only=True)
class Execution:
    """One run of a plan.

    Steps that could leave something behind on an interrupt run one after the other in the thread that calls `run`;
    other steps run in background threads.
    """

    plan: Plan
    perform: Callable[[Sequence[Step], Done], None]  # carries out steps of one batch, and reports each that is done
    is_beside: Callable[[Step], bool]
    beside: Callable[[Callable[[], None]], object] = in_background
    clock: Clock = field(default_factory=Clock)
    wake: Wake = field(default_factory=lambda: SimpleQueue[None]())
    is_over: Flag = field(default_factory=Flag)
    times: dict[StepKey, tuple[float, float]] = field(default_factory=dict)  # start and end of each step
    _begun: dict[StepKey, float] = field(default_factory=dict)
    _mine: list[Step] = field(default_factory=list)  # ready to run in this thread
    _failures: list[tuple[StepKey, BaseException]] = field(default_factory=list)
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        self._walk = order.sorter(self.plan.graph)

    def run(self) -> None:
        """Return when every step is done; raises the failure of the first step that fails, and begins none after it.

        If a dependency of the failed step fails shortly after, that failure is raised instead. Raises Interrupted after
        `stop`.
        """
        try:
            self._begin()
            while batch := self._next():
                self._carry_out(batch)
                self._raise_failure()
        finally:
            self.is_over.set()

    def stop(self) -> None:
        """End the run from another thread: no step begins any more, and none is awaited."""
        self.is_over.set()
        self.wake.put(None)

    def _next(self) -> list[Step]:
        """The next batch of steps for this thread; empty at the end."""
        while True:
            self._raise_failure()
            if self.is_over.is_set():
                raise Interrupted("stopped")
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
        """Begin all steps that are ready, each batch together."""
        with self._lock:
            if self._failures or self.is_over.is_set():
                return
            ready = [self.plan.by_key[key] for key in self._walk.get_ready()]
            self._mine += [step for step in ready if not self.is_beside(step)]
            for batch in _batches(step for step in ready if self.is_beside(step)):
                self.beside(partial(self._carry_out, batch))
        self.wake.put(None)

    def _raise_failure(self) -> None:
        """Raise the first failure, or that of a dependency."""
        with self._lock:
            if not self._failures:
                return
            failed, error = self._failures[0]
        if isinstance(error, LocalenvError):
            raise self._cause(failed) or error
        raise error

    def _cause(self, failed: StepKey) -> BaseException | None:
        """The failure of a dependency that has started but turned out not to work."""
        suspects = {key for key in self._running() if self._builds_on(failed, key)}
        deadline = self.clock.now() + _OUTCOME
        while suspects & self._running() and (left := deadline - self.clock.now()) > 0:
            with suppress(Empty):
                self.wake.get(timeout=left)
        return next((error for key, error in self._failures if key in suspects), None)

    def _running(self) -> set[StepKey]:
        with self._lock:
            return self._begun.keys() - self.times.keys()

    def _builds_on(self, failed: StepKey, other: StepKey) -> bool:
        """Whether `other` waits for a subject to become ready whose start the failed step depends on."""
        action, subject = other
        before = self.plan.ancestors[failed]
        return action is Action.AWAIT and not before.isdisjoint({(Action.START, subject), (Action.REPLACE, subject)})


def _batches(steps: Iterable[Step]) -> list[list[Step]]:
    ordered = sorted(steps, key=lambda step: step.batch)
    return [list(group) for _, group in groupby(ordered, key=lambda step: step.batch)]
