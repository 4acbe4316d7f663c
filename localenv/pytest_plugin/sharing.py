"""State shared by the processes of one test session: its number, workers' places, and environments."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from localenv import paths
from localenv.host import files, kernel, locks
from localenv.state import locking

_ABOUT = "session.json"
_LOCK = ".pytest"


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """The folder of a session; `number`, from 1, distinguishes concurrent sessions of the same folder."""

    folder: Path
    owner: int
    number: int

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock within the session."""
        with locks.exclusive(self.folder / f"{name}.lock"):
            yield

    @contextmanager
    def once(self, name: str) -> Iterator[bool]:
        """Hold a lock within the session; yields whether no process has completed the block yet."""
        done = self.folder / f"{name}.done"
        with self.lock(name):
            yield not done.exists()
            done.touch()

    def first(self, what: str, who: str) -> str:
        """The test that registered first for `what`; registers `who` if there is none."""
        file = self.folder / f"{what}.first"
        with self.lock(what):
            if not file.exists():
                files.write(file, who)
            return file.read_text()

    def record(self, identity: str, **about: Any) -> None:
        """Record that the session uses an environment, and its progress."""
        files.write(self.folder / f"{identity}.environment", json.dumps(about))

    def recorded(self, identity: str) -> Mapping[str, Any]:
        """The record of an environment; empty if there is none."""
        return files.read_json(self.folder / f"{identity}.environment")

    def environments(self) -> dict[str, Mapping[str, Any]]:
        """Every record, by identity."""
        return {file.stem: files.read_json(file) for file in sorted(self.folder.glob("*.environment"))}

    def know(self, ids: Iterable[str]) -> None:
        """Record requests that were reported to tests."""
        if found := [f"{one}\n" for one in ids]:
            with (self.folder / f"{os.getpid()}.known").open("a") as opened:
                opened.writelines(found)

    def known(self) -> frozenset[str]:
        """The ids of reported requests, of all processes."""
        return frozenset(one for file in self.folder.glob("*.known") for one in file.read_text().split())

    def leave(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, kw_only=True)
class WorkerPlace:
    """One worker's number in a session, from 0; kept until the process ends."""

    number: int
    opened: IO[str]
    is_left_behind: bool  # its earlier process did not exit cleanly

    def leave(self) -> None:
        """Mark the place as left clean."""
        self.opened.truncate(0)
        self.opened.close()


def exists(owner: int) -> bool:
    """Whether a session shares anything."""
    return _folder(owner).is_dir()


def join(owner: int, root: Path) -> Sharing:
    """The session of the process `owner`, whose tests are in `root`."""
    folder = _folder(owner)
    with locking.lock(_LOCK):
        others = _others(folder)
        about = files.read_json(folder / _ABOUT)
        if not about:
            taken = {other["number"] for other in others if other.get("root") == str(root)}
            about = {"root": str(root), "number": next(one for one in range(1, len(taken) + 2) if one not in taken)}
            files.write(folder / _ABOUT, json.dumps(about))
    return Sharing(folder=folder, owner=owner, number=int(about["number"]))


def take_place(sharing: Sharing, places: int) -> WorkerPlace:
    """Take a place that no living process of the session has."""
    for number in range(places):
        opened = (sharing.folder / f"place-{number}").open("a+")
        if not locks.try_take(opened):
            opened.close()
            continue
        opened.seek(0)
        is_left_behind = bool(opened.read())
        opened.write(f"{os.getpid()}\n")
        opened.flush()
        return WorkerPlace(number=number, opened=opened, is_left_behind=is_left_behind)
    return take_place(sharing, places + 1)


def _others(own: Path) -> list[Mapping[str, Any]]:
    """Other active sessions; removes what dead ones have left."""
    found: list[Mapping[str, Any]] = []
    for folder in own.parent.glob("*-*"):
        if folder == own:
            continue
        pid, _, start = folder.name.partition("-")
        if pid.isdigit() and kernel.started(int(pid)) == int(start):
            found.append(files.read_json(folder / _ABOUT))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return found


def _folder(owner: int) -> Path:
    return paths.session(f"{owner}-{max(kernel.started(owner), 0)}")
