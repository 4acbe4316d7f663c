"""What installs the packages of a project of Node: the manager of its lock file, in a version that can read it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localenv.importing import reading

_HEAD = 1024  # characters of a lock file in which its version stands
_PNPM = {"5": "7", "6": "8", "7": "8"}  # the version that wrote a lock file, by the file's own
_SETTINGS = re.compile(r"^(?!packages\b|catalogs?\b)[a-zA-Z]\w*:", re.MULTILINE)  # which pnpm 9 reads elsewhere
_BERRY = "__metadata:"


def install(folder: Path, package: Mapping[str, Any]) -> str:
    """The command, by the first lock file there is."""
    if (lock := folder / "pnpm-lock.yaml").is_file():
        return f"npx --yes pnpm@{_named(package, 'pnpm') or _pnpm(folder, lock)} install --frozen-lockfile"
    if (lock := folder / "yarn.lock").is_file():
        if _BERRY in reading.text(lock, most=_HEAD):
            return f"npx --yes --package @yarnpkg/cli-dist@{_named(package, 'yarn') or '4'} yarn install --immutable"
        return "npx --yes yarn install --frozen-lockfile"
    is_locked = (folder / "package-lock.json").is_file() or (folder / "npm-shrinkwrap.json").is_file()
    return "npm ci" if is_locked else "npm install"


def _named(package: Mapping[str, Any], manager: str) -> str:
    """The version in `packageManager`."""
    found = re.match(rf"{manager}@(\d[\w.-]*)", str(package.get("packageManager", "")))
    return found[1] if found else ""


def _pnpm(folder: Path, lock: Path) -> str:
    """Versions 9 and 10 write the same lock file; from 10 on packages run no scripts unless a project lists them."""
    found = re.search(r"^lockfileVersion: '?(\d+)", reading.text(lock, most=_HEAD), re.MULTILINE)
    workspace = folder / "pnpm-workspace.yaml"
    has_settings = _SETTINGS.search(reading.text(workspace))
    return _PNPM.get(found[1] if found else "", "10" if has_settings else "9")
