"""Cache files: prepared folders, empty databases, WireMock's jar and its archives, digests."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from localenv import state
from localenv.engines import Cached
from localenv.engines.native import folders, rooms
from localenv.engines.native.kinds import NEEDS
from localenv.engines.native.place import NAME
from localenv.host import locks
from localenv.paths import caches
from localenv.stack.states import EnvironmentState

_WHOLE = (caches.pycache, caches.versions, caches.digests, caches.contracts, caches.builds)
_RUN_FROM = (caches.setups, caches.wiremock, caches.pycache)  # programs run from these; environments copy the others
_ABOUT = {  # descriptions of entries without a recorded one
    "wiremock": "WireMock, and its classes ready for a Java",
    "pycache": "compiled Python",
    "versions": "the versions that programs reported",
    "digests": "digests of files",
    "setups": "a prepared folder",
    "contracts": "prepared contracts",
    "builds": "the output of failed builds",
}
_UNFINISHED = ("*.making", ".making-*", ".fetching-*", ".removing-*", ".*.new")  # perhaps left by a killed process
_UNREADY = "unfinished, is made again when needed"
_ROOMS = (".making-", ".fetching-", ".removing-")
_LONGEST = 3600.0  # seconds that creating an entry may take


def cached() -> Iterator[Cached]:
    """Every entry, by its path in the cache; one that programs run from is in use while any environment exists.

    Includes incomplete entries of interrupted processes.
    """
    states = {record.state for record in state.known() if record.engine == NAME}
    for path in _everything():
        kind, name = path.relative_to(caches.folder()).parts[0], str(path.relative_to(caches.folder()))
        in_use = EnvironmentState.STARTING in states or (
            any(path.is_relative_to(each()) for each in _RUN_FROM) and bool(states - {EnvironmentState.STOPPED})
        )
        about = folders.description(path) or _of_original(path) or _ABOUT.get(kind, "")
        yield Cached(kind=kind, name=name, size=_size(path), used=_used(path), in_use=in_use, about=about)
    for path in _unfinished():
        with suppress(FileNotFoundError):
            kind, name = path.relative_to(caches.folder()).parts[0], str(path.relative_to(caches.folder()))
            in_use = _is_being_made(path)
            yield Cached(kind=kind, name=name, size=_size(path), used=_used(path), in_use=in_use, about=_UNREADY)


def remove(one: Cached) -> bool:
    """Remove an entry atomically."""
    folder = caches.folder() / one.name
    with folders.room(caches.folder(), ".removing-") as room:
        try:
            folder.rename(room / "it")
        except FileNotFoundError:
            return False
    folders.remove_description(folder)
    return True


def sweep() -> None:
    """Remove what killed processes have left unfinished."""
    for path in [one for one in _unfinished() if not _is_half_prepared(one)]:
        with suppress(FileNotFoundError):
            if not _is_being_made(path):
                folders.remove(path)
                path.unlink(missing_ok=True)


def _each() -> tuple[Path, ...]:
    """The folders with independent entries."""
    return (caches.setups(), caches.wiremock(), *map(caches.databases, NEEDS))


def _everything() -> Iterator[Path]:
    for folder in _each():
        yield from (one for one in caches.entries(folder) if not _is_half_prepared(one))
    yield from (folder for one in _WHOLE if (folder := one()).is_dir())


def _of_original(path: Path) -> str:
    """What a spare copy holds; empty for anything else."""
    found = folders.description(path.with_suffix("")) if path == caches.spare(path) else ""
    return f"a spare copy: {found}" if found else ""


def _unfinished() -> Iterator[Path]:
    for folder in _each():
        for pattern in _UNFINISHED:
            yield from sorted(folder.glob(pattern))
    yield from filter(_is_half_prepared, sorted(caches.setups().glob("[!.]*")))
    yield from caches.folder().glob(".removing-*")


def _is_half_prepared(path: Path) -> bool:
    """Whether it is a service's folder with an incomplete `native.setup`."""
    return path.parent == caches.setups() and path.is_dir() and not rooms.is_whole(path)


def _is_being_made(path: Path) -> bool:
    """Whether an entry is in progress: by its lock, if it has one, else by its age."""
    if path.name.startswith(_ROOMS):
        return folders.is_in_use(path)
    if path.suffix != ".making" and not _is_half_prepared(path):
        return path.stat().st_mtime > time.time() - _LONGEST
    return locks.is_held(caches.lock(path))


def _used(path: Path) -> float:
    """The last use; a jar keeps its own time, so its folder's time counts."""
    return max(one.stat().st_mtime for one in ([path, path.parent] if path.suffix == ".jar" else [path]))


def _size(path: Path) -> int:
    files = [Path(folder) / name for folder, _, names in os.walk(path) for name in names] or [path]
    return sum(file.lstat().st_size for file in files if file.is_symlink() or file.exists())
