"""Resolve paths a last time, right before Docker uses them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localenv.errors import NotReadyError
from localenv.host import contained, files
from localenv.paths import compose_files
from localenv.stack import Stack


def check(stack: Stack) -> None:
    """Raise NotReadyError for a path that resolves differently than when it was checked."""
    _check(stack.leads)


def record(folder: Path, stack: Stack) -> None:
    """Save where the paths of a stack lead to, beside its Compose file."""
    files.write(compose_files.leads(folder), json.dumps({"folder": str(stack.folder), "leads": dict(stack.leads)}))


def check_container(folder: Path, details: Mapping[str, Any]) -> None:
    """The same as `check` for what an existing container mounts; `folder` is that of `record`."""
    known = files.read_json(compose_files.leads(folder))
    leads, repository = known.get("leads", {}), os.path.realpath(known.get("folder", "/"))
    sources = [one["Source"] for one in details["Mounts"] if one["Type"] == "bind"]
    own = {path: leads[path] for path in sources if path in leads}
    rest = [path for path in sources if path not in leads and Path(path).is_relative_to(repository)]
    _check(own | {path: path for path in rest})


def _check(leads: Mapping[str, str]) -> None:
    if moved := contained.moved(leads):
        path, checked, now = moved
        raise NotReadyError(
            f"{path} led to {checked} when it was checked, and now leads to {now}",
            hint="something that runs has replaced it; nothing more was started",
        )
