"""Take changes over with the least that does it: copy, restart or build; what is broken leaves the old one running."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING

from localenv import paths, process, state
from localenv.engines import ExecOptions
from localenv.environment import clients, stopping, variables
from localenv.environment.up import preparing
from localenv.environment.up.preparing import Prepared
from localenv.environment.watch import changes, rules, syntax
from localenv.environment.watch.earlier import Earlier
from localenv.environment.watch.notices import Notices
from localenv.environment.watch.rebuilding import OLD_ONE, Rebuild
from localenv.environment.watch.replacing import SeenContainers
from localenv.environment.watch.rules import ServiceRules, Takeover
from localenv.errors import LocalenvError, NotReadyError
from localenv.host import bytecode
from localenv.stack import Role, WatchExec
from localenv.stack.states import EnvironmentState
from localenv.state import locking

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_RAN = "took the change over"

WatchReport = Callable[[str], None]


@dataclass(kw_only=True)
class Taking:
    """Changes of an environment's files; `report` gets a line for each that was taken over, or why it was not."""

    environment: "Environment"
    report: WatchReport
    key: str = ""  # that applies what is due, if keys are read
    _earlier: dict[str, Earlier] = field(default_factory=dict)  # by service, where it runs in its folder
    _restarted: set[str] = field(default_factory=set)
    _refused: dict[str, set[Path]] = field(default_factory=dict)  # by service: files whose containers have the old ones
    _synced: dict[str, set[Path]] = field(default_factory=dict)  # by service: files that its image may not have
    _containers: SeenContainers = field(default_factory=SeenContainers)
    _applied: bytes = field(default=b"", repr=False)
    _rebuild_under_way: Rebuild | None = None
    _is_over: bool = False

    def follow(self, over: Flag) -> None:
        """Take changes over until `over` is set; begins again with what an `up` applies meanwhile."""
        notices = Notices(report=self.report, key=self.key)
        since = began = time.time()  # when changes were last seen: those saved since then come first
        while not over.is_set():
            known = self._rules()
            self._begin(known, is_first=since == began)
            for saved in changes.follow(self._watched(known), over, since=since):
                since = time.time()
                if over.is_set():
                    return
                if saved:
                    self._take_all(known, saved)
                    self._report_due(notices, saved)
                elif self._has_another_stack():
                    break

    def stop(self) -> None:
        """End a rebuild that is under way, which can take minutes; nothing is reported any more."""
        self._is_over = True
        if self._rebuild_under_way:
            self._rebuild_under_way.stop()

    def _rules(self) -> list[ServiceRules]:
        copies = self.environment.engine.copies is not None
        return [rules.of(one, copies=copies) for one in self.environment.stack.of(Role.SERVICE)]

    def _begin(self, known: Sequence[ServiceRules], *, is_first: bool) -> None:
        """Copy what the rules ask for at the beginning, and keep what may have to be started again."""
        for one in known:
            if one.service.name not in self._earlier:
                earlier = Earlier(folder=paths.watched(self.environment.identity, one.service.name))
                earlier.begin(one.files if self.environment.engine.copies is None else one.mounted)
                self._earlier[one.service.name] = earlier
            if is_first and (initial := one.initial()):
                self.take(initial)
        self._copy_again(known)

    def _copy_again(self, known: Sequence[ServiceRules]) -> None:
        """Copy what was copied so far into containers that an `up` has put in the place of others meanwhile."""
        copies = self.environment.engine.copies
        for one in known if copies else ():
            name = one.service.name
            is_new = self._containers.see(self.environment, name) and one.service.watch is not None
            if copies and is_new and (due := one.due(sorted(self._synced.get(name, ())))):
                with suppress(LocalenvError):  # the container may be gone again
                    copies.put(self.environment.deployment, name, self._copied(due))
                    self._execute(name, due.runs)
                    self.report(f"{name}: copied into its new container ({due.named})")

    def _watched(self, known: Sequence[ServiceRules]) -> list[Path]:
        self._applied = self._applied_last()
        described = Path(self.environment.record.description).parent.glob("*.y*ml")
        return [*(path for one in known for path in one.paths), *self._inputs_of_jobs(), *sorted(described)]

    def _take_all(self, known: Sequence[ServiceRules], saved: Sequence[Path]) -> None:
        changed = [path for path in saved if not self._is_apart(path)]
        for one in known:
            refused = self._refused.get(one.service.name, set())
            if one.due(changed) and (due := one.due([*changed, *sorted(refused - {*changed})])):
                self.take(due)

    def _is_apart(self, path: Path) -> bool:
        """Whether a file is a description or a stub, which are no code of a service."""
        if self._is_described(path):
            return True
        upstreams = self.environment.stack.upstreams.values()
        return any(path.is_relative_to(source.path) for one in upstreams for source in one.sources)

    def _is_described(self, path: Path) -> bool:
        descriptions = Path(self.environment.record.description).parent
        return path.parent == descriptions and path.suffix in (".yaml", ".yml", ".json")

    def take(self, due: Takeover) -> None:
        """Do what is due for a service; a failure is reported."""
        here = (state.load(self.environment.identity) or self.environment.record).here
        if due.service in here:  # its own program takes care of it
            return
        began = time.monotonic()
        if earlier := self._earlier.get(due.service):
            earlier.change(due.files)
        try:
            done = self._done(due)
        except LocalenvError as error:
            if self._is_over:
                return
            log = "".join(f"\n    {line}" for line in error.log)
            self.report(f"{due.service}: {due.named} not taken over: {error.message}{log}")
            self._refused.setdefault(due.service, set()).update(path for path, _ in due.synced)
        else:
            self._refused.pop(due.service, None)
            self._synced.setdefault(due.service, set()).update(path for path, _ in due.synced)
            if earlier:
                earlier.work()
            self.report(f"{due.service}: {done} in {time.monotonic() - began:.1f} s ({due.named})")

    def _done(self, due: Takeover) -> str:
        environment = self.environment
        if due.action == "rebuild" or self._prepares(due):
            self._rebuild(due.service)
            self._containers.see(self.environment, due.service)
            self._execute(due.service, self._sync_again(due))
            return "built again"
        copies = environment.engine.copies
        back = copies.put(environment.deployment, due.service, self._copied(due)) if copies else _in_place
        if due.action.endswith("restart"):
            try:
                syntax.check_files(environment, due)
            except NotReadyError:
                back()
                raise
            self._restart(due, back)
        self._execute(due.service, due.runs)
        return "restarted" if due.action.endswith("restart") else _RAN

    def _sync_again(self, due: Takeover) -> Sequence[WatchExec]:
        """Copy what `watch:` has copied so far into a new container; returns what is to be run after that."""
        service, copies = self.environment.stack.services[due.service], self.environment.engine.copies
        if copies is None or service.watch is None:
            return due.runs
        saved = {*self._synced.get(due.service, ()), *(path for path, _ in due.synced)}
        again = rules.of(service, copies=True).due(sorted(saved))
        if again is None:
            return due.runs
        copies.put(self.environment.deployment, due.service, self._copied(again))
        return again.runs

    def _copied(self, due: Takeover) -> Sequence[tuple[Path, str]]:
        """The files to copy; one that a link leads out of the repository to is reported."""
        kept, outside = due.contained(preparing.bounds(self.environment.prepared.request))
        for path in outside:
            self.report(f"{due.service}: {path.name} not copied: it leads out of the repository")
        return kept

    def _restart(self, due: Takeover, back: Callable[[], None]) -> None:
        """Restart a service; one that does not become ready is started again with its old files."""
        if self.environment.engine.copies is None:
            bytecode.forget(due.files)
        try:
            stopping.again(self.environment, due.service)
        except NotReadyError as error:
            if due.synced:
                back()
                stopping.again(self.environment, due.service)
                error.message += OLD_ONE
            else:
                error.message += self._started_earlier(due.service)
            raise
        self._restarted.add(due.service)

    def _started_earlier(self, name: str) -> str:
        """Start a service with the files as they last worked; returns what became of that."""
        instead = self._earlier[name].instead() if name in self._earlier else {}
        return self._start_as_before(name, instead) if instead else "; it does not run until the next change"

    def _start_as_last(self, name: str) -> str:
        return self._start_as_before(name, self._earlier[name].instead())

    def _start_as_before(self, name: str, instead: Mapping[Path, Path]) -> str:
        try:
            stopping.again(self.environment, name, instead=instead)
        except LocalenvError as error:
            return f"; it does not run until the next change, for the old one cannot be started: {error.message}"
        return OLD_ONE

    def _prepares(self, due: Takeover) -> bool:
        """Whether a step that prepares the service's folder goes by one of the files."""
        if self.environment.engine.copies:
            return False
        service, earlier = self.environment.stack.services[due.service], self._earlier.get(due.service)
        return any(rules.prepares(service, path) for path in (*due.files, *(earlier.changed if earlier else ())))

    def _execute(self, name: str, runs: Sequence[WatchExec]) -> None:
        for run in runs:
            options = ExecOptions(user=run.user or "", working_dir=run.working_dir or "", privileged=run.privileged)
            done = process.run(clients.inside(self.environment, name, run.command, run.environment, options=options))
            if done.code:
                shown = run.command[-1] if run.command[:2] == ("sh", "-c") else " ".join(run.command)
                raise NotReadyError(f"`{shown}` exited with code {done.code}", log=done.lines[-10:])

    def _rebuild(self, name: str) -> None:
        """Build and start a service again, as `up` does; what is broken leaves the old build running."""
        identity = self.environment.identity
        with locking.lock(identity):
            prepared = self._prepared()
            self.environment = replace(self.environment, prepared=prepared)
            rebuild = Rebuild(prepared=prepared, name=name, report=self.report, start_as_before=self._start_as_last)
            if rebuild.steps:
                self._rebuild_under_way = rebuild
                if not self._is_over:
                    rebuild.run()
                return
        stopping.again(self.environment, name)

    def _prepared(self) -> Prepared:
        """The environment as the files are now."""
        request = replace(self.environment.prepared.request, build=False, fresh=False)
        planned = preparing.stack(request)
        then = variables.applied(self.environment.identity, request.target.repository, request.target.home)
        return preparing.prepare(request, self.environment.engine, planned, then)

    def _report_due(self, notices: Notices, saved: Sequence[Path]) -> None:
        """Report what `up` would do beyond what was taken over."""
        described = [path for path in saved if self._is_described(path)]
        try:
            with locking.lock(self.environment.identity):
                prepared = self._prepared()
                self._record(prepared)
        except LocalenvError as error:
            if described:
                notices.mistake(described, error)
            return
        notices.jobs(prepared)
        if described:
            notices.description(described, prepared)

    def _has_another_stack(self) -> bool:
        """Whether an `up` has applied another stack, which is watched from now on."""
        record = state.load(self.environment.identity)
        if self._applied_last() == self._applied or record is None or record.state is not EnvironmentState.READY:
            return False
        with suppress(LocalenvError), locking.lock(self.environment.identity):
            self.environment = replace(self.environment, prepared=self._prepared())
        return True

    def _applied_last(self) -> bytes:
        """The stack of the last `up`, as it was saved."""
        with suppress(OSError):
            return paths.stack(self.environment.identity).read_bytes()
        return b""

    def _record(self, prepared: Prepared) -> None:
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


def _in_place() -> None:
    """Nothing to put back: the service runs the files themselves."""
