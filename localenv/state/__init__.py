"""The records of environments on this machine."""

import json
import re
import secrets
import shutil
import string
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

from localenv import paths, redaction
from localenv.errors import LocalenvError
from localenv.host import files
from localenv.stack.states import EnvironmentState, ServiceState

VERSION = 1
LONGEST = 63  # of an identity: a DNS label; image tags and file names may be longer
_ALPHABET = string.ascii_letters + string.digits
_PASSWORD_LENGTH = 32  # what many frameworks ask of a secret at least
_HASH = 6  # characters
_IDENTITY = re.compile(r".+-[0-9a-f]{6}")


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The process that must remove the environment; `start` in clock ticks since `boot`, to detect a reused pid."""

    pid: int
    start: int
    boot: str
    is_command: bool = False  # `localenv up`, which exits cleanly on SIGTERM


@dataclass(frozen=True, kw_only=True)
class Lease:
    """When an environment expires: `until` in seconds since `boot`, independent of the clock."""

    until: float
    boot: str


@dataclass(frozen=True, kw_only=True)
class Stop:
    """That a service was stopped or paused on purpose: its `state` since then, who did it, in seconds of the epoch."""

    state: ServiceState
    by: str
    time: float


@dataclass(frozen=True, kw_only=True)
class Here:
    """A service that runs on this machine instead of in the engine: where each of its ports listens, by name.

    With an `owner`, it returns to the engine when that process ends.
    """

    ports: Mapping[str, int]
    time: float  # since when, in seconds of the epoch
    command: str = ""
    owner: Owner | None = None
    returns: bool = True  # it ran in the engine before


@dataclass(frozen=True, kw_only=True)
class Record:
    """The record of one environment; `components` and `jobs` hold digests of what was started and done.

    The digest of a job that has begun and did not complete is empty; `smoke` is that of checks that all passed.
    """

    identity: str
    name: str
    env: str
    folder: str  # the repository
    description: str
    engine: str
    is_named: bool = False  # by --name, else by its description
    endpoint: str = ""  # of the engine, if it can change
    version: int = VERSION
    state: EnvironmentState = EnvironmentState.STARTING
    generation: int = 0
    owner: Owner | None = None  # None: it was detached, and stays
    lease: Lease | None = None
    ports: Mapping[str, int] = field(default_factory=dict)
    components: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)
    builds: Mapping[str, str] = field(default_factory=dict)
    smoke: str = ""
    unready: tuple[str, ...] = ()  # services that were started and have not become ready since
    holders: Mapping[str, str] = field(default_factory=dict)  # what stores needs' data, once everything was ready
    runs: Mapping[str, str] = field(default_factory=dict)  # run ids of needs that had data in memory then
    services: tuple[str, ...] = ()  # the running services
    finishing: tuple[str, ...] = ()  # those that are ready when they have exited with 0
    stopped: Mapping[str, Stop] = field(default_factory=dict)  # services that do not run on purpose
    here: Mapping[str, Here] = field(default_factory=dict)  # services that run on this machine
    keeps: tuple[str, ...] = ()  # needs whose data outlives the environment
    profiles: tuple[str, ...] = ()
    detail: str = ""

    def but(self, **changes: Any) -> Self:
        """A copy with some values changed."""
        return replace(self, **changes)


def identity(name: str, env: str, folder: Path) -> str:
    """`<name>-<env>-<short hash of the real path of the checkout>`; also the name of the Compose project.

    An identity longer than 63 characters is truncated before the hash.
    """
    readable, document = f"{name}-{env}", str(folder.resolve())
    if len(readable) > LONGEST - _HASH - 1 or "-" in env:  # name and env would be ambiguous otherwise
        document = f"{name}\0{env}\0{document}"
    short = sha256(document.encode(errors="surrogateescape")).hexdigest()[:_HASH]
    return f"{readable[: LONGEST - _HASH - 1].rstrip('-_')}-{short}"


def is_identity(text: str) -> bool:
    """Whether a text has the form of an identity."""
    return _IDENTITY.fullmatch(text) is not None


def load(name: str) -> Record | None:
    """The record of an environment, None if there is none; raises LocalenvError for a newer version's."""
    try:
        document = json.loads(paths.record(name).read_text())
        if document.get("version", 0) <= VERSION:
            return _record(document)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, LookupError, AttributeError):
        return None  # not written by localenv; the engine still knows what exists
    raise LocalenvError(f"{name} was started by a newer localenv", hint="update localenv")


def is_recorded(name: str) -> bool:
    """Whether there is a record of an environment, readable or not."""
    return paths.record(name).exists()


def _record(document: dict[str, Any]) -> Record:
    owner, lease = document.get("owner"), document.get("lease")
    document = {
        **_members(Record, document),
        "state": EnvironmentState(document["state"]),
        "owner": Owner(**_members(Owner, owner)) if owner else None,
        "lease": Lease(**_members(Lease, lease)) if lease else None,
        "stopped": {name: _stop(one) for name, one in document.get("stopped", {}).items()},
        "here": {name: _here(one) for name, one in document.get("here", {}).items()},
        **{name: tuple(document.get(name, ())) for name in ("unready", "services", "finishing", "keeps", "profiles")},
    }
    return Record(**document)


def _here(document: dict[str, Any]) -> Here:
    owner = document.get("owner")
    return Here(**_members(Here, document) | {"owner": Owner(**_members(Owner, owner)) if owner else None})


def _stop(document: dict[str, Any]) -> Stop:
    return Stop(**_members(Stop, document) | {"state": ServiceState(document["state"])})


def _members(kind: type[Record | Owner | Lease | Stop | Here], document: dict[str, Any]) -> dict[str, Any]:
    return {member.name: document[member.name] for member in fields(kind) if member.name in document}


def save(record: Record) -> None:
    """Write the record atomically; it contains no secrets."""
    document = asdict(record.but(detail=redaction.redacted(record.detail)))
    files.write(paths.record(record.identity), json.dumps(document, indent=1))


def forget(name: str, *, but: Iterable[Callable[[Path], Path]] = ()) -> None:
    """Remove all state of an environment, except some files that are still needed, named as in `paths`."""
    folder = paths.state(name, make=False)
    of_use = {file(folder) for file in but}
    if not of_use:
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.is_dir():
        for left in folder.iterdir():
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            elif left not in of_use:
                left.unlink(missing_ok=True)


def known() -> list[Record]:
    """Every environment recorded on this machine, in order of identity, except those of a newer localenv."""
    found: list[Record] = []
    for name in paths.states():
        with suppress(LocalenvError):
            if record := load(name):
                found.append(record)
    return found


def passwords(name: str, targets: list[str]) -> dict[str, str]:
    """A random password for each target, letters and digits, constant during the life of the environment."""
    kept = files.read_json(paths.passwords(name))
    found = {target: kept.get(target) or random_password() for target in targets}
    if found != kept:
        files.write(paths.passwords(name), json.dumps(kept | found))
    return found


def random_password() -> str:
    """A random password of letters and digits, which never needs quoting."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))
