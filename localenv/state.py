"""What is recorded of an environment on this machine, and the lock that its transitions hold."""

import fcntl
import json
import os
import secrets
import shutil
import string
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from localenv import paths
from localenv.errors import LocalenvError

VERSION = 1
_ALPHABET = string.ascii_letters + string.digits
_PASSWORD_LENGTH = 24


class Life(StrEnum):
    """How far an environment has come."""

    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The process that owes the teardown; `start` in clock ticks since `boot`, so that a reused pid is told apart."""

    pid: int
    start: int
    boot: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """One environment as written down; `components` and `jobs` hold the digest of what was started and done."""

    identity: str
    name: str
    env: str
    folder: str  # the repository
    description: str
    engine: str
    version: int = VERSION
    state: Life = Life.STARTING
    generation: int = 0
    owner: Owner | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)
    builds: Mapping[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()  # needs whose data outlives the environment
    profiles: tuple[str, ...] = ()
    detail: str = ""

    def but(self, **changes: Any) -> Self:
        """The record with some values changed."""
        return replace(self, **changes)


def identity(name: str, env: str, folder: Path) -> str:
    """`<name>-<env>-<short hash of the real path of the checkout>`; also the name of the Compose project."""
    return f"{name}-{env}-{sha256(str(folder.resolve()).encode(errors='surrogateescape')).hexdigest()[:6]}"


def load(name: str) -> Record | None:
    """The record of an environment, None where there is none; raises LocalenvError for a newer version's."""
    try:
        document = json.loads((paths.state(name) / "state.json").read_text())
    except FileNotFoundError:
        return None
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None  # cannot come from us, who replace the file whole; the engine still knows what exists
    if document.get("version", 0) > VERSION:
        raise LocalenvError(f"{name} was started by a newer localenv", hint="update localenv, or use the newer one")
    known = {member.name for member in fields(Record)}
    owner = document.pop("owner", None)
    document = {key: value for key, value in document.items() if key in known}
    return Record(
        **{
            **document,
            "state": Life(document["state"]),
            "owner": Owner(**owner) if owner else None,
            "profiles": tuple(document.get("profiles", ())),
            "keeps": tuple(document.get("keeps", ())),
        }
    )


def save(record: Record) -> None:
    """Write the record whole, or leave the old one."""
    write(paths.state(record.identity) / "state.json", json.dumps(asdict(record), indent=1))


def forget(name: str) -> None:
    """Remove all that is recorded of an environment."""
    shutil.rmtree(paths.state(name), ignore_errors=True)


def known() -> list[Record]:
    """Every environment recorded on this machine, in order of identity."""
    return [record for record in map(load, sorted(paths.states())) if record is not None]


def passwords(name: str, targets: list[str]) -> dict[str, str]:
    """A random password for each target, letters and digits, the same as long as the environment lives."""
    kept = private(name, "passwords.json")
    found = {target: kept.get(target) or random_password() for target in targets}
    if found != kept:
        write(paths.state(name) / "passwords.json", json.dumps(kept | found))
    return found


def private(name: str, file: str) -> dict[str, str]:
    """A private file of texts, empty where there is none."""
    with suppress(FileNotFoundError, json.JSONDecodeError):
        found: dict[str, str] = json.loads((paths.state(name) / file).read_text())
        return found
    return {}


def write(file: Path, text: str) -> None:
    """Replace a file at once, readable by its user alone; an old one stays whole if this fails."""
    write_bytes(file, text.encode(errors="surrogateescape"))


def write_bytes(file: Path, content: bytes) -> None:
    """As `write`."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Hold the environment's lock; the kernel lets go of it when its holder dies, so it never goes stale."""
    folder = paths.locks()
    with (folder / f"{name}.lock").open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def random_password() -> str:
    """Letters and digits, so that it stands anywhere unquoted."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))
