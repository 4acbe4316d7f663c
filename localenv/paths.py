"""Where localenv's own files are: templates, state, caches and the user's settings."""

import os
from collections.abc import Mapping
from pathlib import Path

OVERLAYS = "envs/templates"  # where a repository lays its own fragments over the built-in templates

_PACKAGE = Path(__file__).resolve().parent


def templates() -> Path:
    """The folder of the built-in templates."""
    # a wheel has it inside; only then is what lies beside the package a stranger's
    inside = _PACKAGE / "_templates"
    return inside if inside.is_dir() else _PACKAGE.parent / "templates"


def state(identity: str, *, make: bool = True) -> Path:
    """The private folder of one environment's state, made where it is missing; raises ValueError for no identity."""
    if not identity or identity.startswith(".") or "/" in identity or "\0" in identity:
        raise ValueError(f"{identity!r} is not the identity of an environment")
    return _private(_states() / identity) if make else _states() / identity


def snapshots(identity: str) -> Path:
    """The folder of what needs held once they were seeded, those of each in a folder of its name; it need not exist."""
    return state(identity, make=False) / "seeded"


def states() -> tuple[str, ...]:
    """The identities that have a folder of state on this machine, in order."""
    try:
        found = [entry.name for entry in _states().iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return ()
    return tuple(sorted(found))


def locks() -> Path:
    """The private folder of this machine's locks, made where it is missing; it outlives every environment."""
    return _private(_states() / ".locks")


def locked() -> tuple[str, ...]:
    """The identities that have a lock, held or not, in order."""
    return tuple(sorted(file.stem for file in (_states() / ".locks").glob("[!.]*.lock")))


def sessions() -> Path:
    """The folder of what processes of a test session share; it need not exist."""
    return _states() / ".sessions"


def reports() -> Path:
    """The private folder of what is written down about bugs, made where it is missing."""
    return _private(_states() / ".reports")


def cache() -> Path:
    """The private folder of what can be made again, made where it is missing."""
    return _private(_home("XDG_CACHE_HOME", ".cache") / "localenv")


def config() -> Path:
    """The user's settings, a file that need not exist."""
    return _home("XDG_CONFIG_HOME", ".config") / "localenv" / "config.yaml"


def movable() -> Mapping[Path, str]:
    """The folders that localenv writes in, each with the variable that names another place for it."""
    homes = {"XDG_STATE_HOME": ".local/state", "XDG_CACHE_HOME": ".cache"}
    return {_home(variable, default) / "localenv": variable for variable, default in homes.items()}


def _states() -> Path:
    return _home("XDG_STATE_HOME", ".local/state") / "localenv"


def _home(variable: str, default: str) -> Path:
    told = Path(os.environ.get(variable, ""))
    return told if told.is_absolute() else Path.home() / default  # a relative one must be ignored, says its standard


def _private(folder: Path) -> Path:
    if folder.is_dir():  # an older, wider one belongs to whoever made it so
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
