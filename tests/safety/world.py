"""A small environment that terrible things happen to, and a census of all that it ever was on this machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import docker

from localenv import paths, state
from localenv.host import files, kernel
from tests.conftest import missing_engine
from tests.patience import until

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST = 10.0  # seconds after which nothing may be left
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
"""


@cache
def client(engine: str = "") -> Any:
    """The Docker at an address; this machine's where none is said."""
    return docker.DockerClient(base_url=engine) if engine else docker.from_env()


@dataclass(kw_only=True)
class World:
    """A repository, the commands that were started in it, and what there ever was of its environment."""

    folder: Path
    engine: str
    called: str = ""  # a name that others have too
    docker: str = ""  # where its Docker is, unless it is this machine's
    host: str = ""  # where commands are told that it is
    began: float = field(default_factory=time.time)
    started: list["subprocess.Popen[str]"] = field(default_factory=list)
    ports: set[int] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.called or f"s{abs(hash(str(self.folder))) % 10**8}"

    @property
    def identity(self) -> str:
        return state.identity(self.name, "local", self.folder)

    def describe(self, text: str = SMALL) -> None:
        for name in ("envs", ".git"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "envs/local.yaml").write_text(text.replace("NAME", self.name))

    def start(self, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
        """A command that goes on, in a process group of its own; what it prints is in its files."""
        number = len(self.started)
        out, err = (self.folder / f"{number}.{kind}" for kind in ("out", "err"))
        with out.open("w") as opened, err.open("w") as errors:
            child = subprocess.Popen(
                [sys.executable, "-m", "localenv", *arguments],
                cwd=self.folder, env=self.variables(), stdin=subprocess.DEVNULL, stdout=opened, stderr=errors,
                text=True, start_new_session=True, **more,
            )  # fmt: skip
        self.started.append(child)
        return child

    def told(self, child: "subprocess.Popen[str]") -> str:
        """What a command has printed."""
        number = self.started.index(child)
        return "\n".join((self.folder / f"{number}.{kind}").read_text() for kind in ("out", "err"))

    def run(self, *arguments: str, code: int | None = 0, timeout: float = 90) -> str:
        """A command that has to end with this exit code; None takes any."""
        child = self.start(*arguments)
        child.wait(timeout)
        told = self.told(child)
        assert code is None or child.returncode == code, f"{arguments} exited with {child.returncode}\n{told}"
        self.note()
        return told

    def until_said(self, child: "subprocess.Popen[str]", text: str, seconds: float = 40) -> None:
        until(lambda: text in self.told(child) or child.poll() is not None, f"{text!r}", seconds)
        assert text in self.told(child), self.told(child)
        self.note()

    def record(self) -> dict[str, Any]:
        """What is written down of it."""
        return files.read_json(self.states() / "state.json")

    def guard(self) -> int:
        """The process of its guard; 0 where there is none."""
        return int(files.read_json(self.states() / "guard.json").get("pid", 0))

    def note(self) -> None:
        """Remember its ports, to see later who listens there."""
        self.ports |= set(self.record().get("ports", {}).values())

    def runs(self) -> bool:
        """Whether its service answers."""
        ports = self.record().get("ports", {})
        return bool(ports) and any(_listens(port) for port in ports.values())

    def left(self) -> list[str]:
        """Everything of it that is still there."""
        mine = {child.pid for child in self.started if child.poll() is None}
        found = [f"process {pid}: {words}" for pid, words in self._processes() if pid not in mine]
        found += [f"listener on {port}" for port in self.ports if _listens(port)]
        found += [f"mount {line}" for line in _lines("/proc/self/mountinfo") if self.identity in line]
        found += [f"cgroup {one}" for one in _groups() if one.startswith(f"localenv.{self.identity}.")]
        files = (self.states(), self.folder / ".localenv" / self.identity, paths.lock(self.identity))
        found += [f"file {one}" for one in files if one.exists()]
        return found + (list(self._in_docker()) if self.engine == "compose" else [])

    def is_gone(self, seconds: float = LONGEST) -> bool:
        """Wait until nothing is left; fails with what there is where something stays."""
        until(lambda: not self.left(), "its end; there is still:\n", seconds, lambda: "\n".join(self.left()))
        return True

    def clean(self) -> None:
        """Whatever a case has done."""
        self.host = ""
        for child in self.started:
            if child.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
            child.wait(10)
        self.run("down", "--data", code=None)

    def variables(self) -> dict[str, str]:
        more = {"DOCKER_HOST": self.host or self.docker} if self.host or self.docker else {}
        known = {"PYTHONPATH": str(REPOSITORY), "LOCALENV_ENGINE": self.engine, "NO_COLOR": "1"}
        return {**os.environ, **known, **more}

    def states(self) -> Path:
        """Where it is written down."""
        return Path(os.environ["XDG_STATE_HOME"]) / "localenv" / self.identity

    def _processes(self) -> Iterator[tuple[int, str]]:
        """Programs that work in the folder, were told of it, carry its mark, or descend from its guard."""
        wanted = (self.identity, f"{self.folder}/")
        for pid in kernel.processes():
            with suppress(OSError):
                told = (Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()).decode(
                    errors="replace"
                )
                where = f"{Path(f'/proc/{pid}/cwd').readlink()}/"
                if pid != os.getpid() and any(one in f"{told} {where}" for one in wanted) and kernel.started(pid) > 0:
                    yield pid, told.replace("\0", " ")[:120]

    def _in_docker(self) -> Iterator[str]:
        """Containers, networks and volumes, those without a name too, and what runs a container."""
        api, containers, volumes = client(self.docker).api, set(), set()
        for event in api.events(since=int(self.began), until=int(time.time()) + 1, decode=True):
            told = event["Actor"]["Attributes"]
            if told.get("dev.localenv.environment") == self.identity and event["Type"] == "container":
                containers.add(event["Actor"]["ID"])
            if event["Type"] == "volume" and told.get("container") in containers:
                volumes.add(event["Actor"]["ID"])
        there = {one["Id"] for one in api.containers(all=True)}
        yield from (f"container {one}" for one in containers & there)
        yield from (f"volume {one['Name']}" for one in api.volumes()["Volumes"] or () if one["Name"] in volumes)
        for kind, found in (("network", api.networks()), ("volume", api.volumes()["Volumes"] or ())):
            yield from (f"{kind} {one['Name']}" for one in found if one["Name"].startswith(self.identity))
        for pid in kernel.processes():
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                yield from (f"shim {pid}" for one in containers if "shim" in words[0] and one in words)


def engines() -> list[str]:
    """Those that this machine has."""
    return ["native"] if missing_engine() else ["compose", "native"]


def _listens(port: int) -> bool:
    wanted = f"0100007F:{port:04X}"
    return any(line.split()[1:2] == [wanted] and line.split()[3] == "0A" for line in _lines("/proc/net/tcp"))


def _groups() -> Iterator[str]:
    for _, names, _ in os.walk("/sys/fs/cgroup"):  # what goes away meanwhile is passed over
        yield from names


def _lines(file: str) -> list[str]:
    with suppress(OSError):
        return Path(file).read_text().splitlines()
    return []


def document(text: str) -> Any:
    """The JSON in what a command printed."""
    return json.loads(text)
