"""The `native:` part of a service: what a machine without Docker needs to run its program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localenv.importing.programs import FoundProgram

_SERVERS = re.compile(r"^(python -m )?(uvicorn \S+:\S+|fastapi (run|dev)|flask .*\brun)\b(?!.*[;&|])")


@dataclass(frozen=True, kw_only=True)
class NativePart:
    """The mapping under `native:`, with comments by key; an empty key is the mapping itself."""

    document: Mapping[str, Any]
    comments: Mapping[str, str] = field(default_factory=dict)


def native(program: FoundProgram, port: int | None, *, has_command: bool) -> NativePart | None:
    """What is known of a program; None if nothing is."""
    document: dict[str, Any] = {}
    comments: dict[str, str] = {}
    if program.setup:
        document["setup"] = [*program.setup]
    if program.command and not has_command:
        document["command"] = _command(program.command, port)
        if program.why:
            comments["command"] = program.why
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
    is_server = _SERVERS.search(line) and "--port" not in line and "\n" not in line
    if not is_server:
        return line
    return f"{line}{'' if '--host' in line else ' --host ${bind}'} --port ${{port}}"
