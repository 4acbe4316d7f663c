"""The end of a test session, in the process that owns its environments."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from localenv import environment, state
from localenv.environment import Environment
from localenv.errors import LocalenvError
from localenv.pytest_plugin import artifacts, sharing, starting
from localenv.pytest_plugin.settings import Settings, resolve


def finish(config: pytest.Config, *, failed: bool) -> list[str]:
    """Remove every environment of the session, or keep it as the settings say; what there is to tell."""
    shared = sharing.join(os.getpid(), config.rootpath)
    settings, told = resolve(config), []
    try:
        for identity, noted in shared.environments().items():
            if noted.get("ready") and settings.artifacts:
                _collect(identity, noted, settings)
            told += _end(identity, noted, keep=_keeps(settings, noted, failed=failed))
    finally:
        shared.leave()
    return told


def _keeps(settings: Settings, noted: Mapping[str, Any], *, failed: bool) -> bool:
    return bool(noted.get("ready")) and (settings.keep == "always" or (settings.keep == "failed" and failed))


def _end(identity: str, noted: Mapping[str, Any], *, keep: bool) -> list[str]:
    if noted.get("stays") and state.load(identity) is not None:
        _release(identity)
        return [f"{identity} stays up; `localenv down {identity}` removes it"]
    if keep:
        _release(identity)
        return [
            f"{identity} is kept: use it again with `pytest --localenv-attach {identity}`,",
            f"  and remove it with `localenv down {identity}`",
        ]
    try:
        environment.down(identity)
    except LocalenvError as error:
        return [f"{identity} could not be removed: {error.message}"]
    took = f" after {noted['seconds']:.1f} s of starting" if "seconds" in noted else ""
    return [f"{identity} ran{took}, and is removed"] if noted.get("ready") else []


def _release(identity: str) -> None:
    with suppress(LocalenvError):
        environment.release(identity)


def _collect(identity: str, noted: Mapping[str, Any], settings: Settings) -> None:
    with suppress(LocalenvError, OSError):  # a look for later must not keep anything from being removed
        artifacts.note_environment(_found(identity, noted), Path(settings.artifacts))


def _found(identity: str, noted: Mapping[str, Any]) -> Environment:
    return environment.attach(starting.described(identity, workers=int(noted.get("workers", 1))))
