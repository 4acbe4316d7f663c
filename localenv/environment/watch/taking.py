"""Take changes over with the least that does it: copy, restart or build; what is broken leaves the old one running."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING

from localenv import process, state
from localenv.environment import stopping, variables
from localenv.environment.up import preparing
from localenv.environment.up.preparing import Prepared
from localenv.environment.up.recording import Recorder
from localenv.environment.up.starting import Start
from localenv.environment.watch import changes, rules
from localenv.environment.watch.rules import Takeover
from localenv.errors import LocalenvError, NotReadyError
from localenv.events import Event, EventLog, Listener, Phase, Progress
from localenv.plan import Action, Plan
from localenv.process import ProgramMissing, TimedOut
from localenv.stack import Role
from localenv.stack.states import EnvironmentState

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_OF_SERVICE = (Action.BUILD, Action.FETCH, Action.START, Action.REPLACE, Action.AWAIT)
_SHOWN = 3  # files in a message
_PATIENCE = 10.0  # seconds to check the syntax of files
_SYNTAX = 97  # the exit code of a failed check
_PYTHON = (
    "import sys, traceback\n"
    "for file in sys.argv[1:]:\n"
    "    try: compile(open(file, 'rb').read(), file, 'exec')\n"
    "    except (SyntaxError, ValueError): print(traceback.format_exc(limit=0)); sys.exit(97)\n"
    "    except OSError: pass\n"
)
_RAN = "took the change over"

Tell = Callable[[str], None]


@dataclass(kw_only=True)
class Taking:
    """Changes of an environment's files; `tell` gets a line for each that was taken over, or why it was not."""

    environment: "Environment"
    tell: Tell
    key: str = ""  # that runs jobs which are due, if keys are read
    _told: frozenset[str] = field(default_factory=frozenset)
    _restarted: set[str] = field(default_factory=set)

    def follow(self, over: Flag) -> None:
        """Take changes over until `over` is set."""
        engine = self.environment.engine
        services = self.environment.stack.of(Role.SERVICE)
        known = [rules.of(one, copies=engine.copies is not None) for one in services]
        inputs = [path for one in known for path in one.paths]
        for saved in changes.follow([*inputs, *self._inputs_of_jobs()], over):
            changed = [path for path in saved if not self._is_apart(path)]
            for one in known:
                if (due := one.due(changed)) and not over.is_set():
                    self.take(due)
            self._tell_of_jobs()

    def _is_apart(self, path: Path) -> bool:
        """Whether a file is a description or a stub, which are no code of a service."""
        descriptions = Path(self.environment.record.description).parent
        if path.parent == descriptions and path.suffix in (".yaml", ".yml", ".json"):
            return True
        upstreams = self.environment.stack.upstreams.values()
        return any(path.is_relative_to(source.path) for one in upstreams for source in one.sources)

    def take(self, due: Takeover) -> None:
        """Do what is due for a service; a failure is told."""
        here = (state.load(self.environment.identity) or self.environment.record).here
        if due.service in here:  # its own program takes care of it
            return
        began = time.monotonic()
        try:
            done = self._done(due)
        except LocalenvError as error:
            log = "".join(f"\n    {line}" for line in error.log)
            self.tell(f"{due.service}: {_named(due.files)} not taken over: {error.message}{log}")
        else:
            self.tell(f"{due.service}: {done} in {time.monotonic() - began:.1f} s ({_named(due.files)})")

    def _done(self, due: Takeover) -> str:
        environment = self.environment
        if due.action == "rebuild" or self._prepares(due):
            self._rebuild(due.service)
            return "built again"
        copies = environment.engine.copies
        back = copies.put(environment.deployment, due.service, due.synced) if copies else _in_place
        if due.action.endswith("restart"):
            try:
                self._check(due)
            except NotReadyError:
                back()
                raise
            self._restart(due, back)
            return "restarted"
        for line in due.lines:
            self._execute(due.service, line)
        return _RAN

    def _restart(self, due: Takeover, back: Callable[[], None]) -> None:
        """Restart a service; one that does not become ready gets its old files back, where they were copied."""
        try:
            stopping.again(self.environment, due.service)
        except NotReadyError as error:
            if not due.synced:
                raise
            back()
            stopping.again(self.environment, due.service)
            error.message += "; the old one runs again"
            raise
        self._restarted.add(due.service)

    def _prepares(self, due: Takeover) -> bool:
        """Whether a step that prepares the service's folder goes by one of the files."""
        native = self.environment.stack.services[due.service].native
        if self.environment.engine.copies or native is None or not native.setup:
            return False
        return any(rules.is_manifest(path) for path in due.files)

    def _check(self, due: Takeover) -> None:
        """Raise NotReadyError for a file with a mistake in its syntax, by the language's own program in the service."""
        targets = dict(due.synced)
        if not due.synced and self.environment.engine.copies:
            return  # mounted: its path in the container is unknown
        doubtful = [path for path in due.files if not _is_python(path)]
        paths = [targets.get(path, str(path)) for path in doubtful if path.exists()]
        for ending, argv in _CHECKS.items():
            if files := [path for path in paths if path.endswith(ending)]:
                self._run_check(due.service, (*argv, *files))

    def _run_check(self, name: str, argv: Sequence[str]) -> None:
        with suppress(ProgramMissing, TimedOut):
            try:
                invocation = self.environment.invocation(name, argv)
            except LocalenvError:  # it does not run: there is nothing to protect
                return
            done = process.run(invocation, timeout=_PATIENCE)
            if done.code == _SYNTAX or (done.code == 1 and "SyntaxError" in done.output):
                raise NotReadyError("the old one goes on:", log=done.lines)

    def _execute(self, name: str, line: str) -> None:
        done = process.run(self.environment.invocation(name, ("sh", "-c", line)))
        if done.code:
            raise NotReadyError(f"`{line}` exited with code {done.code}", log=done.lines[-10:])

    def _rebuild(self, name: str) -> None:
        """Build and start a service again, as `up` does; a failed build leaves the old one running."""
        identity = self.environment.identity
        with state.lock(identity):
            prepared = self._prepared()
            self.environment = replace(self.environment, prepared=prepared)
            steps = [one for one in prepared.plan.steps if one.subject == name and one.action in _OF_SERVICE]
            if steps:
                self._run(replace(prepared, plan=Plan.of_steps(steps)))
                return
        stopping.again(self.environment, name)

    def _run(self, prepared: Prepared) -> None:
        before = state.load(prepared.deployment.identity) or prepared.record
        recorder = Recorder(record=before)
        events = EventLog(environment=prepared.deployment.identity, listener=self._listener())
        try:
            Start(prepared=prepared, events=events, recorder=recorder).run()
        finally:
            recorder.note(state=EnvironmentState.READY, detail="", smoke=before.smoke)

    def _listener(self) -> Listener:
        """Tells what takes long: builds."""

        def heard(event: Event) -> None:
            if event.phase is Phase.BUILD and event.state is Progress.WORKING:
                self.tell(f"{event.subject}: building")

        return heard

    def _prepared(self) -> Prepared:
        """The environment as the files are now."""
        request = replace(self.environment.prepared.request, build=False, fresh=False)
        planned = preparing.stack(request)
        then = variables.applied(self.environment.identity, request.target.repository)
        return preparing.prepare(request, self.environment.engine, planned, then)

    def _tell_of_jobs(self) -> None:
        """Name the jobs whose inputs changed, once each time."""
        try:
            with state.lock(self.environment.identity):
                prepared = self._prepared()
                self._note(prepared)
        except LocalenvError:  # a mistake in the description, which `up` shows
            return
        names = frozenset(prepared.plan.of(Action.RUN))
        if fresh := sorted(names - self._told):
            how = f"press {self.key}" if self.key else "localenv up"
            self.tell(f"{', '.join(fresh)}: inputs changed; to run: {how}")
        self._told = names

    def _note(self, prepared: Prepared) -> None:
        """Record that services run their files as they are now, so that the next `up` does not restart them."""
        record = state.load(self.environment.identity)
        if record and not self.environment.engine.copies:
            now = {name: made for name, made in prepared.wanted.builds.items() if name in self._restarted}
            state.save(record.but(builds={**record.builds, **now}))
        self._restarted.clear()

    def _inputs_of_jobs(self) -> list[Path]:
        """Where the inputs of jobs are: in the folders of services, and beside the description."""
        stack = self.environment.stack
        files = [job.file for job in stack.jobs if job.file]
        folders = [one.folder for one in stack.of(Role.SERVICE)] if stack.jobs else []
        return [*files, *folders]


_CHECKS: Mapping[str, Sequence[str]] = {
    ".py": ("python3", "-c", _PYTHON),
    ".js": ("node", "--check"),
    ".mjs": ("node", "--check"),
    ".cjs": ("node", "--check"),
}


def _in_place() -> None:
    """Nothing to put back: the service runs the files themselves."""


def _is_python(path: Path) -> bool:
    """Whether a file is Python without a mistake for this interpreter; then the service's own need not be asked."""
    if path.suffix != ".py":
        return False
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OSError):
        return False
    return True


def _named(files: Sequence[Path]) -> str:
    names = [path.name for path in files[:_SHOWN]]
    return ", ".join([*names, *([f"and {len(files) - _SHOWN} more"] if len(files) > _SHOWN else [])])
