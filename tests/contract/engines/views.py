"""What an engine has of a world, found out without localenv's own commands."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import docker

from localenv.guard import client
from localenv.host import kernel


class View(Protocol):
    """One engine; `folder` is the world's repository, `states` where its commands keep what they write down."""

    def instances(self, folder: Path, states: Path) -> dict[str, str]:
        """What runs each service, by name."""

    def belongings(self, folder: Path, states: Path) -> set[str]:
        """Everything there is of it: `KIND NAME`."""

    def exists(self, thing: str) -> bool:
        """Whether one of those is still there."""

    def remove(self, folder: Path, states: Path, name: str) -> None:
        """One service, behind the back of localenv."""

    def end(self, folder: Path, states: Path, name: str) -> None:
        """Send TERM to the program of one service."""

    def clean(self, folder: Path, states: Path) -> None:
        """Also what is left by a defect."""


class Compose:
    """What Docker has, by the labels of the folder."""

    @staticmethod
    @cache
    def client() -> Any:
        return docker.from_env()

    def instances(self, folder: Path, states: Path) -> dict[str, str]:
        return {one["Labels"]["com.docker.compose.service"]: one["Id"] for one in self._containers(folder)}

    def belongings(self, folder: Path, states: Path) -> set[str]:
        api, mine = self.client().api, {"label": self._label(folder)}
        found = {f"container {one['Id']}" for one in self._containers(folder)}
        found |= {f"network {one['Id']}" for one in api.networks(filters=mine)}
        found |= {f"volume {one['Name']}" for one in api.volumes(filters=mine)["Volumes"] or ()}
        mounts = (mount for one in self._containers(folder) for mount in one["Mounts"])
        return found | {f"volume {mount['Name']}" for mount in mounts if mount["Type"] == "volume"}

    def exists(self, thing: str) -> bool:
        kind, _, name = thing.partition(" ")
        look = {"container": "inspect_container", "network": "inspect_network", "volume": "inspect_volume"}[kind]
        try:
            getattr(self.client().api, look)(name)
        except docker.errors.NotFound:
            return False
        return True

    def remove(self, folder: Path, states: Path, name: str) -> None:
        self.client().api.remove_container(self.instances(folder, states)[name], force=True)

    def end(self, folder: Path, states: Path, name: str) -> None:
        self.client().api.kill(self.instances(folder, states)[name], "TERM")

    def clean(self, folder: Path, states: Path) -> None:
        """Images too, which localenv lets stay as a cache."""
        api, mine = self.client().api, {"label": self._label(folder)}
        for one in self._containers(folder):
            api.remove_container(one["Id"], force=True, v=True)
        for one in api.networks(filters=mine):
            api.remove_network(one["Id"])
        for one in api.volumes(filters=mine)["Volumes"] or ():
            api.remove_volume(one["Name"])
        for one in api.images(filters=mine):
            with suppress(docker.errors.APIError):  # another world has the very same one
                api.remove_image(one["Id"], force=True)

    def _containers(self, folder: Path) -> list[dict[str, Any]]:
        return list(self.client().api.containers(all=True, filters={"label": self._label(folder)}))

    @staticmethod
    def _label(folder: Path) -> str:
        return f"dev.localenv.checkout={sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"


class Native:
    """What guards keep, and what they left: processes and data."""

    def instances(self, folder: Path, states: Path) -> dict[str, str]:
        return {
            one["name"]: f"{one['pid']}-{one['start']}"
            for state in self._states(folder, states)
            for one in self._kept(state)
            if not one["name"].startswith(".")
        }

    def belongings(self, folder: Path, states: Path) -> set[str]:
        found = set()
        for state in self._states(folder, states):
            found |= {f"process {one['pid']}-{one['start']}" for one in self._kept(state) if not one["gone"]}
            found |= {f"process {pid}-{start}" for pid, start in client.survivors(state)}
            found |= {f"volume {data}" for data in (state / "data").glob("*")}
        return found

    def exists(self, thing: str) -> bool:
        kind, _, name = thing.partition(" ")
        if kind == "volume":
            return Path(name).exists()
        pid, _, start = name.partition("-")
        return kernel.started(int(pid)) == int(start)

    def remove(self, folder: Path, states: Path, name: str) -> None:
        for state in self._states(folder, states):
            client.ask(state, "stop", names=[name], forget=True)

    def end(self, folder: Path, states: Path, name: str) -> None:
        os.kill(int(self.instances(folder, states)[name].partition("-")[0]), signal.SIGTERM)

    def clean(self, folder: Path, states: Path) -> None:
        for state in self._states(folder, states):
            for thing in self.belongings(folder, states):
                if thing.startswith("process ") and self.exists(thing):
                    os.kill(int(thing.split()[1].partition("-")[0]), signal.SIGKILL)
            client.remove(state)
            shutil.rmtree(state, ignore_errors=True)

    @staticmethod
    def _states(folder: Path, states: Path) -> Iterator[Path]:
        for file in states.glob("*/state.json"):
            with suppress(OSError):
                if f'"{folder}"' in file.read_text():
                    yield file.parent

    @staticmethod
    def _kept(state: Path) -> list[dict[str, Any]]:
        with suppress(client.NoGuard):
            return list(client.ask(state, "list")["children"])
        return []


VIEWS: dict[str, View] = {"compose": Compose(), "native": Native()}
