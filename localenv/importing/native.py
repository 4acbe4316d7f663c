"""The `native:` part of a service: what a machine without Docker needs to run its program."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localenv.importing.programs import FoundProgram

_START = r"^\s*(?:exec )?(?:(?:uv|poetry|pipenv) run )?(?:npx )?(?:python3? -m )?"
_SEGMENTS = re.compile(r"(\s*(?:&&|\|\||;)\s*)")


@dataclass(frozen=True, kw_only=True)
class _Listener:
    """A program that listens on a port of its own unless an option says another."""

    pattern: re.Pattern[str]
    port: int
    option: str = "--port"


_SERVERS = (
    _Listener(pattern=re.compile(rf"{_START}(uvicorn (?:\S+ )*\S+:\S+|fastapi (run|dev))\b"), port=8000),
    _Listener(pattern=re.compile(rf"{_START}(flask .*\brun|python3? manage\.py run)\b"), port=5000),
    _Listener(pattern=re.compile(rf"{_START}streamlit run\b"), port=8501, option="--server.port"),
    _Listener(pattern=re.compile(rf"{_START}vite\b(?! build)"), port=5173),
)


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
    return re.sub(r"\$(?!\{(?:port|bind)\})", "$$", text)


def listening(line: str, port: int | None) -> str:
    """A command line that listens where the engine wants it to."""
    if port is None:
        return line
    line = re.sub(rf"\b0\.0\.0\.0:({port}|\$\$\{{?PORT\}}?)", "${bind}:${port}", line)
    line = re.sub(rf"((?:--bind|-b)[= ]):({port}|\$\$\{{?PORT\}}?)(?!\S)", r"\1${bind}:${port}", line)
    line = re.sub(r"(--(?:[\w-]+\.)?(?:host|bind|hostname|address|ip)[= ])0\.0\.0\.0\b", r"\1${bind}", line)
    line = re.sub(r"(?<=^)(0\.0\.0\.0)$", "${bind}", line)
    line = re.sub(rf"((?:--(?:[\w-]+\.)?port|-p)[= ]){port}\b", r"\1${port}", line)
    return "".join(one if n % 2 else _served(one) for n, one in enumerate(_SEGMENTS.split(line)))


def port_option(line: str, port: int | None = None) -> str:
    """The option that a server's command lacks to listen on another port; empty if it lacks none.

    With `port`, only for servers that listen there by themselves.
    """
    if re.search(r"--(?:[\w-]+\.)?port|\s-p\s|\n|\||&$", line):
        return ""
    usual = (server for server in _SERVERS if server.pattern.search(line) and port in (None, server.port))
    return next((server.option for server in usual), "")


def _served(line: str) -> str:
    """One command of a line; a server that is told no port listens on its own usual one."""
    option = port_option(line)
    host = f" {option.removesuffix('port')}host ${{bind}}" if option == "--port" and "--host" not in line else ""
    return f"{line}{host} {option} ${{port}}" if option else line
