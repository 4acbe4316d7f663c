"""What a container prepares once for others that run the same image in the same way, and its archive in the cache."""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localenv.host import files
from localenv.paths import caches

PREPARATION = "LOCALENV_PREPARATION"  # the variable with a task for `program.py`


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """A file or folder of a container, and the container that prepares it."""

    archive: Path  # in the cache
    path: str  # in a container
    is_folder: bool = False  # with many files
    image: str
    about: str  # the content, for a person
    environment: Mapping[str, str] = field(repr=False)
    entrypoint: Sequence[str]  # writes it, and exits
    finish: Callable[[bytes], bytes] = field(default=bytes, repr=False)  # the archive for one container; empty: none

    @property
    def is_decided(self) -> bool:
        """Whether it was prepared, or that has failed."""
        return self.archive.exists() or caches.failed(self.archive).exists()

    @property
    def asked(self) -> dict[str, Any]:
        """The task for the program that prepares it, as JSON has it."""
        container = {
            "image": self.image,
            "environment": dict(self.environment),
            "entrypoint": list(self.entrypoint),
            "command": [],
        }
        return {"archive": str(self.archive), "path": self.path, "about": self.about, "container": container}


def keep(archive: Path, about: str, content: bytes) -> None:
    """Write an archive, with its checksum and what it is about beside it."""
    files.write(caches.about(archive), about)
    files.write(caches.whole(archive), _checksum(content))
    files.write_bytes(archive, content)


def undamaged(archive: Path) -> bytes:
    """The content of an archive; empty if it does not exist, or is damaged and therefore removed."""
    with suppress(FileNotFoundError):  # it is not there, or is just being removed
        content = archive.read_bytes()
        if _is_whole(archive, content):
            archive.touch()  # marks it as used
            return content
        remove(archive)
    return b""


def _is_whole(archive: Path, content: bytes) -> bool:
    try:
        return caches.whole(archive).read_text() == _checksum(content)
    except (OSError, ValueError):
        return False


def _checksum(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"


def entries() -> list[Path]:
    """The archives in the cache."""
    return [one for one in caches.entries(caches.prepared()) if one.suffix == ".tar"]


def remove(archive: Path) -> bool:
    """Remove an archive; returns whether it existed."""
    for beside in (caches.about(archive), caches.failed(archive), caches.whole(archive), caches.lock(archive)):
        beside.unlink(missing_ok=True)
    try:
        archive.unlink()
    except FileNotFoundError:
        return False
    return True


def by_use(found: Iterable[Path]) -> list[Path]:
    """Files, the last used first."""
    times = {}
    for one in found:
        with suppress(FileNotFoundError):
            times[one] = one.stat().st_mtime
    return sorted(times, key=lambda one: times[one], reverse=True)
