"""The end of a test session, in the process that owns its environments."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from localenv import environment, state
from localenv.errors import LocalenvError
from localenv.pytest_plugin import artifacts, sharing, starting, strays
from localenv.pytest_plugin.settings import Settings, resolve

_KEPT = 3600.0  # seconds, in case nobody is there to end it


def finish(config: pytest.Config, *, failed: bool) -> list[str]:
    """Remove every environment of the session, or keep it as the settings say; what there is to tell."""
    shared = sharing.join(os.getpid(), config.rootpath)
    settings, told = resolve(config), []
    try:
        for identity, noted in shared.environments().items():
            seen = _last_look(identity, noted, settings, shared.known()) if noted.get("ready") else []
            told += [*_end(identity, noted, keep=_keeps(settings, noted, failed=failed)), *seen]
    finally:
        shared.leave()
    return told


def _keeps(settings: Settings, noted: Mapping[str, Any], *, failed: bool) -> bool:
    return bool(noted.get("ready")) and (settings.keep == "always" or (settings.keep == "failed" and failed))


def _end(identity: str, noted: Mapping[str, Any], *, keep: bool) -> list[str]:
    if noted.get("stays") and state.load(identity) is not None:
        return [f"{identity} stays up; `localenv down {identity}` removes it"]
    if keep:
        with suppress(LocalenvError):
            environment.release(identity, _KEPT)
        return [
            f"{identity} is kept for an hour: use it again with `pytest --localenv-attach {identity}`,",
            f"  end it with `localenv down {identity}`, prolong it with `localenv extend {identity} 1h`",
        ]
    try:
        environment.down(identity)
    except LocalenvError as error:
        return [f"{identity} could not be removed: {error.message}"]
    took = f" after {noted['seconds']:.1f} s of starting" if "seconds" in noted else ""
    return [f"{identity} ran{took}, and is removed"] if noted.get("ready") else []


def _last_look(identity: str, noted: Mapping[str, Any], settings: Settings, known: frozenset[str]) -> list[str]:
    """Collect artifacts, and what no stub matched; this must not keep anything from being removed."""
    with suppress(LocalenvError, OSError):
        found = environment.attach(starting.described(identity, workers=int(noted.get("workers", 1))))
        if settings.artifacts:
            artifacts.note_environment(found, Path(settings.artifacts))
        return strays.told(found, float(noted["since"]), known, settings.unmatched)
    return []
