"""The native engine: the engine interface, implemented with processes under a guard."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from signal import SIGKILL

from localenv import paths
from localenv.engines import (
    Bridges,
    Cache,
    Deployment,
    Fitted,
    Images,
    LogLine,
    Observed,
    Say,
    ServiceCommands,
    Services,
    ServiceText,
    Started,
)
from localenv.engines.native import (
    bridges,
    caching,
    checking,
    commands,
    fitting,
    folders,
    logs,
    made,
    programs,
    scripts,
    services,
    setup,
    supervising,
    wiremock,
)
from localenv.engines.native.place import NAME, MachinePlace
from localenv.engines.native.program import Program, Room
from localenv.engines.native.programs import silent
from localenv.engines.native.wiremock import relaying
from localenv.errors import LocalenvError
from localenv.host import files
from localenv.host.background import side_by_side
from localenv.paths import private
from localenv.stack import Reader, Role, Service, Stack

REASON = "running natively"
WAITING = ""  # it answers at once


def connect(patience: float = 0.0, *, at: str = "") -> "NativeEngine":
    """The engine of this machine; it has no endpoint and answers at once."""
    return NativeEngine()


def check() -> None:
    """Nothing to check: each kind checks its own prerequisites."""


def publisher(port: int) -> str:
    """Empty: processes listen on their ports themselves."""
    return ""


def due(stack: Stack, text: ServiceText) -> Mapping[str, Sequence[str]]:
    """The due steps of `native.setup`."""
    prepared = [one for one in stack.of(Role.SERVICE) if _has_steps(one)]
    return {one.name: setup.due(one, partial(text, one)) for one in prepared}


class PreparedFolders:
    """The state of folders prepared by `native.setup`."""

    def inputs(self, deployment: Deployment) -> Mapping[str, str]:
        """The inputs of the steps, and the folder of a service that is not built."""
        own = deployment.stack.of(Role.SERVICE)
        unbuilt = {one.name: one.digest for one in own if one.build is None and one.digest}
        return unbuilt | {one.name: setup.goes_by(one, unbuilt.get(one.name, "")) for one in own if _has_steps(one)}

    def due(self, deployment: Deployment) -> Mapping[str, str]:
        """Services with a due step."""
        text = deployment.resolution.text
        found = due(deployment.stack, lambda one, template: text(template, Reader.INSIDE, one.name))
        return {name: next(filter(None, reasons)) for name, reasons in found.items() if any(reasons)}

    def named(self, deployment: Deployment) -> Mapping[str, str]:
        """Empty: there are no images."""
        return {}

    def current(self, deployment: Deployment, service: Service) -> str:
        """Empty: there are no images, and a running program has read its files."""
        return ""

    def keep(self, deployment: Deployment, name: str) -> Callable[[], bool]:
        """A copy of its prepared folder, in the environment's state."""
        return programs.keep(deployment, deployment.stack.services[name])

    def search_paths(self, deployment: Deployment) -> Mapping[str, Sequence[Path]]:
        """The `node_modules` of services, which are in the cache instead of the repository."""
        return programs.node_paths(deployment)


@dataclass(frozen=True, kw_only=True)
class NativeEngine:
    """Runs a stack as processes."""

    name: str = NAME
    endpoint: str = ""

    @property
    def images(self) -> Images:
        """Prepared folders; a running program has read its files."""
        return PreparedFolders()

    @property
    def cache(self) -> Cache:
        """Prepared folders, empty databases, WireMock's jar and its archives."""
        return caching

    @property
    def services(self) -> Services:
        """Processes under the guard."""
        return services

    @property
    def commands(self) -> ServiceCommands:
        """Commands as other processes of this machine."""
        return commands

    @property
    def copies(self) -> None:
        """None: services run in their folders."""
        return

    @property
    def bridges(self) -> Bridges:
        """Forwarders under the guard."""
        return bridges

    def fit(self, stack: Stack) -> Fitted:
        """One stub server for all upstreams, behind a gate; limitations of this machine's kernel."""
        by_steps = frozenset[Path]().union(*map(made.by_steps, stack.of(Role.SERVICE)))
        limits = fitting.limits(stack)
        return Fitted(stack=fitting.fit(stack), limits=limits, holds=True, keeps_ports=True, made=by_steps)

    def check(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Raise an error with all that is not installed, has no command, or cannot meet `strict`."""
        checking.check(deployment, names)

    def observe(self, identity: str, *, closely: bool = False) -> Observed:
        """Observe the guard's programs."""
        return supervising.observe(identity, closely=closely)

    def survey(self) -> None:
        """Each environment has a guard of its own to ask."""

    def place(self, stack: Stack, ports: Mapping[str, int], files: Path) -> MachinePlace:
        """Addresses on this machine, for every reader."""
        return MachinePlace(stack=stack, published=ports, files=files)

    def import_start(self) -> None:
        """Nothing to do: everything is imported with this module."""

    def write(self, deployment: Deployment) -> None:
        """Write secrets and configs to the files that services read; beside a private key its public half too."""
        folder = paths.secret_files(deployment.identity)
        unnamed = fitting.private_halves(deployment.stack)
        for name, content in deployment.files.items():
            if name in unnamed:
                continue
            beside = set() if name.removesuffix(".pub") in unnamed else {folder / name}
            for file in {private.secret_file(folder, name), *beside}:
                files.write_bytes(file, content)

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Prepare the folders of services, and of those that share a build with one of them.

        Raises DescriptionError for mappings that the available WireMock does not support.
        """
        if any(deployment.stack.services[name].role is Role.STUBS for name in names):
            wiremock.fetch(deployment, say)
        for service in deployment.stack.of(Role.SERVICE):
            builds = [deployment.stack.services[name].build for name in names]
            if service.name in names or (service.build is not None and service.build in builds):
                told = say if service.build or _has_steps(service) else silent
                programs.prepare(deployment, service, told, since=deployment.rebuild)

    def start(self, deployment: Deployment, names: Sequence[str], later: Sequence[str] = ()) -> Started:
        """Start services in order, needs and stub servers in parallel."""
        seen = self.observe(deployment.identity).services
        services.clear(deployment.identity, [name for name in names if name not in seen])  # left by a killed guard
        running = {name for name, one in seen.items() if services.runs(one)}
        chosen = [deployment.stack.services[name] for name in names if name not in running]
        with ExitStack() as failed:
            started = self._start_together(deployment, [one for one in chosen if one.role is not Role.SERVICE], failed)
            for one in fitting.in_order(service for service in chosen if service.role is Role.SERVICE):
                program = programs.service(deployment, one, silent)
                supervising.spawn(deployment.identity, one.name, one.role, program)
            failed.pop_all()
        if later:
            return started
        due = [partial(_spawn_idle, deployment.identity, f".bound.{one.folder.name}", one) for one in folders.bounds()]
        return replace(started, once_ready=(*started.once_ready, *due))

    def remove(self, identity: str, *, data: bool) -> None:
        """End every process, then remove data, files and logs."""
        supervising.end_all(identity)
        kept = () if data else services.kept(identity)
        datas = [one for one in paths.data(identity).glob("*") if one.name not in kept]
        for left in (*datas, paths.secret_files(identity), paths.prepared(identity), paths.logs(identity)):
            folders.remove(left)
        with suppress(OSError):
            paths.data(identity).rmdir()
        caching.sweep()

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None = None, tail: int | None = None, follow: bool
    ) -> Iterator[LogLine]:
        """Merge by time; with `follow`, yield as they arrive."""
        yield from logs.lines(identity, names, since=since, tail=tail, follow=follow)

    def _start_together(self, deployment: Deployment, backing: Sequence[Service], failed: ExitStack) -> Started:
        """Start stub servers, which take longest, before needs; `failed` collects the gates to open on failure."""
        first = sorted(backing, key=lambda one: one.role is not Role.STUBS)
        gates: dict[str, Callable[[], None]] = {}
        started = side_by_side(lambda one: _start_backing(deployment, one, gates, failed), first)
        named = zip(first, started, strict=True)
        later = [
            partial(_spawn_idle, deployment.identity, f".{one.name}.{number}", more)
            for one, program in named
            for number, more in enumerate(program.background)
        ]
        return Started(gates=gates, once_ready=tuple(later))


def _start_backing(
    deployment: Deployment, one: Service, gates: dict[str, Callable[[], None]], failed: ExitStack
) -> Program:
    """Start a need or the stub server, with its helper programs."""
    identity = deployment.identity
    host, port = deployment.resolution.place.address(Reader.MACHINE, one.name)
    room = Room(data=programs.data(identity, one.name), host=host, port=int(port))
    program = programs.backing(deployment, one, room, silent)
    supervising.spawn(identity, one.name, one.role, program)
    if one.role is Role.STUBS:
        gates[one.name] = failed.enter_context(relaying.start(deployment, one)).close
    return program


def _spawn_idle(identity: str, name: str, program: Program) -> None:
    """Copy an empty database, or train an archive for Java, at idle priority, while the environment runs."""
    argv = scripts.argv("idle", *program.argv)
    with suppress(LocalenvError):
        supervising.spawn(identity, name, supervising.BACKGROUND, replace(program, argv=argv, stop=SIGKILL))


def _has_steps(service: Service) -> bool:
    return bool(service.native and service.native.setup)
