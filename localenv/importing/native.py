"""The `native:` part of a service: what a machine without Docker needs to run its program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localenv.importing.programs import FoundProgram

_SERVERS = re.compile(
    r"^\s*(?:exec )?(?:(?:uv|poetry|pipenv) run )?(?:python -m )?"
    r"(uvicorn (?:\S+ )*\S+:\S+|fastapi (run|dev)|flask .*\brun)\b"
)
_SEGMENTS = re.compile(r"(\s*(?:&&|\|\||;)\s*)")


@dataclass(frozen=True, kw_only=True)
class NativePart:
    """The mapping under `native:`, with comments by key; an empty key is the mapping itself."""

    document: Mapping[str, Any]
    comments: Mapping[str, str] = field(default_factory=dict)


def native(
    program: FoundProgram, port: int | None, *, has_command: bool, environment: Mapping[str, str] | None = None
) -> NativePart | None:
    """What is known of a program, with the variables that its image sets; None if nothing is."""
    document: dict[str, Any] = {}
    comments: dict[str, str] = {}
    if program.setup:
        document["setup"] = [*program.setup]
    if program.command and not has_command:
        document["command"] = _command(program.command, port)
        if program.why:
            comments["command"] = program.why
    if environment and (document or has_command):
        document["environment"] = dict(environment)
    if program.version and document:
        comments[""] = f"the image has {program.language.capitalize()} {program.version}; to ask for it here: " + (
            f'{program.language}: "{program.version}"'
        )
    return NativePart(document=document, comments=comments) if document else None


def _command(command: str | tuple[str, ...], port: int | None) -> str | list[str]:
    if isinstance(command, str):
        return listening(_doubled(command), port)
    return [listening(_doubled(word), port) for word in command]


def _doubled(text: str) -> str:
    """A text of a shell, in which a dollar is literal; references of localenv stay."""
    return re.sub(r"\$(?!\{(?:port|bind)\})", "$$$$", text)


def listening(line: str, port: int | None) -> str:
    """A command line that listens where the engine wants it to."""
    if port is None:
        return line
    line = re.sub(rf"\b0\.0\.0\.0:({port}|\$\$\{{?PORT\}}?)", "${bind}:${port}", line)
    line = re.sub(r"(--(?:host|bind|hostname|address)[= ])0\.0\.0\.0\b", r"\1${bind}", line)
    line = re.sub(r"(?<=^)(0\.0\.0\.0)$", "${bind}", line)
    line = re.sub(rf"((?:--port|-p)[= ]){port}\b", r"\1${port}", line)
    return "".join(one if n % 2 else _served(one) for n, one in enumerate(_SEGMENTS.split(line)))


def _served(line: str) -> str:
    """One command of a line; a server that is told no port listens on its own usual one."""
    is_server = _SERVERS.search(line) and not re.search(r"--port|\s-p\s|\n|\||&$", line)
    if not is_server:
        return line
    return f"{line}{'' if '--host' in line else ' --host ${bind}'} --port ${{port}}"
