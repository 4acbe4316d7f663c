"""The dependencies between steps: the one place that defines the order of a start."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from localenv.engines import Observed
from localenv.errors.counting import counted
from localenv.plan.changes import Again, Changes, Recorded, changes, finishing, is_fresh
from localenv.plan.steps import NEW, Action, Plan, Step, StepKey
from localenv.stack import Job, ProbeKind, Role, Service, Stack, order
from localenv.stack.workers import server_of

_BACKING = (Role.NEED, Role.STUBS)

StepKeys = frozenset[StepKey]


def reconcile(
    stack: Stack,
    wanted: Recorded,
    observed: Observed,
    recorded: Recorded,
    *,
    holds: bool = False,
    again: Again | None = None,
    elsewhere: Collection[str] = (),
) -> Plan:
    """The steps from the observed to the wanted state; `again` selects what to repeat.

    Services `elsewhere` do not run in the engine: they are not started.

    `holds`: clients of an upstream are kept waiting until its stub server answers, so nothing else has to wait for it.
    """
    due = changes(stack, wanted, observed, recorded, again)
    if elsewhere:
        due = _without(due, stack, elsewhere)
    return Plan.of_steps(_Steps(stack=stack, due=due, holds=holds).all()) if due else Plan()


def _without(due: Changes, stack: Stack, names: Collection[str]) -> Changes:
    """Start none of these services, and build only what others or jobs run from."""
    started = {name: why for name, why in due.started.items() if name not in names}
    used = {*started, *(job.service for job in stack.jobs if job.name in due.jobs)}
    builds = [stack.services[name].build for name in used if name in stack.services]
    built = {
        name: why
        for name, why in due.built.items()
        if name not in names or name in used or (stack.services[name].build in builds and stack.services[name].build)
    }
    return replace(due, started=started, built=built)


@dataclass(frozen=True, kw_only=True)
class _Steps:
    """Builds the steps. Needs, stubs and jobs come before services; other steps wait only for what they need."""

    stack: Stack
    due: Changes
    holds: bool

    def all(self) -> list[Step]:
        """Every step, in the order in which it is shown."""
        return [
            *self._removals(),
            *self._builds(),
            *self._pulls(),
            *self._starts(self._due(*_BACKING), lambda _: self._removed),
            *self._prepares(),
            *self._loads(),
            *self._jobs,
            *self._starts(self._due(Role.SERVICE), self._before_service),
            *self._snapshots(),
            *self._smoke(),
        ]

    def _removals(self) -> Iterator[Step]:
        for name, why in self.due.removed.items():
            yield Step(action=Action.REMOVE, subject=name, reason=why, batch="remove")

    def _builds(self) -> Iterator[Step]:
        for name, why in self.due.built.items():
            yield Step(action=Action.BUILD, subject=name, reason=why, batch=f"build {name}")

    def _pulls(self) -> Iterator[Step]:
        """Pull what is not built, also for jobs; a shared image, or everything required first, is pulled once."""
        for name, why in self._pulled.items():
            service = self.stack.services[name]
            batch = "pull" if service.role in _BACKING else f"pull {service.image}"
            yield Step(action=Action.PULL, subject=name, reason=why, batch=batch)

    def _starts(self, services: Iterable[Service], before: Callable[[Service], StepKeys]) -> Iterator[Step]:
        """Start steps; services with the same dependencies start together, in one call of the engine."""
        groups: dict[StepKeys, list[Service]] = {}
        for service in services:
            groups.setdefault(before(service), []).append(service)
        for waits, together in groups.items():
            made = frozenset(key for one in together for key in self._made(one.name))
            for one in together:
                action, why = self._start(one.name)[0], self.due.started[one.name]
                yield Step(action=action, subject=one.name, reason=why, batch="start", waits_for=waits | made)
        for names in groups.values():
            for one in names:
                waits_for = frozenset({self._start(one.name)})
                yield Step(action=Action.AWAIT, subject=one.name, batch="await", waits_for=waits_for)

    def _prepares(self) -> Iterator[Step]:
        for need in self._prepared:
            waits_for = frozenset({(Action.AWAIT, need)})
            yield Step(action=Action.PREPARE, subject=need, batch=f"prepare {need}", waits_for=waits_for)

    def _loads(self) -> Iterator[Step]:
        """Load steps; all stubs of one server are one import."""
        for name, why in self.due.loaded.items():
            server = self.stack.upstreams[name].server
            waits_for = frozenset({(Action.AWAIT, server)})
            yield Step(action=Action.LOAD, subject=name, reason=why, batch=f"load {server}", waits_for=waits_for)

    @cached_property
    def _jobs(self) -> tuple[Step, ...]:
        """Job steps: a command may reach everything; a file waits for its need and for earlier commands.

        Each names only the last ones that it waits for, which wait for those before them: there may be thousands.
        """
        found: list[Step] = []
        last: dict[str, StepKey] = {}  # of each need, since the last command
        command: set[StepKey] = set()
        for job in self.stack.jobs:
            if job.name not in self.due.jobs:
                continue
            if job.file:
                own = {last[job.need]} if job.need in last else set()
                waits = self._filled(job.need) | own | command
                last[job.need] = (Action.RUN, job.name)
            else:
                waits = self._backing | self._made(job.service) | command | {*last.values()}
                last.clear()
                command = {(Action.RUN, job.name)}
            found.append(_job(job, self.due.jobs[job.name], waits))
        return tuple(found)

    def _snapshots(self) -> Iterator[Step]:
        for name, why in self.due.snapshots.items():
            yield Step(action=Action.SNAPSHOT, subject=name, reason=why, batch="snapshot", waits_for=self._everything)

    def _smoke(self) -> Iterator[Step]:
        if count := len(self.stack.smoke):
            waits_for = self._everything | {(Action.SNAPSHOT, name) for name in self.due.snapshots}
            title = counted(count, "check")
            why = "" if self._is_more_than_smoke else self.due.smoke
            yield Step(
                action=Action.SMOKE, subject="smoke", title=title, reason=why, batch="smoke", waits_for=waits_for
            )

    @cached_property
    def _is_more_than_smoke(self) -> bool:
        return bool(replace(self.due, smoke=""))

    def _before_service(self, service: Service) -> StepKeys:
        return self._before[service.name]

    @cached_property
    def _before(self) -> Mapping[str, StepKeys]:
        """The dependencies of services, except builds and pulls.

        A `service_started` dependency does not separate two services: an engine starts them in that order.
        """
        known = {one.name: one for one in self._due(Role.SERVICE)}
        jobs = {step.key for step in self._jobs}
        found: dict[str, StepKeys] = {}
        for name in order.in_order({name: [on.name for on in one.depends_on] for name, one in known.items()}):
            waits = self._backing | jobs | self._removed
            for on in known[name].depends_on:
                if on.name in known:
                    waits |= found[on.name] if on.condition == "service_started" else {(Action.AWAIT, on.name)}
            found[name] = waits
        return found

    @cached_property
    def _backing(self) -> StepKeys:
        """Needs that are usable, and upstreams that answer or keep their clients waiting."""
        needs = {(Action.AWAIT, one.name) for one in self._due(Role.NEED)}
        return frozenset(needs | {(Action.PREPARE, need) for need in self._prepared} | set(self._stubs()))

    def _stubs(self) -> Iterator[StepKey]:
        started = [one.name for one in self._due(Role.STUBS)]
        for name in started:
            yield self._start(name) if self.holds else (Action.AWAIT, name)
        for upstream in self.due.loaded:
            if not (self.holds and self.stack.upstreams[upstream].server in started):
                yield Action.LOAD, upstream

    @cached_property
    def _everything(self) -> StepKeys:
        """Everything that is ready, except what only has to stay up for a while."""
        ends = finishing(self.stack)
        running = (self._running(one, one.name in ends) for one in self._due(Role.SERVICE))
        needs = {(Action.AWAIT, one.name) for one in self._due(*_BACKING)}
        loads = {(Action.LOAD, name) for name in self.due.loaded}
        return self._backing | self._removed | needs | loads | {step.key for step in self._jobs} | set(running)

    def _running(self, service: Service, ends: bool) -> StepKey:
        stays = service.probe.kind is ProbeKind.ALIVE and not ends
        return self._start(service.name) if stays else (Action.AWAIT, service.name)

    @cached_property
    def _removed(self) -> StepKeys:
        return frozenset((Action.REMOVE, name) for name in self.due.removed)

    @cached_property
    def _pulled(self) -> Mapping[str, str]:
        """What is not built and starts, or runs a command."""
        services = {one.name: one for one in self._due(*_BACKING)}
        places = {job.service: f"for {job.name}" for job in self.stack.jobs if job.name in self.due.jobs}
        for one in self.stack.of(Role.SERVICE):
            is_made = one.build or one.name in self.due.built
            if not is_made and (one.name in self.due.started or one.name in places):
                services[one.name] = one
        return {name: self.due.started.get(name) or places[name] for name in services}

    @cached_property
    def _prepared(self) -> tuple[str, ...]:
        """Needs that start."""
        return tuple(one.name for one in self._due(Role.NEED))

    def _filled(self, need: str) -> StepKeys:
        """What must be done before a file is loaded into a need."""
        server = server_of(self.stack, need)
        return frozenset({(Action.AWAIT, server), (Action.PREPARE, server)})

    def _made(self, name: str) -> StepKeys:
        """The builds or pulls that a service, or a command in it, requires."""
        service = self.stack.services.get(name)
        build = service.build if service else None
        same = [one for one in self.due.built if one == name or (build and self.stack.services[one].build == build)]
        return frozenset(
            {*((Action.BUILD, one) for one in same), *([(Action.PULL, name)] if name in self._pulled else [])}
        )

    def _start(self, name: str) -> StepKey:
        why = self.due.started[name]
        return (Action.REPLACE if is_fresh(why) and why != NEW else Action.START), name

    def _due(self, *roles: Role) -> list[Service]:
        return [one for one in self.stack.of(*roles) if one.name in self.due.started]


def _job(job: Job, why: str, waits: Iterable[StepKey]) -> Step:
    return Step(
        action=Action.RUN,
        subject=job.name,
        reason=why,
        title=job.title,
        batch=f"run {job.name}",
        waits_for=frozenset(waits),
    )
