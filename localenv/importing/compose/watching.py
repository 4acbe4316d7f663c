"""Compose's `develop.watch`: what is done while files of a service change."""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.importing import Checkout
from localenv.importing.compose.texts import listed, mapped, text
from localenv.importing.sketch import Sketch

_ACTIONS = ("sync", "restart", "rebuild", "sync+restart", "sync+exec")


def written(name: str, develop: Mapping[str, Any], sketch: Sketch, place: Checkout) -> Iterator[dict[str, Any]]:
    """The entries under `watch:`; what cannot be watched is named."""
    for said in listed(develop.get("watch")):
        one = mapped(said)
        path, action, target = Path(str(one.get("path", ""))), text(one.get("action")), text(one.get("target"))
        shown = os.path.relpath(path, place.home)
        if action not in _ACTIONS or (action.startswith("sync") and not target):
            sketch.leave_out(f"{name}: develop.watch of {shown}", f"the action '{action}'")
        elif not path.exists() or not path.resolve().is_relative_to(place.repository.resolve()):
            sketch.leave_out(f"{name}: develop.watch of {shown}", "it is not in the repository")
        else:
            yield {"path": os.path.relpath(path, place.envs), "action": action, **_more(one, action, target)}


def _more(one: Mapping[str, Any], action: str, target: str) -> dict[str, Any]:
    found: dict[str, Any] = {"target": target} if action.startswith("sync") else {}
    found |= {key: [text(item) for item in listed(one[key])] for key in ("ignore", "include") if one.get(key)}
    if action == "sync+exec":
        command = mapped(one.get("exec")).get("command", "")
        found["exec"] = shlex.join(map(text, command)) if isinstance(command, list) else text(command)
    return found
