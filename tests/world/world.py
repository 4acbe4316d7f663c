"""A world: a repository, the commands that run in it, and a record of all resources it ever had."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from localenv import state
from localenv.host import files
from tests.world import commands, engines, machine, repository, training
from tests.world.commands import LOCALENV, PATIENCE, Completed, Running
from tests.world.repository import Files

LONGEST = 60.0  # seconds after which nothing may be left, however busy the machine is
LOOKING = frozenset({"check", "env", "logs", "ls", "notes", "plan", "requests", "schema", "status"})  # makes nothing
SMALL = """
name: NAME
services:
  api:
    image: python:3.13-slim
    command: python3 -m http.server ${port}
    port: 8000
    environment: {CACHE: "${cache.url}"}
    native: {working_dir: ..}
needs:
  cache: redis
"""  # NAME is replaced by a unique name


@dataclass(kw_only=True)
class World:
    """A repository, and a user's actions in it."""

    folder: Path
    engine: str
    called: str = ""  # a name that is not unique
    docker: str = ""  # its Docker endpoint, if not this machine's
    host: str = ""  # the endpoint passed to commands
    program: tuple[str, ...] = LOCALENV
    executed: bool = False  # each command that is started is a new interpreter, as a user's is
    own: dict[str, str] = field(default_factory=dict, repr=False)  # variables of its commands
    without: tuple[str, ...] = ()  # prefixes of variables that its commands do not get
    marks: tuple[str, ...] = ()  # texts that occur only in its processes
    began: float = field(default_factory=time.time)
    started: list[Running] = field(default_factory=list, repr=False)
    seen: set[str] = field(default_factory=set, repr=False)  # all resources that an engine ever had of it
    known: set[str] = field(default_factory=set, repr=False)  # identities
    ports: set[int] = field(default_factory=set, repr=False)
    urls: dict[str, str] = field(default_factory=dict, repr=False)  # since the last `up` or `down`

    def __post_init__(self) -> None:
        view = engines.VIEWS[self.engine]
        self.own = {**view.variables, **commands.KNOWN, "LOCALENV_ENGINE": self.engine, **self.own}

    # the repository

    @property
    def name(self) -> str:
        """The replacement of NAME in a description."""
        return self.called or f"w{abs(hash(str(self.folder))) % 10**8}"

    @property
    def identity(self) -> str:
        """The identity of `envs/local.yaml` with NAME."""
        return state.identity(self.name, "local", self.folder)

    def write(self, files: Files) -> None:
        """Write files; texts are dedented."""
        repository.write(self.folder, files)

    def describe(self, text: str = SMALL, env: str = "local") -> None:
        """Write `envs/<env>.yaml`."""
        self.write({f"envs/{env}.yaml": text.replace("NAME", self.name)})

    # commands

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its commands."""
        address = self.host or self.docker
        own = self.own | ({"DOCKER_HOST": address} if address else {})
        return commands.variables(own, without=self.without)

    def run(
        self,
        *arguments: str,
        code: int | None = 0,
        stdin: str = "",
        more: Mapping[str, str] | None = None,
        timeout: float = PATIENCE,
    ) -> Completed:
        """Run a command of localenv, which must exit with this code; None accepts any."""
        variables = self.variables | dict(more or {})
        argv = (*self.program, *arguments)
        done = commands.run(argv, folder=self.folder, variables=variables, stdin=stdin, timeout=timeout)
        if arguments[0] not in LOOKING:
            self.note()
        if arguments[0] in ("up", "down"):
            self.urls.clear()
        assert code is None or done.code == code, f"{arguments} exited with {done.code}\n{done.text}"
        return done

    def up(self, *arguments: str, code: int = 0, more: Mapping[str, str] | None = None) -> Completed:
        """`localenv up --detach`."""
        return self.run("up", "--detach", *arguments, code=code, more=more)

    def start(self, *arguments: str, **options: Any) -> Running:
        """Start a command of localenv in the background."""
        return self.start_program(*self.program, *arguments, **options)

    def start_program(self, *argv: str, more: Mapping[str, str] | None = None, **options: Any) -> Running:
        """Start a program in the background."""
        variables = self.variables | dict(more or {})
        output = self.folder.parent / f"{self.folder.name[:50]}.{len(self.started)}"
        running = commands.start(
            argv, folder=self.folder, variables=variables, output=output, executed=self.executed, **options
        )
        return self._known(running)

    def start_on_terminal(self, *arguments: str) -> Running:
        """Start a command of localenv on a terminal."""
        argv = (*self.program, *arguments)
        running = commands.start_on_terminal(argv, folder=self.folder, variables=self.variables, executed=self.executed)
        return self._known(running)

    def ready(self) -> Running:
        """`localenv up` in the foreground, when everything is ready."""
        running = self.start("up")
        running.wait_for("following the logs")
        return running

    # what a user sees of it

    def status(self, *arguments: str) -> dict[str, Any]:
        """`status --json`, its services by name."""
        document: dict[str, Any] = self.run("status", "--json", *arguments).document
        return document | {"services": {one["name"]: one for one in document["services"]}}

    def url(self, name: str) -> str:
        """Its address on this machine, with the password."""
        if not self.urls:
            self.urls |= {one["name"]: one["url"] for one in self.status("--secrets")["services"].values()}
        return self.urls[name]

    def get(self, path: str, /, **query: str) -> Any:
        """The response of the service `api`, on its recorded port: asking a command for it takes longer."""
        records = [files.read_json(self.states / identity / "state.json") for identity in self.recorded()]
        url = f"http://127.0.0.1:{records[0]['ports']['api']}" if len(records) == 1 else self.url("api")
        return httpx.get(f"{url}{path}", params=query, verify=False).json()  # plain HTTP

    def runs(self) -> bool:
        """Whether any of its ports has a listener."""
        ports = self.record().get("ports", {}).values()
        return any(machine.listeners(ports))

    # its records and processes

    @property
    def states(self) -> Path:
        """The folder in which its commands record environments."""
        return Path(self.variables["XDG_STATE_HOME"]) / "localenv"

    @property
    def state(self) -> Path:
        """The folder of its state."""
        return self.states / self.identity

    def record(self) -> dict[str, Any]:
        """Its record."""
        return dict(files.read_json(self.state / "state.json"))

    def recorded(self) -> list[str]:
        """The identities recorded in its state folder."""
        records = self.states.glob("*/state.json")
        return [file.parent.name for file in records if files.read_json(file).get("folder") == str(self.folder)]

    def guard(self) -> int:
        """The pid of its guard; 0 if there is none."""
        return int(files.read_json(self.state / "guard.json").get("pid", 0))

    def instances(self) -> dict[str, str]:
        """What runs each service, by name: changes when it is replaced."""
        return self._view.instances(self._owner)

    def remove(self, name: str) -> None:
        """Remove a service without localenv."""
        self._view.remove(self._owner, name)

    def end(self, name: str, number: int = signal.SIGTERM) -> None:
        """Send a signal to the program of a service, as the kernel or a user might."""
        self._view.end(self._owner, name, number)

    # its leftovers

    def things(self) -> set[str]:
        """All of its engine's resources now: `KIND NAME`."""
        return self._view.things(self._owner)

    def note(self) -> None:
        """Record the current resources, to check for them later."""
        for identity in self.recorded():
            self.known.add(identity)
            self.ports |= set(files.read_json(self.states / identity / "state.json").get("ports", {}).values())
        self.seen |= self.things()

    def left(self) -> set[str]:
        """Resources that engine, machine and repository still have, of all there ever were."""
        self.note()
        self.seen = {one for one in self.seen if self._view.exists(self._owner, one)}
        running = {one.pid for one in self.started if one.code is None}
        identities = self._owner.identities
        return self.seen.union(
            machine.processes((*identities, f"{self.folder}/", *self.marks), but=running),
            machine.listeners(self.ports),
            machine.mounts(identities),
            machine.cgroups(identities),
            (f"file {one}" for one in self._files() if one.exists()),
        )

    def left_after(self, seconds: float) -> set[str]:
        """What is left when nothing has been removed for that long."""
        return _last(self.left, seconds)

    def is_gone(self, seconds: float = LONGEST) -> bool:
        """Wait until nothing is left; fails with the leftovers.

        A command that is killed between taking an environment's lock and starting its guard leaves the file of the lock
        to the next command.
        """
        left = _last(lambda: {one for one in self.left() if not one.endswith(".lock")}, seconds)
        left = left or self._lingering_after(LONGEST)
        if not left and self.left():
            self.run("ls")
            left = self.left_after(seconds)
        assert not left, "\n".join((f"after {seconds:g} s there is still:", *sorted(left)))
        return True

    def _lingering_after(self, seconds: float) -> set[str]:
        return _last(lambda: self._view.lingering(self._owner), seconds)

    def empty(self) -> None:
        """End the programs that a test has left running."""
        for one in self.started:
            if one.code is None:
                one.end(signal.SIGTERM)
        for identity in self.recorded():
            self.run("down", identity, "--data")
        self.started.clear()
        self.urls.clear()

    def clean(self) -> None:
        """Remove everything, in any case."""
        self.host = ""
        try:
            for one in self.started:
                one.kill_group()
            recorded = self.recorded()
            for identity in (*recorded, *(self._owner.identities - {*recorded})):
                if self.left():
                    self.run("down", identity, "--data", code=None)
            self.is_gone()
        finally:
            self._view.clean(self._owner)

    @property
    def client(self) -> Any:
        """A client of its Docker."""
        return engines.docker_client(self.docker)

    @property
    def _view(self) -> engines.View:
        return engines.VIEWS[self.engine]

    @property
    def _owner(self) -> engines.Owner:
        identities = frozenset({*self.known, *self.recorded(), self.identity})
        return engines.Owner(
            folder=self.folder, identities=identities, states=self.states, docker=self.docker, began=self.began
        )

    def _known(self, running: Running) -> Running:
        running.looked = self.note
        self.started.append(running)
        return running

    def _files(self) -> Iterator[Path]:
        for identity in self._owner.identities:
            yield self.states / identity
            yield self.states / ".locks" / f"{identity}.lock"
        yield from (self.folder / ".localenv").glob("[!.]*")


def _last(found: Callable[[], set[str]], seconds: float) -> set[str]:
    """The last of what was found, when nothing is, or after that long."""
    end = time.monotonic() + seconds
    began = time.monotonic()
    while (last := found()) and time.monotonic() < end:
        time.sleep(max(0.05, time.monotonic() - began))
        began = time.monotonic()
    return last


Make = Callable[..., World]


@contextmanager
def worlds(new_folder: Callable[[], Path]) -> Iterator[Make]:
    """Create worlds, and remove everything in them: `make(engine, files, at="path below the folder", …)`."""
    with ExitStack() as cleaned:

        def make(engine: str, files: Files | None = None, *, at: str = "shop", **more: Any) -> World:
            folder = (new_folder() / at).resolve()
            world = World(folder=folder, engine=engines.needed(engine), **more)
            training.ensure(engine)
            cleaned.callback(world.clean)
            world.write(files or {})
            return world

        yield make
