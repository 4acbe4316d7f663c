"""Find the Python or Node that a service requests: on PATH, or where version managers install them."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from localenv import process
from localenv.errors import EngineError, LocalenvError
from localenv.process import Invocation, TimedOut

_VERSION = re.compile(r"\d+(?:\.\d+)*")


def python(wanted: str | None) -> Path:
    """Python of a version such as `3.12`, by default the one that runs localenv; raises EngineError."""
    own = Path(getattr(sys, "_base_executable", sys.executable))
    if wanted is None or _is_of(".".join(map(str, sys.version_info[:3])), wanted):
        return own
    uv = (_data(), "uv/python/cpython-{}*/bin/python3")
    pyenv = (Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv"), "versions/{}*/bin/python3")
    return _found("Python", wanted, [f"python{wanted}", "python3", "python"], [pyenv, uv])


def node(wanted: str | None) -> Path:
    """Node of a version such as `22`, by default the first on PATH; raises EngineError."""
    home = Path.home()
    nvm = (Path(os.environ.get("NVM_DIR") or home / ".nvm"), "versions/node/v{}*/bin/node")
    fnm = (Path(os.environ.get("FNM_DIR") or _data() / "fnm"), "node-versions/v{}*/installation/bin/node")
    volta = (Path(os.environ.get("VOLTA_HOME") or home / ".volta"), "tools/image/node/{}*/bin/node")
    mise = (_data(), "mise/installs/node/{}*/bin/node")
    return _found("Node", wanted, ["node", "nodejs"], [nvm, fnm, volta, mise])


def _found(what: str, wanted: str | None, names: list[str], places: list[tuple[Path, str]]) -> Path:
    seen = []
    for candidate in _candidates(wanted, names, places):
        version = _version(candidate)
        if version and _is_of(version, wanted):
            return candidate
        seen.append(f"{candidate} is {version}" if version else f"{candidate} does not work")
    looked = ", ".join(str(folder) for folder, _ in places)
    found = f" ({', '.join(seen)})" if seen else ""
    raise EngineError(
        f"{what}{f' {wanted}' if wanted else ''} not found{found}",
        hint=f"install it; searched: PATH and {looked}",
    )


def _candidates(wanted: str | None, names: list[str], places: list[tuple[Path, str]]) -> Iterator[Path]:
    for name in names:
        if program := shutil.which(name):
            yield Path(program)
    for folder, pattern in places:
        found = folder.glob(pattern.format(wanted or "")) if os.access(folder, os.X_OK) else ()
        yield from sorted(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], reverse=True)


def _version(program: Path) -> str:
    try:
        answer = process.run(Invocation(argv=(str(program), "--version"), folder=process.NEUTRAL), timeout=20)
    except (LocalenvError, OSError, TimedOut):
        return ""
    found = _VERSION.search(answer.output) if answer.code == 0 else None  # a shim that fails prints the missing version
    return found[0] if found else ""


def _is_of(version: str, wanted: str | None) -> bool:
    asked = _VERSION.search(wanted or "")
    return asked is None or version == asked[0] or version.startswith(f"{asked[0]}.")


def _data() -> Path:
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".local" / "share"
