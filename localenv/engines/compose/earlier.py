"""Earlier versions of mounted files in a container: mounts over them, in a Compose file of their own."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from localenv import paths
from localenv.engines import Deployment
from localenv.host import files
from localenv.paths import compose_files


def write(deployment: Deployment, name: str, mounts: Iterable[Mapping[str, Any]], instead: Mapping[Path, Path]) -> bool:
    """Write what a service is to see `instead` of files in its mounts; returns whether that needs another container."""
    mounts, file = list(mounts), compose_files.earlier(deployment.folder)
    kept = paths.watched(deployment.identity, name)
    volumes = [_volume(copy, where) for path, copy in instead.items() if (where := _inside(path, mounts))]
    services = _services(file)
    services.pop(name, None)
    if volumes:
        services[name] = {"volumes": volumes}
    if services:
        files.write(file, json.dumps({"services": services}))
    else:
        file.unlink(missing_ok=True)
    return bool(volumes) or any(Path(one.get("Source", "")).is_relative_to(kept) for one in mounts)


def clear(folder: Path) -> None:
    """Forget earlier files: what is started from now on has the ones that are mounted."""
    compose_files.earlier(folder).unlink(missing_ok=True)


def _services(file: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, KeyError, AttributeError):
        return dict(json.loads(file.read_text())["services"])
    return {}


def _inside(path: Path, mounts: Iterable[Mapping[str, Any]]) -> str:
    """The path of a file in the container; empty if it is not mounted."""
    binds = [(Path(one["Source"]), one["Destination"]) for one in mounts if one.get("Type") == "bind"]
    found = [(source, target) for source, target in binds if path.is_relative_to(source)]
    if not found:
        return ""
    source, target = max(found, key=lambda one: len(one[0].parts))
    return str(target) if path == source else str(PurePosixPath(target) / path.relative_to(source).as_posix())


def _volume(copy: Path, where: str) -> dict[str, Any]:
    source, target = (text.replace("$", "$$") for text in (str(copy), where))
    return {"type": "bind", "source": source, "target": target, "read_only": True}
