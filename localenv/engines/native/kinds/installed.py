"""Programs that only the system provides: find them, or name the package to install."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from localenv import process
from localenv.errors import EngineError, LocalenvError
from localenv.host import files
from localenv.paths import caches
from localenv.process import Invocation, TimedOut
from localenv.stack import Need

_SYSTEM = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # not on every user's PATH
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")
_REINSTALL = "reinstall it, or use --engine compose"


class Unusable(EngineError):  # noqa: N818 - named after the problem
    """A program that exists and does not work."""


def program(need: Need, names: Sequence[str], package: str) -> Path:
    """The first of these programs that exists; raises EngineError naming the package."""
    for name in names:
        if found := shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM])):
            return Path(found)
    raise EngineError(
        f"{need.name}: {need.kind} is not installed on this machine (no {' or '.join(names)})",
        hint=f"install the package {package}, or use --engine compose",
    )


def version(program: Path, *arguments: str, pattern: re.Pattern[str] = _VERSION) -> str:
    """The version that a program reports, cached for each build of it; raises Unusable."""
    try:
        file = _file(program)
        if file and file.is_file():
            return file.read_text()
        answer = process.run(Invocation(argv=(str(program), *arguments), folder=process.NEUTRAL), timeout=20)
    except (LocalenvError, OSError, TimedOut) as error:
        raise Unusable(f"{program} does not work: {error}", hint=_REINSTALL) from error
    found = pattern.search(answer.output) if answer.code == 0 else None
    if not found:
        how = f"exited with code {answer.code}" if answer.code else "printed no version"
        outcome = f"`{' '.join((program.name, *arguments))}` {how}"
        raise Unusable(f"{program} does not work: {outcome}", hint=_REINSTALL, log=answer.lines[-5:])
    if file:
        with suppress(OSError):  # a full disk is not the program's fault
            files.write(file, found[0])
    return found[0]


def versions(
    programs: Mapping[Path, str], *arguments: str, pattern: re.Pattern[str] = _VERSION
) -> Iterator[tuple[Path, str, str]]:
    """The version and the source of each of these programs that works; `programs` are given with their sources."""
    for one, source in programs.items():
        with suppress(Unusable):
            yield one, version(one, *arguments, pattern=pattern), source


def reasons(programs: Iterable[Path], *arguments: str, pattern: re.Pattern[str] = _VERSION) -> tuple[str, ...]:
    """The reason for each of these programs that cannot be used."""
    found: list[str] = []
    for one in programs:
        try:
            version(one, *arguments, pattern=pattern)
        except Unusable as error:
            found += (error.message, *error.log)
    return tuple(found)


def _file(program: Path) -> Path | None:
    """The cache file of its version; None without a cache, or for a script, which may start another program later."""
    seen = program.stat()
    with program.open("rb") as opened:
        if opened.read(2) == b"#!":
            return None
    about = repr((str(program), seen.st_ino, seen.st_size, seen.st_mtime_ns))
    with suppress(OSError):
        room = caches.versions()
        return room / sha256(about.encode(errors="surrogateescape")).hexdigest()[:24]
    return None
