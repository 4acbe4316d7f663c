"""Mounts of a service: folders of the repository and volumes stay, what is elsewhere is named."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.description.names import fitted
from localenv.host import contained
from localenv.importing import Checkout
from localenv.importing.sketch import Sketch
from localenv.stack import permissions


def written(name: str, volumes: list[dict[str, Any]], sketch: Sketch, place: Checkout) -> Iterator[Any]:
    """The mounts as they stand under `compose:`."""
    for volume in volumes:
        kind, target = volume.get("type", "volume"), str(volume.get("target", ""))
        if not target or kind not in permissions.MOUNTS:
            sketch.leave_out(f"{name}: volume of type {kind} at {target}", "no counterpart")
        elif kind == "bind":
            yield from _bound(name, volume, target, sketch, place)
        elif kind == "volume":
            yield _named(volume, target)
        else:
            yield {
                key: value for key, value in volume.items() if key in ("type", "source", "target", "tmpfs", "read_only")
            }


def _bound(name: str, volume: Mapping[str, Any], target: str, sketch: Sketch, place: Checkout) -> Iterator[Any]:
    source = Path(os.path.normpath(str(volume["source"])))
    mode = ":ro" if volume.get("read_only") else ""
    if permissions.leads_to_docker(source) and not source.is_dir():
        sketch.leave_out(f"{name}: the socket of Docker at {target}", "it gives the container this machine's root")
    elif not contained.is_within(source, [place.repository]):
        sketch.leave_out(f"{name}: {_home(source)} at {target}", "it is outside the repository")
    elif source.exists():
        shown = os.path.relpath(source, place.envs)
        plain = ":" not in shown and ":" not in target
        bound = {"type": "bind", "source": shown, "target": target, "read_only": bool(mode)}
        yield f"{shown if shown.startswith('.') else './' + shown}:{target}{mode}" if plain else bound
    elif re.search(r"^(?!\.).*\.\w{1,5}$|^\.env\b", source.name):
        shown = os.path.relpath(source, place.home)
        sketch.leave_out(f"{name}: {shown} at {target}", "the file does not exist")
    else:
        own = fitted(f"{name}-{source.name}") or f"{name}-data"
        shown = os.path.relpath(source, place.home)
        sketch.comment(f"{shown} does not exist: a volume instead", "services", name, "compose", "volumes")
        yield f"{own}:{target}{mode}"


def _named(volume: Mapping[str, Any], target: str) -> Any:
    source = volume.get("source")
    if not source:
        return target
    name = re.sub(r"[^a-zA-Z0-9_.-]", "-", str(source))
    return f"{name}:{target}{':ro' if volume.get('read_only') else ''}"


def _home(path: Path) -> str:
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)
