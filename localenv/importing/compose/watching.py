"""Compose's `develop.watch`: what is done while files of a service change."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.host import contained
from localenv.importing import Checkout
from localenv.importing.compose import commands
from localenv.importing.compose.files import Project
from localenv.importing.compose.merging import assignments
from localenv.importing.compose.texts import listed, mapped, text
from localenv.importing.sketch import Sketch
from localenv.stack import permissions

_ACTIONS = ("sync", "restart", "rebuild", "sync+restart", "sync+exec")


def written(
    name: str, develop: Mapping[str, Any], sketch: Sketch, place: Checkout, project: Project
) -> Iterator[dict[str, Any]]:
    """The entries under `watch:`; what cannot be watched is named."""
    for given in listed(develop.get("watch")):
        one = mapped(given)
        path, action, target = Path(str(one.get("path", ""))), text(one.get("action")), text(one.get("target"))
        shown = os.path.relpath(path, place.home)
        if action not in _ACTIONS or (action.startswith("sync") and not target):
            sketch.leave_out(f"{name}: develop.watch of {shown}", f"the action '{action}'")
        elif not path.exists() or not contained.is_within(path, [place.repository]):
            sketch.leave_out(f"{name}: develop.watch of {shown}", "it is not in the repository")
        else:
            if text(mapped(one.get("exec")).get("privileged")) == "true":
                sketch.leave_out(f"{name}: develop.watch.exec.privileged", permissions.reason("privileged"))
            yield {"path": os.path.relpath(path, place.envs), "action": action, **_more(one, action, target, project)}


def _more(one: Mapping[str, Any], action: str, target: str, project: Project) -> dict[str, Any]:
    found: dict[str, Any] = {"target": target} if action.startswith("sync") else {}
    found |= {key: [text(item) for item in listed(one[key])] for key in ("ignore", "include") if one.get(key)}
    if text(one.get("initial_sync", one.get("x-initialSync"))) == "true":
        found["initial_sync"] = True
    if action == "sync+exec":
        found["exec"] = _exec(mapped(one.get("exec")), project)
    return found


def _exec(given: Mapping[str, Any], project: Project) -> dict[str, Any]:
    """The command as it stands in a description, where values are fixed."""
    words = commands.words(given.get("command"), project.atoms)
    found: dict[str, Any] = {"command": [project.atoms.plain(word) for word in words]}
    found |= {key: value for key in ("user", "working_dir") if (value := project.plain(given.get(key)))}
    if variables := assignments(given.get("environment")):
        found["environment"] = {key: project.plain(value) for key, value in variables.items()}
    return found
