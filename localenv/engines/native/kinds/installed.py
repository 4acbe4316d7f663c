"""Programs that only the machine's own installation brings: found, or named by the package to install."""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from localenv import process
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
    """What a program says its version is; empty where it says none."""
    try:
        said = process.run(Invocation(argv=(str(program), *arguments)), timeout=20).output
    except (LocalenvError, OSError):
        return ""
    found = pattern.search(said)
    return found[0] if found else ""
