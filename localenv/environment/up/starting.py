"""`up`: carry out each step of the plan with this engine, stack and record."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field

from localenv.environment import losses, memories, stub_guard
from localenv.environment.up import (
    building,
    causes,
    critical_path,
    earlier,
    job_steps,
    jobs,
    left_out,
    probing,
    seed_snapshots,
    service_starts,
    stub_loading,
    unserved,
)
from localenv.environment.up.confirming import Confirmation
from localenv.environment.up.execution import Done, Execution
from localenv.environment.up.limit import TimeLimit
from localenv.environment.up.preparing import Prepared, patience
from localenv.environment.up.recording import Recorder, only
from localenv.errors import JobError, LocalenvError, NotReadyError
from localenv.events import EventLog, Phase, Progress
from localenv.plan import NEW, Action, Step, StepKey, finishing
from localenv.stack.states import EnvironmentState
from localenv.state import Record
from localenv.stubs.sources import ahead

_RECENT = 1.0  # seconds after which the engine would have reported an exit
_WATCHED, _UNWATCHED = 0.15, 0.25  # seconds that a service has to run on; unwatched once `up --detach` returns
_BESIDE = (Action.BUILD, Action.PULL, Action.AWAIT, Action.PREPARE, Action.LOAD)
_UNCOUNTED = (Action.BUILD, Action.PULL, Action.RUN)  # not counted by the time limit


@dataclass(kw_only=True)
class Start:
    """One run of `up`; `record` is kept up to date on disk."""

    prepared: Prepared
    events: EventLog
    recorder: Recorder
    is_noted: bool = True  # it was said what of contracts is not served
    _begun: dict[str, float] = field(default_factory=dict)  # when a service was started, monotonic
    _ready: dict[str, float] = field(default_factory=dict)  # when it became ready, monotonic
    _gates: dict[str, Callable[[], None]] = field(default_factory=dict)  # of stub servers that keep clients waiting
    _once_ready: list[Callable[[], None]] = field(default_factory=list)
    _pulled: dict[StepKey, str] = field(default_factory=dict)  # downloads that were missing on this machine
    _snapshots: set[str] = field(default_factory=set)  # needs that have one now

    def __post_init__(self) -> None:
        self._execution = Execution(plan=self.prepared.plan, perform=self._perform, is_beside=self._is_beside)
        self._jobs = {job.name: job for job in self.prepared.stack.jobs}
        self._limit = TimeLimit(seconds=patience(self.prepared.request))

    @property
    def record(self) -> Record:
        """The current record of the environment."""
        return self.recorder.record

    def run(self) -> None:
        """Carry out the plan; raises the failure of the first step that fails."""
        self.recorder.update(state=EnvironmentState.STARTING, smoke="", generation=self.record.generation + 1)
        self.prepared.engine.write(self.prepared.deployment)
        self._limit.begin()
        self._execution.run()
        left_out.open_up(self.prepared, self.events, self.recorder)
        self._confirm()
        for begin in self._once_ready:
            begin()
        stub_guard.begin(self.prepared.deployment)

    def stop(self) -> None:
        """End `run` from another thread; it raises Interrupted."""
        self._execution.stop()

    def critical_path(self) -> str:
        """The chain of steps that determined the duration: `build 3.1 s → migrate 0.8 s → api 0.4 s`."""
        files = {job.name: job.file.name for job in self._jobs.values() if job.file}
        return critical_path.path(self.prepared.plan, self._execution.times, self._pulled, files)

    def _is_beside(self, step: Step) -> bool:
        """Whether an interrupt of this step leaves nothing behind, so that it can run in a background thread."""
        return step.action in _BESIDE or (step.action is Action.RUN and self._jobs[step.subject].file is not None)

    def _perform(self, steps: Sequence[Step], done: Done) -> None:
        """Carry out the steps of one batch; services become ready one by one, all other steps finish together."""
        try:
            if steps[0].action is Action.AWAIT:
                self._await(steps, done)
            else:
                with self._limit.paused() if steps[0].action in _UNCOUNTED else nullcontext():
                    self._together(steps)
                done(*steps)
        except BaseException as error:  # no stubs will be loaded any more; waiting clients would wait forever
            self._open(tuple(self._gates))
            if isinstance(error, NotReadyError | JobError):
                causes.explain(error, self.prepared.stack, is_here=self.prepared.engine.images is None)
            raise

    def _together(self, steps: Sequence[Step]) -> None:
        match steps[0].action:
            case Action.START | Action.REPLACE:
                self._start(steps)
            case Action.LOAD:
                self._load(steps)
            case Action.PULL:
                self._pull(steps)
            case Action.REMOVE:
                self._remove(steps)
            case _:
                for step in steps:
                    self._do(step)

    def _do(self, step: Step) -> None:
        match step.action:
            case Action.BUILD:
                building.build(self.prepared, self.events, step.subject)
            case Action.PREPARE:
                self._prepare(step.subject)
            case Action.RUN:
                job_steps.run(self.prepared, self.events, self.recorder, self._jobs[step.subject])
            case Action.SNAPSHOT:
                if seed_snapshots.snapshot(self.prepared, self.events, step.subject):
                    self._snapshots.add(step.subject)
            case Action.SMOKE:
                self._smoke(step)

    def _smoke(self, step: Step) -> None:
        """Run the smoke checks; if a service has exited since it was ready, it is reported as the cause.

        They are left for later while a service that runs on this machine does not answer.
        """
        left_out.open_up(self.prepared, self.events, self.recorder)
        if silent := left_out.silent(self.prepared, self.record):
            why = f"not run: {', '.join(silent)} does not answer"
            self.events.emit(Phase.SMOKE, step.subject, Progress.WAITING, why)
            return
        from localenv.environment.up import smoke  # an `up` with nothing to do does not need its imports

        try:
            with self.events.step(Phase.SMOKE, step.subject):
                smoke.run(self.prepared, lambda line: self.events.output(step.subject, line), self._snapshots)
        except LocalenvError:
            self._confirmation().blame()
            raise
        self.recorder.update(smoke=self.prepared.wanted.smoke)

    def _confirm(self) -> None:
        """Check everything once more; raises NotReadyError for a service that no longer works."""
        self._confirmation().settle(self._ready, _UNWATCHED if self.prepared.request.detach else _WATCHED)
        now = time.monotonic()
        recent = [name for name, since in self._ready.items() if now - since < _RECENT]
        try:
            observed = self._confirmation().confirm(recent, now + patience(self.prepared.request))
        except NotReadyError:
            self.recorder.started(recent)
            raise
        earlier.confirm(self.prepared, [name for name in self._confirmation().names if name not in self._ready])
        deployment = self.prepared.deployment
        self.recorder.update(holders=losses.holders(deployment, observed), runs=losses.runs(deployment))

    def _confirmation(self) -> Confirmation:
        """A confirmation of everything that was ready before or became ready now."""
        waiting = {name for name in self.prepared.plan.of(Action.AWAIT) if name not in self._ready}
        out = {*waiting, *self.record.here, *self.prepared.request.without}
        names = [name for name in self.prepared.stack.services if name not in out]
        return Confirmation(engine=self.prepared.engine, deployment=self.prepared.deployment, names=names)

    def _remove(self, steps: Sequence[Step]) -> None:
        names = [step.subject for step in steps]
        self.prepared.engine.services.discard(self.record.identity, names)
        for digests in ("components", "builds"):
            self.recorder.drop(digests, lambda name: name in names)
        for step in steps:
            self.events.emit(Phase.REMOVE, step.subject, Progress.DONE, step.reason)

    def _pull(self, steps: Sequence[Step]) -> None:
        pulled = building.pull(self.prepared, self.events, [step.subject for step in steps])
        if pulled:
            self._pulled |= {step.key: ", ".join(pulled) for step in steps}

    def _start(self, steps: Sequence[Step]) -> None:
        """Start the services of a batch in one call; a replaced service has lost its data."""
        for step in steps:
            self._begun[step.subject] = time.monotonic()
        steps = [step for step in steps if not self._stays(step)]
        names = [step.subject for step in steps]
        service_starts.record_start(self.prepared, self.recorder, names)
        for step in steps:
            self.events.emit(Phase.START, step.subject, Progress.WORKING, step.reason)
        service_starts.unpause(self.prepared, names)
        replaced = [step.subject for step in steps if step.action is Action.REPLACE]
        if replaced:
            self.prepared.engine.services.discard(self.record.identity, replaced)
        for name in replaced:
            memories.forget(self.prepared.deployment, name)
        for name in set(names) & set(self.prepared.returning):
            self.prepared.engine.bridges.stop(self.record.identity, name)
        if names:
            identity = self.record.identity
            with building.explained(identity), service_starts.ending_failures(self.prepared, names):
                started = self.prepared.engine.start(self.prepared.deployment, names, self._later())
            if any(map(self._upstreams, names)):
                from localenv.stubs import admin  # noqa: F401 - while the server starts
            ahead.begin()
            self._gates |= started.gates
            self._once_ready += started.once_ready
            left_out.open_up(self.prepared, self.events, self.recorder)

    def _later(self) -> list[str]:
        """Services that start later without data, and are not being built."""
        plan, done = self.prepared.plan, self._execution.times
        steps = [step for step in plan.steps if step.action is Action.START and step.reason == NEW]
        built = {key for key in plan.by_key if key[0] is Action.BUILD and key not in done}
        return [step.subject for step in steps if step.subject not in self._begun and not step.waits_for & built]

    def _stays(self, step: Step) -> bool:
        """Whether a rebuilt service is identical to the running one, which then stays."""
        if not service_starts.is_needless(self.prepared, self.record, step):
            return False
        self.recorder.add(builds=only(self.prepared.wanted.builds, step.subject))
        self.events.emit(Phase.START, step.subject, Progress.UNCHANGED, "its image is the same")
        return True

    def _await(self, steps: Sequence[Step], done: Done) -> None:
        """Wait until each service is ready."""
        waiting = {step.subject: step for step in steps}

        def ready(name: str, seconds: float) -> None:
            memories.bring_back(self.prepared.deployment, name)
            self._ready[name] = time.monotonic()
            self.events.emit(Phase.READY, name, Progress.DONE, seconds=time.monotonic() - self._begun[name])
            if name not in self.prepared.stack.needs:
                self._record(name)
            if not self._upstreams(name):
                self._open([name])
            done(waiting[name])

        probing.wait(
            self.prepared.engine,
            self.prepared.deployment,
            [self.prepared.stack.services[name] for name in waiting],
            time.monotonic() + self._limit.seconds,
            ready,
            report=self._report,
            limit=self._limit,
            finishing=finishing(self.prepared.stack),
            stop=self._execution.is_over,
        )

    def _report(self, name: str, answer: str, is_cause: bool) -> None:
        """Report why a service is not ready: the progress shows each answer, and the cause is recorded."""
        self.events.emit(Phase.READY, name, Progress.WORKING if is_cause else Progress.WAITING, answer)

    def _prepare(self, need: str) -> None:
        jobs.prepare_need(self.prepared, need)
        self._record(need)

    def _load(self, steps: Sequence[Step]) -> None:
        """Load all stubs of a server in one import, then let waiting clients in."""
        names = [step.subject for step in steps]
        server = self.prepared.stack.upstreams[names[0]].server
        self.recorder.drop("components", lambda name: name in names)
        with ExitStack() as opened:
            for step in steps:
                opened.enter_context(self.events.step(Phase.STUBS, step.subject, step.reason))
            stub_loading.load(self.prepared, names, is_started=server in self._begun)
        self._record(*names)
        self._open([server])
        if not self.is_noted:
            for note in unserved.notes(self.prepared.stack.upstreams[name] for name in names):
                self.events.emit(Phase.PLAN, "", Progress.DONE, note)

    def _open(self, names: Iterable[str]) -> None:
        """Let clients in that wait for a stub server, if the engine keeps them waiting."""
        for name in names:
            self._gates.pop(name, lambda: None)()

    def _upstreams(self, server: str) -> list[str]:
        """The upstreams to be loaded into a server."""
        upstreams = self.prepared.stack.upstreams
        return [name for name in self.prepared.plan.of(Action.LOAD) if upstreams[name].server == server]

    def _record(self, *names: str) -> None:
        self.recorder.add(components=only(self.prepared.wanted.components, *names))
        self.recorder.ready(names)
