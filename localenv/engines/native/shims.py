"""Shims of version managers: a program that is on PATH, and may not be installed in the version of a folder."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from localenv import process
from localenv.errors import LocalenvError
from localenv.process import Invocation, TimedOut

VARIABLES = ("PYENV_", "RBENV_", "NODENV_", "GOENV_", "ASDF_", "MISE_")  # prefixes of what decides the version

_INTERPRETER = re.compile(r"(?:python|pypy|ruby|node|nodejs|perl|php|deno|bun)\d*(?:\.\d+)*")
_MANAGER = re.compile(
    r"^\s*exec\s+\"?([^\s\"]+)\"?\s+exec\s", re.MULTILINE
)  # as pyenv, rbenv, nodenv and asdf write it
_MISE = "mise"  # its shims are links to itself
_HEAD = 1 << 14  # bytes
_SECONDS = 10.0


def failure(program: Path, environment: Mapping[str, str], folder: Path) -> str:
    """What a shim says of a program that is not installed for a folder; empty if it is, or for another program.

    The manager is asked which file it would run; an interpreter that is a script is asked for its version.
    """
    words = _question(program)
    if not words or not folder.is_dir():
        return ""
    asked = Invocation(argv=words, environment=environment, folder=folder)
    try:
        answer = process.run(asked, timeout=_SECONDS)
    except (LocalenvError, OSError, TimedOut):
        return ""
    if answer.code == 0:
        return ""
    return next((line.strip() for line in answer.lines if line.strip()), f"exit code {answer.code}")


def _question(program: Path) -> tuple[str, ...]:
    """The command that fails if a shim has nothing to run; empty for other programs."""
    if program.resolve().name == _MISE and program.name != _MISE:
        return (str(program.resolve()), "which", program.name)
    with program.open("rb") as opened:
        head = opened.read(_HEAD)
    if not head.startswith(b"#!"):
        return ()
    if manager := _MANAGER.search(os.fsdecode(head)):
        return (manager[1], "which", program.name)
    return (str(program), "--version") if _INTERPRETER.fullmatch(program.name) else ()
