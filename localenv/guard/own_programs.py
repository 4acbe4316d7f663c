"""Programs of localenv itself that run with an environment, under its guard, on every engine."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from localenv import paths
from localenv.guard import client, where

_ROLE = "background"  # not shown; they end first
_PACKAGE = Path(__file__).resolve().parents[2]


def real(upstream: str) -> str:
    """The name of the program that forwards to the real server of an upstream."""
    return f".real.{upstream}"


def start(identity: str, name: str, module: str, *arguments: str, environment: Mapping[str, str]) -> None:
    """Start a module of localenv as a program, unless one of this name runs; it ends with the environment."""
    spec = {
        "name": name,
        "role": _ROLE,
        "argv": [sys.executable, "-P", "-m", f"localenv.{module}", *arguments],
        "environment": {"PYTHONPATH": str(_PACKAGE), where.MARK: f"{identity}/{name}", **environment},
        "folder": "/",
        "log": str(paths.log(identity, name)),
        "group": f"localenv.{identity}.{name}",
        "mark": identity,
    }
    with suppress(client.NoGuard, client.RequestRefused):
        client.ask(paths.state(identity, make=False), "spawn", spec=spec)


def stop(identity: str, name: str) -> None:
    """End such a program, if it runs."""
    with suppress(client.NoGuard, client.RequestRefused):
        client.ask(paths.state(identity, make=False), "stop", names=[name], forget=True)


def is_running(identity: str, name: str) -> bool:
    """Whether such a program runs."""
    with suppress(client.NoGuard, client.RequestRefused):
        children = client.ask(paths.state(identity, make=False), "list")["children"]
        return any(one["name"] == name and not one["gone"] for one in children)
    return False
