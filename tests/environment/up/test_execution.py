"""Carry out a plan with scripted steps: how long each takes and how it ends, on a fake clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count, groupby
from queue import Empty
from threading import Condition, Event, Thread

import pytest

from localenv.environment.up.execution import Done, Execution
from localenv.errors import Interrupted, NotReadyError
from localenv.plan import Action, Plan, Step
from tests.environment.up.plans import key, plan

BESIDE = (Action.BUILD, Action.PULL, Action.AWAIT, Action.LOAD)
HISTORY = {  # seconds that steps take, if not one
    "start": 0.5,
    "load": 0.25,
}


@dataclass
class World:
    """A world in which time advances only while all threads wait; events are recorded in `log`."""

    plan: Plan
    seconds: Mapping[str, float] = field(default_factory=dict)
    failing: Mapping[str, BaseException] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._changed = Condition()
        self._time, self._busy, self._items = 0.0, 1, 0
        self._alarms: list[tuple[float, int, Event]] = []
        self._numbers = count()
        self._sleeper: Event | None = None  # the thread that waits for an item

    def execution(self) -> Execution:
        return Execution(
            plan=self.plan,
            perform=self.perform,
            is_beside=lambda step: step.action in BESIDE,
            beside=self.beside,
            clock=self,  # type: ignore[arg-type]
            wake=self,
        )

    def run(self) -> list[str]:
        """The events: `0.5 await db` when a step, or several together, began."""
        execution = self.execution()
        try:
            execution.run()
        finally:
            self.times = {" ".join(step): times for step, times in execution.times.items()}
        return self.begun

    @property
    def begun(self) -> list[str]:
        """Ordered by time; threads that begin at the same time have no order."""
        return sorted(self.log, key=lambda line: (float(line.split()[0]), line))

    def perform(self, batch: Sequence[Step], done: Done) -> None:
        self.log.append(f"{self._time:g} {batch[0].action} {', '.join(step.subject for step in batch)}")
        began = self._time
        for seconds, steps in groupby(sorted(batch, key=self._takes), key=self._takes):
            self._sleep(began + seconds - self._time)
            together = list(steps)
            for error in (self.failing[name] for step in together if (name := " ".join(step.key)) in self.failing):
                raise error
            done(*together)

    def _takes(self, step: Step) -> float:
        return self.seconds.get(" ".join(step.key), HISTORY.get(step.action, 1.0))

    def now(self) -> float:
        return self._time

    def beside(self, work: Callable[[], None]) -> None:
        def carry_out() -> None:
            work()
            with self._changed:
                self._rest()

        with self._changed:
            self._busy += 1
        Thread(target=carry_out, daemon=True).start()

    def put(self, item: None) -> None:
        with self._changed:
            self._items += 1
            if self._sleeper:
                self._rouse(self._sleeper)

    def get(self, *, timeout: float | None = None) -> None:
        alarm = Event()
        with self._changed:
            if not self._items:
                self._sleeper = alarm
                if timeout is not None:
                    heappush(self._alarms, (self._time + timeout, next(self._numbers), alarm))
                self._rest()
            else:
                alarm.set()
        assert alarm.wait(60), "nobody does anything any more"
        with self._changed:
            if not self._items:
                raise Empty
            self._items -= 1

    def _sleep(self, seconds: float) -> None:
        alarm = Event()
        with self._changed:
            heappush(self._alarms, (self._time + seconds, next(self._numbers), alarm))
            self._rest()
        assert alarm.wait(60)

    def _rest(self) -> None:
        """One thread less is busy; if none is, the next alarm goes off."""
        self._busy -= 1
        while not self._busy and self._alarms:
            self._time, _, alarm = heappop(self._alarms)
            if not alarm.is_set():
                self._rouse(alarm)

    def _rouse(self, alarm: Event) -> None:
        self._busy += 1
        self._sleeper = None if alarm is self._sleeper else self._sleeper
        alarm.set()


ORDERS = {
    "build api": "",
    "start db": "",
    "start stubs": "",
    "await db": "start db",
    "await stubs": "start stubs",
    "load payments": "await stubs",
    "run migrate": "build api, await db",
    "start api": "run migrate, load payments",
    "await api": "start api",
    "smoke smoke": "await api",
}


def test_each_step_begins_as_soon_as_all_it_waits_for_is_done():
    world = World(plan(ORDERS), {"build api": 2, "await stubs": 4})

    assert world.run() == [
        "0 build api",
        "0 start db, stubs",
        "0.5 await db, stubs",
        "2 run migrate",
        "4.5 load payments",
        "4.75 start api",
        "5.25 await api",
        "6.25 smoke smoke",
    ]
    assert world.times["await db"] == (0.5, 1.5)
    assert world.times["smoke smoke"] == (6.25, 7.25)


def test_what_goes_on_beside_begins_also_while_a_job_runs():
    held = {**ORDERS, "run migrate": "build api, await db, start stubs", "start api": "run migrate"}
    world = World(plan(held), {"run migrate": 9, "await stubs": 3})

    assert world.run()[3:6] == ["1.5 run migrate", "3.5 load payments", "10.5 start api"]


def test_what_can_begin_at_the_same_time_is_one_call_and_what_comes_meanwhile_the_next():
    services = {"build a": "", "build b": "", "build c": "", "build d": ""}
    services |= {f"start {name}": f"build {name}" for name in "abcd"}
    world = World(plan(services), {"build a": 1, "build b": 1.1, "build c": 1.2, "build d": 9})

    assert world.run()[4:] == ["1 start a", "1.5 start b, c", "9 start d"]


def test_jobs_are_run_one_after_the_other():
    assert World(plan({"run one": "", "run two": ""})).run() == ["0 run one", "1 run two"]


def test_an_empty_plan_is_done():
    assert World(plan({})).run() == []


@pytest.mark.parametrize(
    ("failing", "begun"),
    [
        ("build api", ["0 build api", "0 start db, stubs", "0.5 await db, stubs"]),
        ("start db", ["0 build api", "0 start db, stubs"]),
        ("await db", ["0 build api", "0 start db, stubs", "0.5 await db, stubs"]),
        (
            "run migrate",
            ["0 build api", "0 start db, stubs", "0.5 await db, stubs", "1.5 load payments", "1.5 run migrate"],
        ),
    ],
)
def test_after_a_failure_nothing_begins_and_it_is_raised(failing, begun):
    failure = NotReadyError(f"{failing} failed")
    world = World(plan(ORDERS), failing={failing: failure})

    with pytest.raises(NotReadyError) as raised:
        world.run()

    assert raised.value is failure
    assert world.begun == begun


def test_of_several_failures_the_first_is_raised():
    first, second = NotReadyError("first"), NotReadyError("second")
    world = World(plan({"build a": "", "build b": ""}), {"build a": 2}, {"build a": second, "build b": first})

    with pytest.raises(NotReadyError, match="first"):
        world.run()


HELD = {"start stubs": "", "await stubs": "start stubs", "start api": "start stubs", "await api": "start api"}


@pytest.mark.parametrize(("later", "cause"), [(1.5, "stubs are broken"), (2.5, "api crashed")])
def test_what_a_failed_step_builds_on_is_the_cause_where_it_fails_within_two_seconds(later, cause):
    world = World(
        plan(HELD),
        {"start stubs": 0, "start api": 0, "await api": 1, "await stubs": 1 + later},
        {"await api": NotReadyError("api crashed"), "await stubs": NotReadyError("stubs are broken")},
    )

    with pytest.raises(NotReadyError, match=cause):
        world.run()
    assert world.now() == 1 + min(later, 2)


def test_what_it_does_not_build_on_is_not_waited_for():
    world = World(
        plan({**HELD, "start other": "", "await other": "start other"}),
        {"start stubs": 0, "start other": 0, "await stubs": 0.5, "await other": 9},
        {"await api": NotReadyError("api crashed"), "await other": NotReadyError("other is broken")},
    )

    with pytest.raises(NotReadyError, match="api crashed"):
        world.run()
    assert world.now() == 1.5


def test_an_interrupt_ends_it_at_once():
    world = World(plan(ORDERS), failing={"start db": KeyboardInterrupt()})

    with pytest.raises(KeyboardInterrupt):
        world.run()

    assert not any("await" in line for line in world.log)


def test_another_thread_can_end_it_while_a_step_takes_long():
    world = World(plan=plan({"build api": "", "start api": "build api"}), seconds={"build api": 600.0})
    execution: Execution = world.execution()
    execution.beside = lambda work: execution.stop()  # instead of the build, which would end after it
    with pytest.raises(Interrupted):
        execution.run()
    assert world.begun == []


def test_what_was_not_done_when_something_failed_has_no_times():
    world = World(plan(ORDERS), failing={"await db": NotReadyError("db")})

    with pytest.raises(NotReadyError):
        world.run()

    assert key("start db") in {key(name) for name in world.times}
    assert "await db" not in world.times
