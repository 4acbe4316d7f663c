"""Programs that only the machine's own installation brings: found, or named by the package to install."""

import os
import re
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from localenv import paths, process, state
from localenv.errors import EngineError, LocalenvError
from localenv.process import Invocation
from localenv.stack import Need

_SYSTEM = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # where an ordinary user's PATH may not lead
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")


def program(need: Need, names: Sequence[str], package: str) -> Path:
    """The first of these programs that is here; raises EngineError naming the package."""
    for name in names:
        if found := shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM])):
            return Path(found)
    raise EngineError(
        f"{need.name}: {need.kind} is not installed on this machine (no {' or '.join(names)})",
        hint=f"install the package {package}, or use --engine compose",
    )


def version(program: Path, *arguments: str, pattern: re.Pattern[str] = _VERSION) -> str:
    """What a program says its version is, asked once for each build of it; empty where it says none."""
    try:
        noted = _noted(program)
        if noted and noted.is_file():
            return noted.read_text()
        said = process.run(Invocation(argv=(str(program), *arguments)), timeout=20).output
    except (LocalenvError, OSError):
        return ""
    found = pattern.search(said)
    if found and noted:
        state.write(noted, found[0])
    return found[0] if found else ""


def _noted(program: Path) -> Path | None:
    """Where its version is written down; None for a script, which may start another one tomorrow."""
    seen = program.stat()
    with program.open("rb") as opened:
        if opened.read(2) == b"#!":
            return None
    about = repr((str(program), seen.st_ino, seen.st_size, seen.st_mtime_ns))
    return paths.cache() / "versions" / sha256(about.encode(errors="surrogateescape")).hexdigest()[:24]
