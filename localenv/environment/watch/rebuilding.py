"""Build and start a watched service again; what is broken leaves the old build running."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from localenv import state
from localenv.environment.down import guarding
from localenv.environment.up.preparing import Prepared
from localenv.environment.up.recording import Recorder
from localenv.environment.up.starting import Start
from localenv.errors import NotReadyError
from localenv.events import Event, EventLog, Phase, Progress
from localenv.plan import Action, Plan, Step
from localenv.stack.states import EnvironmentState, ServiceState

OLD_ONE = "; the old one runs again"
_OF_SERVICE = (Action.BUILD, Action.PULL, Action.START, Action.REPLACE, Action.AWAIT)


@dataclass(kw_only=True)
class Rebuild:
    """One rebuild of the service `name`; `start_as_before` starts it with its earlier files, where nothing is copied.

    The environment is locked meanwhile.
    """

    prepared: Prepared
    name: str
    report: Callable[[str], None]
    start_as_before: Callable[[str], str]  # returns what became of that
    _start: Start | None = field(default=None, repr=False)

    @property
    def steps(self) -> list[Step]:
        """What is due for the service."""
        return [one for one in self.prepared.plan.steps if one.subject == self.name and one.action in _OF_SERVICE]

    def run(self) -> None:
        """Carry the steps out; raises NotReadyError, and Interrupted after `stop`."""
        prepared = self.prepared
        before = state.load(prepared.deployment.identity) or prepared.record
        images, runs = prepared.engine.images, self._process()
        back = images.keep(prepared.deployment, self.name) if images else lambda: False
        try:
            self._carry_out(self.steps)
        except NotReadyError as error:
            if back() and self._process() != runs:
                error.message += self._start_build()
            if record := state.load(prepared.deployment.identity):
                state.save(record.but(builds=before.builds))
            raise

    def stop(self) -> None:
        """End it, from another thread."""
        if self._start:
            self._start.stop()
        guarding.end_processes(self.prepared.deployment.identity)

    def _process(self) -> str:
        """The container or process that runs the service; empty if there is none."""
        seen = self.prepared.engine.observe(self.prepared.deployment.identity).services.get(self.name)
        return seen.id if seen and seen.state is ServiceState.RUNNING else ""

    def _start_build(self) -> str:
        """Start the service from the build that is current again; returns what became of that."""
        if self.prepared.engine.copies is None:
            return self.start_as_before(self.name)
        self._carry_out([one for one in self.steps if one.action is not Action.BUILD])
        return OLD_ONE

    def _carry_out(self, steps: list[Step]) -> None:
        before = state.load(self.prepared.deployment.identity) or self.prepared.record
        recorder = Recorder(record=before)
        events = EventLog(environment=self.prepared.deployment.identity, listener=self._on_event)
        self._start = Start(
            prepared=replace(self.prepared, plan=Plan.of_steps(steps)), events=events, recorder=recorder
        )
        try:
            self._start.run()
        finally:
            recorder.update(state=EnvironmentState.READY, detail="", smoke=before.smoke)

    def _on_event(self, event: Event) -> None:
        """Report what takes long: builds."""
        if event.phase is Phase.BUILD and event.state is Progress.WORKING:
            self.report(f"{event.subject}: building")
