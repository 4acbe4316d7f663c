"""Inspect an engine's resources of a world, without localenv's own commands."""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import docker
import pytest

from localenv.engines.choosing import ENGINES
from localenv.guard import client, removal
from localenv.host import kernel
from tests.world import machine


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The owner of resources: the repository, its environments, and the folders of their commands' state."""

    folder: Path
    identities: frozenset[str]
    states: Path
    docker: str = ""  # its Docker endpoint, if not this machine's
    began: float  # seconds of the epoch; no resource is older


class View(Protocol):
    """One engine. A resource is a text: `KIND NAME`."""

    @property
    def marks(self) -> Sequence[pytest.MarkDecorator]:
        """The marks of its tests."""

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables of every command."""

    def lacking(self) -> str:
        """Why a test is skipped on this machine; empty if nothing is missing."""

    def instances(self, owner: Owner) -> dict[str, str]:
        """What runs each service, by name."""

    def things(self, owner: Owner) -> set[str]:
        """All of its resources."""

    def lingering(self, owner: Owner) -> set[str]:
        """Processes of the engine itself for its services, which may take a moment to end."""

    def exists(self, owner: Owner, thing: str) -> bool:
        """Whether a resource still exists."""

    def remove(self, owner: Owner, name: str) -> None:
        """Remove one service without localenv."""

    def end(self, owner: Owner, name: str, number: int) -> None:
        """Send a signal to the program of one service."""

    def clean(self, owner: Owner) -> None:
        """Remove everything, also what a defect has left."""


@cache
def docker_client(at: str = "") -> Any:
    """The Docker at an address; without one, this machine's."""
    return docker.DockerClient(base_url=at) if at else docker.from_env()


@dataclass(kw_only=True)
class Past:
    """Docker's events, of which it keeps few: each is read once."""

    docker: str
    until: float = 0.0
    containers: dict[str, str] = field(default_factory=dict)  # their environments
    volumes: dict[str, str] = field(default_factory=dict)  # the containers that created them

    def read(self, *, since: float) -> None:
        """Read what has happened since a time, or since the last call."""
        now = time.time()  # a moment that has passed, else Docker waits for it
        begin = max(since, self.until - 1)
        for event in docker_client(self.docker).api.events(since=int(begin), until=f"{now:.9f}", decode=True):
            attributes, identity = event["Actor"]["Attributes"], event["Actor"]["ID"]
            if event["Type"] == "container" and "dev.localenv.environment" in attributes:
                self.containers[identity] = attributes["dev.localenv.environment"]
            if event["Type"] == "volume" and "container" in attributes:
                self.volumes[identity] = attributes["container"]
        self.until = now


@cache
def _past(at: str) -> Past:
    return Past(docker=at)


class Compose:
    """Docker's resources, by checkout label, by environment name, and by events of the past."""

    marks = (pytest.mark.docker,)  # skips if no Docker engine answers
    variables: Mapping[str, str] = MappingProxyType({})

    def lacking(self) -> str:
        return ""

    def instances(self, owner: Owner) -> dict[str, str]:
        label = "com.docker.compose.service"  # a bridge to this machine has none
        containers = [one for one in self._containers(owner) if label in one["Labels"]]
        return {one["Labels"][label]: one["Id"] for one in containers}

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
        return found

    def lingering(self, owner: Owner) -> set[str]:
        made, _ = self._made(owner)
        return set(machine.shims(made))

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
        """Remove everything, with images, which localenv keeps as a cache."""
        api, mine = docker_client(owner.docker).api, {"label": _label(owner)}
        for one in self._containers(owner):
            api.remove_container(one["Id"], force=True, v=True)
        for one in api.networks(filters=mine):
            api.remove_network(one["Id"])
        for one in api.volumes(filters=mine)["Volumes"] or ():
            api.remove_volume(one["Name"])
        for one in api.images(filters=mine):
            with suppress(docker.errors.APIError):  # another world uses the same one
                api.remove_image(one["Id"], force=True)

    def _containers(self, owner: Owner) -> list[dict[str, Any]]:
        return list(docker_client(owner.docker).api.containers(all=True, filters={"label": _label(owner)}))

    def _made(self, owner: Owner) -> tuple[set[str], set[str]]:
        """Containers that ever existed, and volumes that they created, with anonymous ones."""
        past = _past(owner.docker)
        past.read(since=owner.began)
        containers = {one for one, identity in past.containers.items() if identity in owner.identities}
        return containers, {one for one, container in past.volumes.items() if container in containers}


def _label(owner: Owner) -> str:
    return f"dev.localenv.checkout={sha256(str(owner.folder.resolve()).encode()).hexdigest()[:12]}"


def _name(one: dict[str, Any]) -> str:
    return str(one["Name"]) if "Name" in one else next(iter(one["Names"]), one["Id"]).lstrip("/")


def _is_of(owner: Owner, one: dict[str, Any]) -> bool:
    """Whether a container, network or volume has the label of the checkout, or an environment's name."""
    label, _, value = _label(owner).partition("=")
    return (one["Labels"] or {}).get(label) == value or _name(one).startswith(tuple(owner.identities))


class Native:
    """The programs of guards, and leftovers: processes and data."""

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
            found |= {f"program {pid}-{start}" for pid, start in removal.survivors(state)}
            found |= {f"volume {data}" for data in (state / "data").glob("*")}
        return found

    def lingering(self, owner: Owner) -> set[str]:
        return set()

    def exists(self, owner: Owner, thing: str) -> bool:
        kind, _, name = thing.partition(" ")
        if kind == "volume":
            return Path(name).exists()
        pid, _, start = name.partition("-")
        return 0 < int(start) == kernel.started(int(pid))  # one that was gone at once has no start

    def remove(self, owner: Owner, name: str) -> None:
        for state in self._states(owner):
            client.ask(state, "stop", names=[name], forget=True)

    def end(self, owner: Owner, name: str, number: int) -> None:
        os.kill(int(self.instances(owner)[name].partition("-")[0]), number)

    def clean(self, owner: Owner) -> None:
        for state in self._states(owner):
            for thing in self.things(owner):
                if thing.startswith("program ") and self.exists(owner, thing):
                    with suppress(ProcessLookupError):
                        os.kill(int(thing.split()[1].partition("-")[0]), signal.SIGKILL)
            removal.remove(state)
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
    """Return the engine; skips the test if this machine lacks its prerequisites."""
    if lacking := VIEWS[engine].lacking():
        pytest.skip(lacking)
    return engine


def each(*engines: str, **more: pytest.MarkDecorator) -> list[Any]:
    """Parameters for a test on these engines, or on all; `more` adds a mark to an engine."""
    marks = {name: [*VIEWS[name].marks, *([more[name]] if name in more else [])] for name in ENGINES}
    return [pytest.param(name, marks=marks[name]) for name in engines or ENGINES]
