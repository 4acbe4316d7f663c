"""Programs that only the machine's own installation brings: found, or named by the package to install."""

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from localenv import paths, process
from localenv.errors import EngineError, LocalenvError
from localenv.host import files
from localenv.process import Invocation, TimedOut
from localenv.stack import Need

_SYSTEM = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # where an ordinary user's PATH may not lead
_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")
_ANEW = "reinstall it, or use --engine compose"


class Unusable(EngineError):  # noqa: N818 - says what is the matter
    """A program that is here and does not work."""


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
    """What a program says its version is, asked once for each build of it; raises Unusable."""
    room = paths.versions()  # that this cannot be made is no fault of the program's
    try:
        file = _file(program, room)
        if file and file.is_file():
            return file.read_text()
        answer = process.run(Invocation(argv=(str(program), *arguments)), timeout=20)
    except (LocalenvError, OSError, TimedOut) as error:
        raise Unusable(f"{program} does not work: {error}", hint=_ANEW) from error
    found = pattern.search(answer.output) if answer.code == 0 else None
    if not found:
        how = f"exited with code {answer.code}" if answer.code else "printed no version"
        said = f"`{' '.join((program.name, *arguments))}` {how}"
        raise Unusable(f"{program} does not work: {said}", hint=_ANEW, log=answer.lines[-5:])
    if file:
        files.write(file, found[0])
    return found[0]


def reasons(programs: Iterable[Path], *arguments: str, pattern: re.Pattern[str] = _VERSION) -> tuple[str, ...]:
    """Why those of these programs that cannot be used cannot."""
    found: list[str] = []
    for one in programs:
        try:
            version(one, *arguments, pattern=pattern)
        except Unusable as error:
            found += (error.message, *error.log)
    return tuple(found)


def _file(program: Path, room: Path) -> Path | None:
    """Where its version is written down; None for a script, which may start another one tomorrow."""
    seen = program.stat()
    with program.open("rb") as opened:
        if opened.read(2) == b"#!":
            return None
    about = repr((str(program), seen.st_ino, seen.st_size, seen.st_mtime_ns))
    return room / sha256(about.encode(errors="surrogateescape")).hexdigest()[:24]
