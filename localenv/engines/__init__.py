"""The engine interface: what an engine offers; `choosing.py` lists the engines."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localenv.engines.bridging import LocalRoute
from localenv.engines.detours import Detours
from localenv.host.sockets import ListeningSocket
from localenv.process import Completed, Invocation
from localenv.resolution import Place, Resolution
from localenv.stack import Job, Service, Stack, Template
from localenv.stack.states import ServiceState


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One service as the engine observes it."""

    name: str
    role: str
    state: ServiceState
    id: str = ""
    holder: str = ""  # what stores its data: a replacement starts empty; empty if the data is stored elsewhere
    image: str = ""
    exit_code: int | None = None
    out_of_memory: bool = False
    restarts: int = 0
    waited: float = 0.0  # seconds that its processes took to begin, in a close look; 0 if unknown
    busy: float | None = None  # seconds that its processes worked or waited for a processor; None if unknown
    error: str = ""  # why the engine could not start it
    version: str = ""  # the running version, if the engine knows it
    detail: str = ""  # details for a person
    ports: Mapping[int, int] = field(default_factory=dict)  # target → published on this machine


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What exists of one environment."""

    services: Mapping[str, Seen] = field(default_factory=dict)
    others: tuple[str, ...] = ()  # other resources: networks, volumes, left-over jobs


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One log line; `time` in seconds since the epoch."""

    time: float
    service: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Cached:
    """A cache entry that can be rebuilt; `size` in bytes, `used` in seconds of the epoch, when it was last used."""

    kind: str
    name: str
    size: int
    used: float
    in_use: bool = False
    about: str = ""  # its content, if the name does not show it


Say = Callable[[str], None]  # called with one line of output of an engine or a program


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A stack with the values of one environment: identity, variables, published ports."""

    identity: str
    stack: Stack
    resolution: Resolution
    values: Mapping[str, str] = field(repr=False)  # the value of every variable
    ports: Mapping[str, int] = field(default_factory=dict)  # published on this machine, by name
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # contents of secrets and configs, by name
    folder: Path  # for rendered files
    rebuild: float = 0  # rebuild what was built before this time, even if unchanged


@dataclass(frozen=True, kw_only=True)
class Started:
    """Follow-up work of a start; none by default."""

    gates: Mapping[str, Callable[[], None]] = field(default_factory=dict)  # called once stubs are loaded, or not to be
    once_ready: tuple[Callable[[], None], ...] = ()  # speed up the next start: called once this one is done


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A stack adapted to an engine: the same services under work and needs."""

    stack: Stack
    limits: tuple[str, ...] = ()  # limitations of the engine on this machine, for a person
    holds: bool = False  # clients of a started stub server wait until its gate opens, see `Started`
    keeps_ports: bool = False  # its own programs hold the ports of services that do not run
    made: frozenset[Path] = frozenset()  # by steps of `native.setup` in folders of code, for any environment


class Images(Protocol):
    """The builds of an engine, if services run from more than their files."""

    def inputs(self, deployment: Deployment) -> Mapping[str, str]:
        """For each service, the build inputs besides its folder's files: `name=id` of base images, or one digest."""

    def due(self, deployment: Deployment) -> Mapping[str, str]:
        """Services that must be built although the build is recorded as done, each with the reason."""

    def named(self, deployment: Deployment) -> Mapping[str, str]:
        """For each service and need that names an image and builds none, its id now, as in `Seen.image`."""

    def current(self, deployment: Deployment, service: Service) -> str:
        """The image a service would run from now, as in `Seen.image`; empty if unknown."""

    def keep(self, deployment: Deployment, name: str) -> Callable[[], bool]:
        """Keep its build while another is made; returns what makes it current again, and tells if there was another."""

    def search_paths(self, deployment: Deployment) -> Mapping[str, Sequence[Path]]:
        """Search paths for programs on this machine to find what was built, by variable: `PATH`, …"""


class Cache(Protocol):
    """The caches of an engine."""

    def cached(self) -> Iterable[Cached]:
        """All entries."""

    def remove(self, one: Cached) -> bool:
        """Remove an entry; returns whether it was removed."""


class Services(Detours, Protocol):
    """The services of an environment that exists, each by its name."""

    def listeners(self, identity: str, name: str) -> Sequence[ListeningSocket] | None:
        """The sockets that a service listens on inside its container or process; None if that cannot be determined."""

    def signal(self, identity: str, name: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause` one service."""

    def restart(self, deployment: Deployment, name: str, instead: Mapping[Path, Path] | None = ...) -> None:
        """Stop and start one running service, with its files as they are now.

        `instead`: start it as it last worked, unprepared, and with these files in place of others where it sees them.
        """

    def discard(self, identity: str, names: Iterable[str]) -> None:
        """Remove some of an environment's services and their data."""


@dataclass(frozen=True, kw_only=True)
class ExecOptions:
    """How a command runs in a container; without one, it runs as the user of this process, in its folder."""

    user: str = ""
    working_dir: str = ""
    privileged: bool = False
    terminal: bool = False


class ServiceCommands(Protocol):
    """Commands in the place of a service."""

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a command once in the container or process of its service."""

    def inside(
        self,
        deployment: Deployment,
        name: str,
        argv: Sequence[str],
        environment: Mapping[str, str],
        options: ExecOptions = ...,
    ) -> Invocation:
        """The invocation that runs a command inside a running service."""

    def outside(self, deployment: Deployment, name: str, argv: Sequence[str]) -> Invocation:
        """The invocation that runs a command of a service on this machine, in its folder, with what is prepared."""


class CodeCopies(Protocol):
    """The copies of their files that services run, which a build has made."""

    def put(self, deployment: Deployment, name: str, files: Sequence[tuple[Path, str]]) -> Callable[[], None]:
        """Copy files to paths in a running service (missing ones are removed); returns what puts the old ones back."""


class Bridges(Protocol):
    """What leads services to programs on this machine."""

    def start(self, deployment: Deployment, key: str, routes: Sequence[LocalRoute]) -> None:
        """Let services reach these programs of this machine, until `stop` or the end of the environment.

        `key` names these routes; it is part of a container's name.
        """

    def address(self, route: LocalRoute) -> tuple[str, int]:
        """Host and port at which services reach the program of a route."""

    def stop(self, identity: str, key: str) -> None:
        """End what `start` has begun; it may be gone already."""


class Engine(Protocol):
    """Runs a stack. Every method may raise EngineError; if a service of the stack is at fault, a NotReadyError."""

    @property
    def name(self) -> str:
        """The key in ENGINES."""

    @property
    def endpoint(self) -> str:
        """The endpoint that `engine` takes to connect to it again, whatever variables are set; empty if local."""

    @property
    def images(self) -> Images | None:
        """None if services run from their files."""

    @property
    def cache(self) -> Cache:
        """Caches that make the next start faster."""

    @property
    def services(self) -> Services:
        """One service of a running environment at a time."""

    @property
    def commands(self) -> ServiceCommands:
        """Commands in containers or processes."""

    @property
    def copies(self) -> CodeCopies | None:
        """None if services run in their folders, where files are in place as soon as they are saved."""

    @property
    def bridges(self) -> Bridges:
        """What leads services to programs on this machine."""

    def fit(self, stack: Stack) -> Fitted:
        """Adapt the stack to this engine."""

    def check(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Raise EngineError for those of these services that it cannot run, without starting anything."""

    def observe(self, identity: str, *, closely: bool = False) -> Observed:
        """Observe an environment; `closely` also counts restarts."""

    def survey(self) -> Mapping[str, Observed] | None:
        """Observe all environments, if one query returns them; None if each has to be observed alone."""

    def place(self, stack: Stack, ports: Mapping[str, int], files: Path) -> Place:
        """Addresses and paths for this engine; `files` is the folder of secrets and configs on this machine."""

    def import_start(self) -> None:
        """Import what `write` and `start` need, while the caller has to wait for something else."""

    def write(self, deployment: Deployment) -> None:
        """Write the engine's files; called before `build` and `start`."""

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Build or fetch what services run from: images, or prepared folders.

        `say` gets the build output; if no service has a build, the name of each download.
        """

    def start(self, deployment: Deployment, names: Sequence[str], later: Sequence[str] = ()) -> Started:
        """Start services; returns follow-up work. Those that start `later` may be prepared meanwhile."""

    def remove(self, identity: str, *, data: bool) -> None:
        """Remove everything of an environment, until nothing is left; with `data` also kept data."""

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None = None, tail: int | None = None, follow: bool
    ) -> Iterator[LogLine]:
        """Log lines, oldest first; with `follow` until the environment ends. `since` in seconds of the epoch."""


ServiceText = Callable[[Service, Template], str]  # resolves a template for a service


class EngineModule(Protocol):
    """The interface of an engine's package."""

    REASON: str  # why it is chosen for an environment that can run anywhere
    WAITING: str  # shown while connecting

    def connect(self, patience: float = ..., *, at: str = "") -> Engine:
        """Connect, on this machine or `at` an endpoint; raises EngineError if nothing answers in `patience` seconds."""

    def due(self, stack: Stack, text: ServiceText) -> Mapping[str, Sequence[str]]:
        """For each service, the reasons why each setup step is due on this machine; empty if it is not."""

    def check(self) -> None:
        """Raise EngineError if a prerequisite is missing."""

    def publisher(self, port: int) -> str:
        """The container that publishes a port of this machine; empty if there is none, or this is unknown."""
