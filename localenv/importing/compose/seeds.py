"""Files that a database's image reads when it starts anew: they become seeds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localenv.host import contained
from localenv.importing import Checkout
from localenv.importing.compose.files import Project
from localenv.importing.sketch import Sketch
from localenv.needs import files
from localenv.needs.kinds import KINDS

if TYPE_CHECKING:
    from localenv.importing.compose.needs import NeedSource

_INIT = ("/docker-entrypoint-initdb.d", "/docker-entrypoint-preinitdb.d", "/always-initdb.d")
_DATA = (
    "/var/lib/postgresql", "/bitnami", "/var/lib/mysql", "/data", "/var/lib/rabbitmq", "/var/lib/redis", "/pgdata",
    "/home/postgres", "/config", "/var/lib/valkey", "/nats", "/var/log",
)  # fmt: skip
_MAKES_DATABASES = "MULTIPLE_D"  # a script that is known by its variable


def write(source: "NeedSource", project: Project, sketch: Sketch, need: dict[str, Any], place: Checkout) -> None:
    """Write the seeds of a need, and name the mounts that it does not take."""
    own = source.own_files.targets
    found: list[tuple[str, Path]] = [(Path(target).name, file) for file, target in source.copies if target not in own]
    for volume in source.service.get("volumes") or ():
        target, file = str(volume.get("target", "")), volume.get("source")
        if any(one == target or one.startswith(f"{target.rstrip('/')}/") for one in own):
            continue
        if volume.get("type") == "bind" and target.startswith(_INIT):
            found += _files(Path(str(file)), target)
            if not Path(str(file)).exists():
                sketch.leave_out(f"{source.original}: {os.path.relpath(str(file), place.home)}", "it does not exist")
        elif target.startswith(_DATA):
            sketch.comment("its data is removed with the environment; to keep it: keep: true", "needs", source.name)
        elif volume.get("type") != "tmpfs":
            shown = os.path.relpath(file, place.home) if volume.get("type") == "bind" and file else file or ""
            sketch.leave_out(f"{source.original}: volume {shown}:{target}".replace(" :", " "), "a need mounts nothing")
    steps = list(_steps(source, sorted(found, key=lambda one: one[0]), sketch, place))
    if steps:
        need["seed"] = steps


def _files(path: Path, target: str) -> Iterator[tuple[str, Path]]:
    """The files of a mount, by the name that orders them."""
    if path.is_dir():
        yield from ((file.name, file) for file in sorted(path.iterdir()) if file.is_file())
    elif path.is_file():
        yield Path(target).name, path


def _steps(source: "NeedSource", found: list[tuple[str, Path]], sketch: Sketch, place: Checkout) -> Iterator[Any]:
    for _, file in found:
        shown = Path(os.path.relpath(file, place.envs)).as_posix()
        if not contained.is_within(file, [place.repository]):
            sketch.leave_out(f"{source.original}: {file}", "it is outside the repository")
        elif file.suffix == ".sh":
            if any(_MAKES_DATABASES in name for name in source.variables):
                continue
            yield {"command": ["bash", shown], "service": source.name, "environment": dict(_variables(source))}
        elif KINDS[source.kind].sql and files.ending(file) == files.SQL:
            yield shown
        else:
            sketch.leave_out(f"{source.original}: {file.name}", "it cannot be loaded")


def _variables(source: "NeedSource") -> Iterator[tuple[str, str]]:
    """What such a script finds in its environment."""
    prefix = {"postgres": "POSTGRES", "mysql": "MYSQL", "mariadb": "MARIADB"}.get(source.kind, "")
    names = {"USER": "user", "PASSWORD": "password", "DB" if prefix == "POSTGRES" else "DATABASE": "database"}
    if prefix != "POSTGRES":
        names["ROOT_PASSWORD"] = "password"  # noqa: S105 - an attribute
    yield from ((f"{prefix}_{name}", f"${{{source.name}.{attribute}}}") for name, attribute in names.items())
