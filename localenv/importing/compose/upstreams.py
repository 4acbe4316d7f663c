"""Services that become upstreams: those a person names, and WireMock with the root that it mounts."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localenv.importing import Checkout
from localenv.importing.sketch import Sketch
from localenv.importing.stub_roots import empty
from localenv.importing.targets import UPSTREAMS

_HOME = "/home/wiremock"


def root(service: Mapping[str, Any], place: Checkout) -> Path | None:
    """The folder that WireMock mounts as its root; None if there is none in the repository."""
    for volume in service.get("volumes") or ():
        target, source = str(volume.get("target", "")).rstrip("/"), Path(str(volume.get("source", "")))
        if volume.get("type") == "bind" and target in (_HOME, f"{_HOME}/mappings"):
            found = source if target == _HOME else source.parent
            is_within = found.resolve().is_relative_to(place.repository.resolve())
            if is_within and (found / "mappings").is_dir():
                return found
    return None


def write(name: str, stubs: Path | None, service: Mapping[str, Any], sketch: Sketch, place: Checkout) -> None:
    """Write the upstream, with an empty root where there is none yet."""
    if stubs is not None:
        sketch.section(UPSTREAMS)[name] = {"stubs": os.path.relpath(stubs, place.envs)}
        return
    sketch.section(UPSTREAMS)[name] = {"stubs": f"../stubs/{name}"}
    sketch.comment("no stubs yet: localenv status shows each request, with a stub to paste", UPSTREAMS, name)
    sketch.files |= empty(name)
    if service.get("volumes"):
        sketch.leave_out(f"{name}: volumes", "stubs answer in its place")
