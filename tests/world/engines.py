"""What an engine has of a world, found out without localenv's own commands."""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import docker
import pytest

from localenv.engines.choosing import ENGINES
from localenv.guard import client
from localenv.host import kernel
from tests.world import machine


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose it is: the repository, its environments, and where their commands keep what they record."""

    folder: Path
    identities: frozenset[str]
    states: Path
    docker: str = ""  # where its Docker is, unless it is this machine's
    began: float  # seconds of the epoch; nothing of it is older


class View(Protocol):
    """One engine. A thing is a text: `KIND NAME`."""

    @property
    def marks(self) -> Sequence[pytest.MarkDecorator]:
        """Of its tests."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Of every command."""

    def lacking(self) -> str:
        """What a test is skipped for on this machine; empty where nothing is missing."""

    def instances(self, owner: Owner) -> dict[str, str]:
        """What runs each service, by name."""

    def things(self, owner: Owner) -> set[str]:
        """Everything there is of it."""

    def exists(self, owner: Owner, thing: str) -> bool:
        """Whether one of those is still there."""

    def remove(self, owner: Owner, name: str) -> None:
        """One service, behind the back of localenv."""

    def end(self, owner: Owner, name: str, number: int) -> None:
        """Send a signal to the program of one service."""

    def clean(self, owner: Owner) -> None:
        """Also what is left by a defect."""


@cache
def docker_client(at: str = "") -> Any:
    """The Docker at an address; this machine's where none is given."""
    return docker.DockerClient(base_url=at) if at else docker.from_env()


class Compose:
    """What Docker has, by the label of the checkout, by the names of its environments, and by what was ever made."""

    marks = (pytest.mark.docker,)  # which skips where none answers
    variables: Mapping[str, str] = MappingProxyType({})

    def lacking(self) -> str:
        return ""

    def instances(self, owner: Owner) -> dict[str, str]:
        return {one["Labels"]["com.docker.compose.service"]: one["Id"] for one in self._containers(owner)}

    def things(self, owner: Owner) -> set[str]:
        api = docker_client(owner.docker).api
        made, volumes = self._made(owner)
        found = {f"network {one['Name']}" for one in api.networks() if _is_of(owner, one)}
        for one in api.volumes()["Volumes"] or ():
            if one["Name"] in volumes or _is_of(owner, one):
                found.add(f"volume {one['Name']}")
        for one in api.containers(all=True):
            if one["Id"] in made or _is_of(owner, one):
                found.add(f"container {_name(one)}")
                found |= {f"volume {mount['Name']}" for mount in one["Mounts"] if mount["Type"] == "volume"}
        return found | set(machine.shims(made))

    def exists(self, owner: Owner, thing: str) -> bool:
        kind, _, name = thing.partition(" ")
        api = docker_client(owner.docker).api
        looks = {"container": api.inspect_container, "network": api.inspect_network, "volume": api.inspect_volume}
        if kind not in looks:
            return False
        try:
            looks[kind](name)
        except docker.errors.NotFound:
            return False
        return True

    def remove(self, owner: Owner, name: str) -> None:
        docker_client(owner.docker).api.remove_container(self.instances(owner)[name], force=True)

    def end(self, owner: Owner, name: str, number: int) -> None:
        docker_client(owner.docker).api.kill(self.instances(owner)[name], int(number))

    def clean(self, owner: Owner) -> None:
        """Images too, which localenv lets stay as a cache."""
        api, mine = docker_client(owner.docker).api, {"label": _label(owner)}
        for one in self._containers(owner):
            api.remove_container(one["Id"], force=True, v=True)
        for one in api.networks(filters=mine):
            api.remove_network(one["Id"])
        for one in api.volumes(filters=mine)["Volumes"] or ():
            api.remove_volume(one["Name"])
        for one in api.images(filters=mine):
            with suppress(docker.errors.APIError):  # another world has the very same one
                api.remove_image(one["Id"], force=True)

    def _containers(self, owner: Owner) -> list[dict[str, Any]]:
        return list(docker_client(owner.docker).api.containers(all=True, filters={"label": _label(owner)}))

    def _made(self, owner: Owner) -> tuple[set[str], set[str]]:
        """Containers that there ever were, and volumes that these made, those without a name too."""
        containers: set[str] = set()
        volumes: set[str] = set()
        api = docker_client(owner.docker).api
        for event in api.events(since=int(owner.began), until=int(time.time()) + 1, decode=True):
            told = event["Actor"]["Attributes"]
            if event["Type"] == "container" and told.get("dev.localenv.environment") in owner.identities:
                containers.add(event["Actor"]["ID"])
            if event["Type"] == "volume" and told.get("container") in containers:
                volumes.add(event["Actor"]["ID"])
        return containers, volumes


def _label(owner: Owner) -> str:
    return f"dev.localenv.checkout={sha256(str(owner.folder.resolve()).encode()).hexdigest()[:12]}"


def _name(one: dict[str, Any]) -> str:
    return str(one["Name"]) if "Name" in one else next(iter(one["Names"]), one["Id"]).lstrip("/")


def _is_of(owner: Owner, one: dict[str, Any]) -> bool:
    """Whether a container, network or volume has the label of the checkout, or an environment's name."""
    label, _, value = _label(owner).partition("=")
    return (one["Labels"] or {}).get(label) == value or _name(one).startswith(tuple(owner.identities))


class Native:
    """What guards keep, and what they left: processes and data."""

    marks = ()
    variables: Mapping[str, str] = machine.WITHOUT_DOCKER

    def lacking(self) -> str:
        packages = ", ".join(machine.missing_packages())
        return f"pip install 'localenv[native]' brings what is not here: {packages}" if packages else ""

    def instances(self, owner: Owner) -> dict[str, str]:
        return {
            one["name"]: f"{one['pid']}-{one['start']}"
            for state in self._states(owner)
            for one in self._kept(state)
            if not one["name"].startswith(".")
        }

    def things(self, owner: Owner) -> set[str]:
        found = set()
        for state in self._states(owner):
            found |= {f"program {one['pid']}-{one['start']}" for one in self._kept(state) if not one["gone"]}
            found |= {f"program {pid}-{start}" for pid, start in client.survivors(state)}
            found |= {f"volume {data}" for data in (state / "data").glob("*")}
        return found

    def exists(self, owner: Owner, thing: str) -> bool:
        kind, _, name = thing.partition(" ")
        if kind == "volume":
            return Path(name).exists()
        pid, _, start = name.partition("-")
        return kernel.started(int(pid)) == int(start)

    def remove(self, owner: Owner, name: str) -> None:
        for state in self._states(owner):
            client.ask(state, "stop", names=[name], forget=True)

    def end(self, owner: Owner, name: str, number: int) -> None:
        os.kill(int(self.instances(owner)[name].partition("-")[0]), number)

    def clean(self, owner: Owner) -> None:
        for state in self._states(owner):
            for thing in self.things(owner):
                if thing.startswith("program ") and self.exists(owner, thing):
                    os.kill(int(thing.split()[1].partition("-")[0]), signal.SIGKILL)
            client.remove(state)
            shutil.rmtree(state, ignore_errors=True)

    @staticmethod
    def _states(owner: Owner) -> Iterator[Path]:
        yield from (owner.states / one for one in owner.identities if (owner.states / one / "state.json").exists())

    @staticmethod
    def _kept(state: Path) -> list[dict[str, Any]]:
        with suppress(client.NoGuard):
            return list(client.ask(state, "list")["children"])
        return []


VIEWS: dict[str, View] = {"compose": Compose(), "native": Native()}


def needed(engine: str) -> str:
    """The same engine; skips the test where this machine lacks what it takes."""
    if lacking := VIEWS[engine].lacking():
        pytest.skip(lacking)
    return engine


def each(*engines: str, **more: pytest.MarkDecorator) -> list[Any]:
    """Parameters for a test that runs on these engines, or on all; on one named in `more` with that mark too."""
    marks = {name: [*VIEWS[name].marks, *([more[name]] if name in more else [])] for name in ENGINES}
    return [pytest.param(name, marks=marks[name]) for name in engines or ENGINES]
