"""A package that a service lacks without Docker, because no step of its `native.setup` installs it."""

import re
from pathlib import Path

from localenv.engines import Engine
from localenv.stack import Service

_MISSING = re.compile(
    r"ModuleNotFoundError: No module named|ERR_MODULE_NOT_FOUND|Cannot find (?:module|package) '(?![./])"
    r"|Bundler::GemNotFound|cannot load such file -- (?![./])"
)
_INSTALLED_BY = {
    "package-lock.json": "npm ci",
    "package.json": "npm install",
    "requirements.txt": "pip install -r requirements.txt",
    "pyproject.toml": "pip install .",
    "Gemfile": "bundle install",
}


def hint(engine: Engine, service: Service, reason: str) -> str:
    """What to write so that the package is there; empty if the reason is another, or a step installs packages."""
    if not _MISSING.search(reason) or engine.copies is not None or (service.native and service.native.setup):
        return ""
    command = _command(service.folder)
    at = f" ({service.at})" if service.at else ""
    return f"without Docker its packages are installed by `native: {{setup: [{command}]}}`{at}" if command else ""


def _command(folder: Path) -> str:
    return next((command for name, command in _INSTALLED_BY.items() if (folder / name).is_file()), "")
