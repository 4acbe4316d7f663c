"""Needs and the stub server as processes on this machine, ended in any case."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from localenv.engines import Deployment
from localenv.engines.native import kinds
from localenv.engines.native.program import Program, Room
from localenv.errors import EngineError
from localenv.needs.kinds import KINDS
from localenv.process import Completed, Invocation
from localenv.process import run as run_program
from localenv.resolution import Resolution
from localenv.stack import Connection, Need, Port, Reader, Service, Stack, Upstream
from localenv.stack.references import literal
from localenv.stubs import server
from tests.stubs.folders import folders
from tests.world.needs import ready

PASSWORD = "s3cret'Pass word"  # with characters that need quoting


@dataclass(frozen=True, kw_only=True)
class Place:
    """Everything is at one port of this machine."""

    port: int

    shares_ports = False

    def bind(self, name: str) -> str:
        return "127.0.0.1"

    def address(self, reader: Reader, name: str) -> tuple[str, str]:
        return "127.0.0.1", str(self.port)

    def path(self, reader: Reader, file: str) -> str:
        raise AssertionError(file)


@dataclass(kw_only=True)
class World:
    """One need or stub server, with the parts required to start it."""

    deployment: Deployment
    service: Service
    room: Room
    messages: list[str] = field(default_factory=list)

    def program(self) -> Program:
        name = self.deployment.stack.needs[self.service.name].kind if self.deployment.stack.needs else kinds.STUBS
        return kinds.KINDS[name].program(self.deployment, self.service, self.room, self.messages.append)

    @property
    def connection(self) -> Connection:
        return self.deployment.resolution.connection(self.service.name, Reader.MACHINE)

    @contextmanager
    def running(self, program: Program | None = None) -> Iterator["subprocess.Popen[bytes]"]:
        started = program or self.program()
        log = self.room.data.parent / "log"
        with log.open("wb") as out:
            child = subprocess.Popen(
                started.argv, env=dict(started.environment), cwd=started.folder, stdout=out, stderr=out
            )
        try:
            self._wait(child, log)
            yield child
        finally:
            with suppress(OSError):
                child.send_signal(started.stop)
            child.wait(60)
            _end_daemons(self.room.data)

    def client(self, *words: str, stdin: str = "") -> Completed:
        need = self.deployment.stack.needs[self.service.name]
        found = kinds.NEEDS[need.kind].client_path
        first = found(need, self.room.data) if found else ()
        path = ":".join([*map(str, first), "/usr/bin", "/bin"])
        variables = self.deployment.resolution.client(need.name)
        argv = ("env", f"PATH={path}", *words)
        return run_program(Invocation(argv=argv, environment=variables), stdin=[stdin.encode()], timeout=20)

    def _wait(self, child: "subprocess.Popen[bytes]", log: Path) -> None:
        if need := self.deployment.stack.needs.get(self.service.name):
            ready(KINDS[need.kind], self.connection, runs=lambda: child.poll() is None, log=log.read_text)


Start = Callable[..., World]


@pytest.fixture
def world(tmp_path: Path) -> Start:
    """Create a world of one need; skips if this machine cannot run it."""

    def make(kind: str, *, port: int = 0, data: str = "data", password: str | None = PASSWORD, **more: object) -> World:
        module = KINDS[kind]
        values = {"version": module.version, "user": "orders", "databases": ("orders",), **more}
        need = Need(name="it", kind=kind, password=None if password is None else literal(password), **values)  # type: ignore[arg-type]
        service = module.service(need, Port(name="it", target=module.port))
        stack = Stack(name="toy", env="local", folder=tmp_path, services={"it": service}, needs={"it": need})
        made = _world(tmp_path, stack, service, port, data)
        try:
            if found := kinds.NEEDS[kind].client_path:
                found(need, made.room.data)
        except EngineError as error:
            pytest.skip(str(error))
        return made

    return make


@pytest.fixture
def stubs(tmp_path: Path) -> Start:
    """Create a world of the stub server, for an upstream with these roots."""

    def make(roots: Sequence[Path] = ()) -> World:
        upstream = Upstream(name="payments", server=server.NAME, sources=folders(*roots))
        service = server.service({"payments": upstream})
        stack = Stack(
            name="toy", env="local", folder=tmp_path, services={service.name: service}, upstreams={"payments": upstream}
        )
        return _world(tmp_path, stack, service, 0, "stubs")

    return make


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "localenv"


def _world(folder: Path, stack: Stack, service: Service, port: int, data: str) -> World:
    chosen = port or _free()
    resolution = Resolution(stack=stack, place=Place(port=chosen), value=lambda name: PASSWORD)
    deployment = Deployment(identity="toy-local-abc", stack=stack, resolution=resolution, values={}, folder=folder)
    return World(deployment=deployment, service=service, room=Room(data=folder / data, host="127.0.0.1", port=chosen))


def _end_daemons(data: Path) -> None:
    """End Erlang's name server, which leaves its process group and session: its environment identifies it."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "comm").read_text() == "epmd\n" and str(data).encode() in (process / "environ").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


def _free() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])
