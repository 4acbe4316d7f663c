"""What makes a stack run: what an engine offers; which there are stands in `choosing.py`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from localenv.host.sockets import Listener
from localenv.process import Completed, Invocation
from localenv.resolution import Place, Resolution
from localenv.stack import Job, Service, Stack, Template
from localenv.stack.states import ServiceState


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One service as the engine sees it now."""

    name: str
    role: str
    condition: ServiceState
    id: str = ""
    holder: str = ""  # of the data in it: another one holds nothing; empty where data lies beside what runs
    image: str = ""
    exit_code: int | None = None
    out_of_memory: bool = False
    restarts: int = 0
    error: str = ""  # why the engine could not start it
    version: str = ""  # what really runs, where the engine knows
    detail: str = ""  # what a person should know about how it runs
    ports: Mapping[int, int] = field(default_factory=dict)  # target → published on this machine


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What exists of one environment."""

    services: Mapping[str, Seen] = field(default_factory=dict)
    others: tuple[str, ...] = ()  # what else it owns: networks, volumes, left-over jobs


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line of somebody's output; `time` in seconds since the epoch."""

    time: float
    service: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Cached:
    """What can be made again; `size` in bytes, `used` in seconds of the epoch, when it was last of use."""

    kind: str
    name: str
    size: int
    used: float
    in_use: bool = False
    about: str = ""  # what it holds, where its name does not say it


Say = Callable[[str], None]  # called with one line of what an engine or a program prints


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A stack with all that one environment adds to it: who it is, what its variables hold, where it is published."""

    identity: str
    stack: Stack
    resolution: Resolution
    values: Mapping[str, str] = field(repr=False)  # the text of every variable
    ports: Mapping[str, int] = field(default_factory=dict)  # published on this machine, by name
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # contents of secrets and configs, by name
    folder: Path  # for rendered files
    rebuild: bool = False  # what is built already is built again


@dataclass(frozen=True, kw_only=True)
class Started:
    """What a start leaves to its caller; nothing by default."""

    # of stub servers that keep their clients waiting: to be called once their stubs are loaded, or never will be
    gates: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    once_ready: tuple[Callable[[], None], ...] = ()  # what makes the next start faster: to be called when this is done


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A stack as an engine runs it: the same services under work and needs."""

    stack: Stack
    limits: tuple[str, ...] = ()  # what the engine cannot do for it on this machine, and a person should know
    holds: bool = False  # clients of a stub server that has only been started wait until its gate opens, see `Started`


class Images(Protocol):
    """What services run from, where it is more than their files."""

    def inputs(self, deployment: Deployment) -> Mapping[str, str]:
        """By service, what it is made from besides the files of its folder, as a text that changes with it."""

    def due(self, deployment: Deployment) -> Mapping[str, str]:
        """Services whose build has to be done although it is recorded as done, each with the reason."""

    def current(self, deployment: Deployment, service: Service) -> str:
        """What a service would run from now, as `Seen.image` has it; empty where that is not known."""


class Cache(Protocol):
    """What an engine has made and keeps for the next time."""

    def cached(self) -> Iterable[Cached]:
        """All of it."""

    def remove(self, one: Cached) -> bool:
        """Remove something of that; whether it was removed."""


class Engine(Protocol):
    """What runs a stack. Every call may raise EngineError; a culprit of the stack's own is a NotReadyError."""

    @property
    def name(self) -> str:
        """As in ENGINES."""

    @property
    def endpoint(self) -> str:
        """Where `engine` finds it again, whatever this process's variables say then; empty for this machine itself."""

    @property
    def images(self) -> Images | None:
        """None where services run from their files."""

    @property
    def cache(self) -> Cache:
        """What makes its next start faster."""

    def fit(self, stack: Stack) -> Fitted:
        """The stack as this engine runs it."""

    def check(self, deployment: Deployment, names: Sequence[str]) -> None:
        """Raise EngineError for the first of these services that it cannot run; looks, and starts nothing."""

    def observe(self, identity: str, *, closely: bool = False) -> Observed:
        """What exists of an environment; `closely` also counts restarts."""

    def listeners(self, identity: str, name: str) -> Sequence[Listener] | None:
        """The sockets that a service listens on in its own place; None where that cannot be seen."""

    def survey(self, identities: Iterable[str]) -> Mapping[str, Observed]:
        """What exists of each of these environments; of all there are, where one question tells that."""

    def place(self, stack: Stack, ports: Mapping[str, int], files: Path) -> Place:
        """Where this engine puts things; `files` is where this machine finds secrets and configs."""

    def write(self, deployment: Deployment) -> None:
        """Write what the engine reads; before `build` and `start`."""

    def build(self, deployment: Deployment, names: Sequence[str], say: Say) -> None:
        """Make ready what the services run from: images, or prepared folders.

        `say` gets the output of builds; where none of the services has one, the name of whatever has to be fetched.
        """

    def start(self, deployment: Deployment, names: Sequence[str], later: Sequence[str] = ()) -> Started:
        """Start services; what is left to do once they work. What starts `later` may be made ready meanwhile."""

    def run(self, deployment: Deployment, job: Job, say: Say) -> Completed:
        """Run a command once in the place of its service."""

    def invocation(
        self, deployment: Deployment, name: str, argv: Sequence[str], environment: Mapping[str, str], *, terminal: bool
    ) -> Invocation:
        """How to run a command inside something that runs."""

    def end_inside(self, identity: str, name: str, argv: Sequence[str]) -> None:
        """End such a command, whose invocation was ended, with all that it has started."""

    def search_paths(self, deployment: Deployment) -> Mapping[str, Sequence[Path]]:
        """Folders in which a program of this machine finds what services were prepared with, by variable: `PATH`, …"""

    def discard(self, identity: str, names: Iterable[str]) -> None:
        """Remove some of an environment's services and their data."""

    def signal(self, identity: str, name: str, action: str) -> None:
        """`stop`, `start`, `pause` or `unpause` one service."""

    def remove(self, identity: str, *, data: bool) -> None:
        """Remove everything of an environment, until nothing is left; kept data too where `data` says so."""

    def logs(
        self, identity: str, names: Sequence[str], *, since: float | None = None, tail: int | None = None, follow: bool
    ) -> Iterator[LogLine]:
        """Lines of output, oldest first; with `follow` until the environment ends. `since` in seconds of the epoch."""


Text = Callable[[Service, Template], str]  # what a template says to a service


class EngineModule(Protocol):
    """What the package of an engine offers."""

    REASON: str  # why it runs an environment that may run anywhere
    WAITING: str  # shown while it is waited for

    def connect(self, patience: float = ..., *, at: str = "") -> Engine:
        """The engine on this machine, or the one `at` an endpoint; raises EngineError where it does not answer in time.

        `patience` is in seconds.
        """

    def due(self, stack: Stack, text: Text) -> Mapping[str, Sequence[str]]:
        """By service, for each step that prepares its folder, why it is due on this machine; empty where it is not."""

    def check(self) -> None:
        """Raise EngineError where something is missing that it takes to start an environment."""
