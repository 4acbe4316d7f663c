"""The folders that hold all of localenv's own on this machine."""

import os
from pathlib import Path


def home(variable: str, default: str) -> Path:
    """A folder of the XDG standard: that of an environment variable, or the default below the home folder."""
    given = Path(os.environ.get(variable, ""))
    return given if given.is_absolute() else Path.home() / default  # per its standard, a relative path must be ignored


def states() -> Path:
    """The folder of the state of all environments; may not exist."""
    return home("XDG_STATE_HOME", ".local/state") / "localenv"


def caches() -> Path:
    """The folder of all caches; may not exist."""
    return home("XDG_CACHE_HOME", ".cache") / "localenv"


def private(folder: Path) -> Path:
    """Create a folder for this user alone; an existing one keeps its permissions."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder
