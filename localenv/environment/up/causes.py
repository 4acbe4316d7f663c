"""Explain failures whose cause the program's output does not name: CRLF scripts, wrong CPU type, missing extension."""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from localenv.errors import LocalenvError, shown
from localenv.host import inputs
from localenv.stack import Command, Role, Stack

_MISSING = re.compile(
    r"no such file or directory|not found|bad interpreter|exec format error|permission denied|\r"
    r"|syntax error|(?:illegal|invalid|unknown) option|bad substitution",  # of a shell that reads a CR
    re.IGNORECASE,
)
_FORMAT = re.compile(r"exec format error", re.IGNORECASE)
_DENIED = r"(?:\b{name}['\"`]?: permission denied|permission denied: ['\"`]?(?:\S*/)?{name}\b)"
_EXTENSION = re.compile(
    r'extension "(?P<name>[\w-]+)" is not available'
    r'|could not open extension control file "\S*?(?P<file>[\w-]+)\.control"'
)
_WORD = re.compile(r"[\w@%+.-]*[A-Za-z][\w@%+.-]*")
_OF_DOCKER = "exec format error"  # as containers print it; programs on this machine print it with a capital letter
_PLATFORM = "DOCKER_DEFAULT_PLATFORM"
_HEAD = 1 << 12  # bytes read from a script


@dataclass(frozen=True, kw_only=True)
class Cause:
    """The cause of a failure, and a hint."""

    text: str
    hint: str


def explain(error: LocalenvError, stack: Stack, *, is_here: bool) -> None:
    """Add the cause to the first line of an error, if its message or log matches a known cause.

    `is_here` says that services run on this machine, whose interpreters are theirs.
    """
    output = "\n".join([error.message, *error.log])
    found = next((cause for cause in _causes(output, stack, is_here=is_here) if cause.text not in error.message), None)
    if found:
        first, newline, rest = error.message.partition("\n")
        error.message = f"{first}: {found.text}{newline}{rest}"
        error.args = (error.message,)
        error.hint = found.hint


def _causes(output: str, stack: Stack, *, is_here: bool) -> Iterator[Cause]:
    if _MISSING.search(output):
        yield from _scripts(output, stack, is_here=is_here)
    if _OF_DOCKER in output and (platform := os.environ.get(_PLATFORM)):
        yield Cause(
            text=f"the image is for {platform} ({_PLATFORM}), not for this machine",
            hint=f"unset {_PLATFORM}, then: localenv up --build",
        )
    if extension := _EXTENSION.search(output):
        yield _extension(extension["name"] or extension["file"], stack)


def _extension(name: str, stack: Stack) -> Cause:
    need = next((need.name for need in stack.needs.values() if need.kind == "postgres"), "the need")
    hint = f"add `extensions: [{name}]` to {need}, and for Docker an `image:` that has it"
    return Cause(text=f"this PostgreSQL has no extension '{name}'", hint=hint)


def _scripts(output: str, stack: Stack, *, is_here: bool) -> Iterator[Cause]:
    """Scripts named in the output, from a service's folder, that the system cannot execute as they are."""
    services = stack.of(Role.SERVICE)
    commands = [one.command for one in services] + [one.entrypoint for one in services]
    commands += [one.native.command for one in services if one.native] + [job.command for job in stack.jobs]
    is_format = bool(_FORMAT.search(output))
    lines = [line for line in output.splitlines() if _MISSING.search(line)]
    names = {word for line in lines for word in _WORD.findall(line)} | {*_names(filter(None, commands))}
    for folder in dict.fromkeys(service.folder for service in services):
        for file in sorted(inputs.tracked(folder)) if folder.is_dir() else ():
            if file.name not in names:
                continue
            is_denied = re.search(_DENIED.format(name=re.escape(file.name)), output, re.IGNORECASE) is not None
            found = _unrunnable(file, is_format=is_format, is_denied=is_denied)
            if found := found or (_without_interpreter(file) if is_here else None):
                yield found


def _names(commands: Iterable[Command]) -> Iterator[str]:
    for command in commands:
        yield from (Path(str(word)).name for word in command[:3])


def _unrunnable(file: Path, *, is_format: bool, is_denied: bool) -> Cause | None:
    head = _head(file)
    is_script = head.startswith(b"#!") or file.suffix in (".sh", ".bash")
    if is_script and b"\r\n" in head:
        kept = f"in .gitattributes: *{file.suffix} text eol=lf"
        hint = f"save it with LF: sed -i 's/\\r$//' {shown(file)}; keep it so {kept}"
        return Cause(text=f"{shown(file)} has lines that end in CRLF", hint=hint)
    if is_denied and is_script and not os.access(file, os.X_OK):
        return Cause(text=f"{shown(file)} is not executable", hint=f"chmod +x {shown(file)}")
    if is_format and is_script and not head.startswith(b"#!"):
        return Cause(text=f"{shown(file)} does not begin with #!", hint="add a first line: #!/bin/sh")
    return None


def _without_interpreter(file: Path) -> Cause | None:
    """The interpreter of a script's first line that this machine has not."""
    words = _head(file).split(b"\n")[0].removeprefix(b"#!").split()
    name = os.fsdecode(words[0]) if words and _head(file).startswith(b"#!") else ""
    if not name or Path(name).exists():
        return None
    hint = f"begin it with #!/usr/bin/env {Path(name).name}"
    return Cause(text=f"{shown(file)} needs {name}, which is not there", hint=hint)


def _head(file: Path) -> bytes:
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(_HEAD)
    return b""
