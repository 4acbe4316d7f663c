"""The PostgreSQL installations on this machine, and the choice for a requested version."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localenv.engines.native.kinds import installed
from localenv.engines.native.kinds.postgres.sources import SOURCES
from localenv.engines.native.kinds.sources import bringing
from localenv.errors import EngineError
from localenv.needs.versions import numbers
from localenv.stack import Need

_VERSION = re.compile(r"(?<=\(PostgreSQL\) )\d+[\w.]*")
_MAJOR = re.compile(r"(?:.*?(?:\bpg|postgres(?:ql)?)-?)?(\d+)")  # 2.17.2-pg16 starts with the version of something else
_APART = {"postgis": "postgis-3", "vector": "pgvector"}  # extensions in separate packages
_FAR = 1000  # an older version is further away than any newer one


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A folder with PostgreSQL's programs."""

    bin: Path
    major: int
    version: str
    source: str = ""  # the name of its source

    @property
    def extensions(self) -> Path | None:
        """The folder that lists its extensions."""
        inside = self.bin.parent / "share"
        shares = (inside, inside / "postgresql", inside / f"postgresql@{self.major}")
        debian = Path("/usr/share/postgresql", str(self.major))
        found = (share / "extension" for share in (*shares, debian))
        return next((folder for folder in found if (folder / "plpgsql.control").is_file()), None)

    def has(self, extension: str) -> bool:
        """Whether it has an extension."""
        return self.extensions is not None and (self.extensions / f"{extension}.control").is_file()


def fitting(need: Need, kept: int | None = None) -> Installation:
    """The nearest version with the required extensions, from the first source; `kept` is the version of kept data.

    Raises EngineError with what is installed, and what to install.
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
        raise EngineError(_lacking(need, there), hint=to_install(need))
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
    """The requested major version, from the version or the image tag; None if there is none."""
    _, _, name = str(need.image or "").partition("@")[0].rpartition("/")
    majors = (_MAJOR.match(text) for text in (need.version, name.partition(":")[2]))
    return next((int(found[1]) for found in majors if found), None)


@cache
def installations() -> tuple[Installation, ...]:
    """Every working installation, source by source."""
    return tuple(
        Installation(bin=server.parent, major=numbers(version)[0], version=version, source=source)
        for server, version, source in installed.versions(_servers(), "--version", pattern=_VERSION)
    )


def _servers() -> Mapping[Path, str]:
    """The servers with the names of their sources."""
    found: dict[Path, str] = {}
    for source in SOURCES:
        for folder in source.folders():
            if (folder / "initdb").exists():
                found.setdefault(folder.resolve() / "postgres", source.name)
    return found


def _distance(major: int, wanted: int | None) -> int:
    """Prefer newer versions: they are usually compatible with applications for older ones, unlike the reverse."""
    if wanted is None:
        return -major
    return major - wanted if major >= wanted else _FAR + wanted - major


def to_install(need: Need) -> str:
    """The packages with the requested version and extensions, and the alternative."""
    version = asked(need)
    packages = [f"pip install {one.name}" for one in bringing(SOURCES, version, need.extensions)]
    if need.extensions:
        packages = packages or [f"pip install {one.name}" for one in bringing(SOURCES, None, need.extensions)]
    special = [f"postgresql-{version or 'VERSION'}-{_APART[name]}" for name in need.extensions if name in _APART]
    contrib = "postgresql and postgresql-contrib" if need.extensions else f"postgresql-{version}"
    machine = f"install {', '.join(special) or contrib} on this machine"
    return ", or ".join([*packages, machine, "use --engine compose"])


def _lacking(need: Need, there: Sequence[Installation]) -> str:
    seen = ", ".join(dict.fromkeys(f"{one.version} of {one.source}" for one in there))
    wanted = [name for name in need.extensions if not any(one.has(name) for one in there)]
    if wanted:
        plural = "s" if len(wanted) > 1 else ""
        return f"{need.name}: no PostgreSQL here has the extension{plural} {', '.join(wanted)} (found: {seen})"
    return f"{need.name}: no PostgreSQL here has all of {', '.join(need.extensions)} (found: {seen})"
