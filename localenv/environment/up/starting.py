"""`up`: the steps carried out, in the order that gets a working environment soonest."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial

from localenv import state
from localenv.engines import Condition
from localenv.environment import stubbing
from localenv.environment.event_log import EventLog
from localenv.environment.up import critical_path, jobs, probing, seeded, smoke
from localenv.environment.up.building import Builds
from localenv.environment.up.preparing import Prepared, patience
from localenv.environment.up.waves import waves
from localenv.errors import JobError, LocalenvError
from localenv.events import Phase, State
from localenv.host.background import in_background
from localenv.plan import Action, finishing
from localenv.stack import Job, ProbeKind, Role, Service
from localenv.state import Life, Record

_BACKING = (Role.NEED, Role.STUBS)
_OUTCOME = 2.0  # seconds that a failure waits to be told as that of a stub server


@dataclass(kw_only=True)
class Start:
    """One run of `up`; `record` is kept up to date on disk, so that whoever comes later knows what was done."""

    prepared: Prepared
    events: EventLog
    record: Record
    _begun: dict[str, float] = field(default_factory=dict)  # when a service was started, monotonic
    _steady: list[tuple[list[Service], "Future[None]"]] = field(default_factory=list)  # still to stay up
    _held: list[tuple[list[Service], "Future[None]"]] = field(default_factory=list)  # stub servers, still to answer
    _builds: Builds = field(init=False)

    def __post_init__(self) -> None:
        self._builds = Builds(prepared=self.prepared, events=self.events)

    def run(self) -> Record:
        """Carry out the steps; raises the failure of the first that fails."""
        self._note(state=Life.STARTING, generation=self.record.generation + 1)
        self.prepared.engine.write(self.prepared.deployment)
        self._remove()
        self._builds.begin(self._due_jobs())
        self._start(self.prepared.stack.of(*_BACKING))
        self._load_changed_stubs()
        with self._beside_the_held():
            self._run_jobs()
            self._await_builds()
            *earlier, last = waves(self.prepared.stack.of(Role.SERVICE)) or [[]]
            for wave in earlier:
                self._start(wave)
            self._start(last, is_last=True)
        self._smoke_beside_the_steady()
        return self.record

    def critical_path(self) -> str:
        """What the time was spent on: `build 3.1 s → migrate 0.8 s → api 0.4 s`."""
        return critical_path.path(self.events.spans)

    def _note(self, **changes: object) -> None:
        self.record = self.record.but(**changes)
        if not self.events.is_over:
            state.save(self.record)

    def _remove(self) -> None:
        gone = self.prepared.steps.of(Action.REMOVE)
        if gone:
            self.prepared.engine.discard(self.record.identity, gone)
        for name in gone:
            self.events.emit(Phase.REMOVE, name, State.DONE, self.prepared.steps.reason(name))

    def _await_builds(self) -> None:
        self._builds.wait()
        self._note(builds=self.prepared.wanted.builds)

    def _start(self, services: Iterable[Service], *, is_last: bool = False) -> None:
        self._await_held(0)  # no use in going on beside one that has failed
        due = self.prepared.steps
        for action, replace in ((Action.START, False), (Action.REPLACE, True)):
            chosen = [service for service in services if service.name in due.of(action)]
            if chosen:
                self._start_together(chosen, replace=replace)
                self._wait(chosen, is_last=is_last)

    def _start_together(self, services: list[Service], *, replace: bool) -> None:
        names, due = [service.name for service in services], self.prepared.steps
        needs = self.prepared.stack.needs
        fresh = {name for name in names if name in needs and not needs[name].keep and due.is_fresh(name)}
        self._note(
            jobs={name: done for name, done in self.record.jobs.items() if self._need_of(name) not in fresh},
            components={  # what it was is no more, whatever becomes of this start
                name: done
                for name, done in self.record.components.items()
                if name not in names or not due.is_fresh(name)
            },
        )
        self._builds.fetch([name for name in names if not self.prepared.stack.services[name].build])
        for name in names:
            self._begun[name] = time.monotonic()
            self.events.emit(Phase.START, name, State.WORKING, self.prepared.steps.reason(name))
        self._unpause(names)
        self.prepared.engine.start(self.prepared.deployment, names, replace=replace)

    def _wait(self, services: list[Service], *, is_last: bool) -> None:
        """Until all work that somebody may need.

        Those of the last that only have to stay up for a while are left to `_await_steady`, and stub servers of an
        engine that keeps their callers waiting to `_await_held`.
        """
        steady = [one for one in services if is_last and one.probe.kind is ProbeKind.ALIVE]
        held = [one for one in services if one.role is Role.STUBS and self.prepared.engine.holds]
        if steady:
            self._steady.append((steady, in_background(partial(self._probe, steady, self._tell_ready))))
        if held:
            self._held.append((held, in_background(partial(self._answer, held))))
        self._probe([one for one in services if one not in (*steady, *held)], self._is_ready)

    def _answer(self, servers: list[Service]) -> None:
        """Make stub servers ready, whoever else does what meanwhile, and let in who waits for them."""

        def ready(name: str) -> None:
            self._tell_ready(name)
            self._load_stubs(name)

        try:
            self._probe(servers, ready)
        finally:  # of one that has failed nobody needs to wait
            for one in servers:
                self.prepared.engine.admit(self.record.identity, one.name)

    def _probe(self, services: list[Service], ready: Callable[[str], None]) -> None:
        probing.wait(
            self.prepared.engine,
            self.prepared.deployment,
            services,
            time.monotonic() + patience(self.prepared.request),
            lambda name, _: ready(name),
            finishing=finishing(self.prepared.stack),
        )

    def _await_steady(self) -> None:
        """What a service that did not stay up has done to others is told as its own failure."""
        for services, waiting in self._steady:
            waiting.result()
            self._note_wanted(*(service.name for service in services))

    @contextmanager
    def _beside_the_held(self) -> Iterator[None]:
        """What a stub server that failed has done to others is told as its own failure."""
        try:
            yield
        except LocalenvError:
            self._await_held(_OUTCOME)
            raise
        self._await_held()

    def _await_held(self, patience: float | None = None) -> None:
        """Stub servers that nobody has waited for; `patience` in seconds, after which it does not matter any more."""
        for servers, answering in self._held:
            if wait_for([answering], patience).done:
                answering.result()
                for one in servers:
                    self._note_wanted(one.name, *self._due_upstreams(one.name))

    def _unpause(self, names: Iterable[str]) -> None:
        for name in names:
            seen = self.prepared.observed.services.get(name)
            if seen and seen.condition is Condition.PAUSED:
                self.prepared.engine.signal(self.record.identity, name, "unpause")

    def _need_of(self, job: str) -> str:
        return next((one.need for one in self.prepared.stack.jobs if one.name == job), "")

    def _tell_ready(self, name: str) -> None:
        self.events.emit(Phase.READY, name, State.DONE, seconds=time.monotonic() - self._begun[name])

    def _is_ready(self, name: str) -> None:
        self._tell_ready(name)
        self._note_wanted(name)
        if self.prepared.stack.services[name].role is Role.STUBS:  # while needs are still on their way
            self._load_and_note(name)

    def _note_wanted(self, *names: str) -> None:
        wanted = {name: self.prepared.wanted.components[name] for name in names}
        self._note(components={**self.record.components, **wanted})

    def _load_changed_stubs(self) -> None:
        """Those of servers that were running already."""
        for server in self.prepared.stack.of(Role.STUBS):
            if server.name not in self.prepared.steps.of(Action.START, Action.REPLACE):
                self._load_and_note(server.name)

    def _load_and_note(self, server: str) -> None:
        self._load_stubs(server)
        self._note_wanted(*self._due_upstreams(server))

    def _load_stubs(self, server: str) -> None:
        """All that a server is to be given, in one import."""
        due, steps = self._due_upstreams(server), self.prepared.steps
        with ExitStack() as told:
            for name in due:
                told.enter_context(self.events.step(Phase.STUBS, name, steps.reason(name)))
            if due:
                stubbing.load(self.prepared.deployment, *due, is_new=steps.is_fresh(server))

    def _due_upstreams(self, server: str) -> list[str]:
        upstreams = self.prepared.stack.upstreams
        return [name for name in self.prepared.steps.of(Action.LOAD) if upstreams[name].server == server]

    def _run_jobs(self) -> None:
        filled = {job.need for job in self._due_jobs()}
        for need in self.prepared.stack.needs:
            if need in filled or need in self.prepared.steps.of(Action.START, Action.REPLACE):
                jobs.prepare_need(self.prepared, need)
        for job in self._due_jobs():
            if not job.file:
                self._await_builds()
            self._await_held(0)
            self._run_job(job)

    def _due_jobs(self) -> list[Job]:
        due = self.prepared.steps.of(Action.RUN)
        return [job for job in self.prepared.stack.jobs if job.name in due]

    def _run_job(self, job: Job) -> None:
        try:
            with self.events.step(Phase.JOB, job.name, self._about(job)):
                jobs.run(self.prepared, job, lambda line: self.events.output(job.name, line))
        except JobError:
            if job.file:  # half of it may be in: the next `up` begins this need anew
                self._note(components={k: v for k, v in self.record.components.items() if k != job.need})
            raise
        self._note(jobs={**self.record.jobs, job.name: job.digest})

    def _about(self, job: Job) -> str:
        """What it does; in an environment that runs already also why."""
        return job.title if self.prepared.is_new else f"{job.title}; {self.prepared.steps.reason(job.name)}"

    def _smoke_beside_the_steady(self) -> None:
        """The checks need not wait for the second that a service without a port has to stay up."""
        try:
            self._smoke()
        except LocalenvError:
            self._await_steady()
            raise
        self.prepared.engine.prepare_next(self.record.identity)
        self._await_steady()

    def _smoke(self) -> None:
        noted = seeded.note(self.prepared, self.events)
        if self.prepared.stack.smoke:
            with self.events.step(Phase.SMOKE, "smoke"):
                smoke.run(self.prepared, lambda line: self.events.output("smoke", line), noted)
