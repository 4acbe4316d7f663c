"""A Procfile: its commands, one service each, and what it runs before a release."""

import re
import shlex
from collections.abc import Iterable
from pathlib import PurePosixPath

from localenv.importing import dockerfile, programs, reading
from localenv.importing.repository import node, python
from localenv.importing.repository.finds import Finds, FoundJob, FoundService

_CMD = re.compile(r'^CMD \["(\S+)"\]$', re.MULTILINE)
_LINE = re.compile(r"([A-Za-z][\w-]*)\s*:\s*(\S.*)")
_ARGUMENTS = re.compile(r"\$\{?[@*1-9]|\bargv\b|\bARGV\b")  # what a script is given
# the last word of an entrypoint that runs what it is given: `tini --`, `uv run`, a script of the base image
_RUNS_ARGUMENTS = re.compile(r"--|-\w+|run|exec|env|tini|dumb-init|catatonit|[\w.-]*entrypoint[\w.-]*|[\w.-]+\.sh")
_WEB = "web"
_COMPILED = ("go", "rust")  # a Procfile names their program as its buildpack installs it


def detect(finds: Finds) -> None:
    """Take the commands of a Procfile, which are what its author runs."""
    found = [
        match.groups()
        for line in reading.text(finds.home / "Procfile").splitlines()
        if (match := _LINE.fullmatch(line))
    ]
    if not found:
        return
    base = finds.service_at(finds.home) or _built(finds)
    if base is None:
        return
    for name, command in found:
        line = _here(command, name)
        if name == _WEB and base.language in _COMPILED:
            _take_arguments(base, line)
        elif name == _WEB:
            base.port = base.port or 8000
            if base.inline:
                base.command = line
                base.comments["command"] = "of the Procfile"
            else:
                base.native_command = line
        elif name == "release":
            finds.jobs["release"] = FoundJob(command=line, service=base.name, why="of the Procfile")
        elif name.lower() not in finds.services:
            finds.services[name.lower()] = FoundService(
                name=name.lower(),
                folder=base.folder,
                dockerfile=base.dockerfile,
                inline=base.inline,
                command=line,
                replaces_entrypoint=_drops_arguments(base),
                setup=base.setup,
                language=base.language,
                is_worker=True,
                comments={"command": "of the Procfile"},
            )


def drop_release(finds: Finds, steps: Iterable[object]) -> None:
    """Leave the release command out if one of these steps of a migration is the same."""
    release = finds.jobs.get("release")
    same = (_words(one["command"]) for one in steps if isinstance(one, dict) and "command" in one)
    if release and isinstance(release.command, str) and _words(release.command) in same:
        del finds.jobs["release"]


def _words(command: str) -> set[str]:
    return {*command.split()} - {"--noinput", "--no-input"}


def _drops_arguments(base: FoundService) -> bool:
    """Whether its image starts something that does not run a command it is given: a program, or such a script."""
    image = None if base.inline else dockerfile.read(base.dockerfile or base.folder / "Dockerfile")
    if image is None or not image.entrypoint:
        return False
    last = image.entrypoint[-1]
    script = reading.text(base.folder / programs.here([last], image, base.folder)[0])
    if image.is_entrypoint_shell or script.startswith("#!"):
        return image.is_entrypoint_shell or not _ARGUMENTS.search(script)
    return not _RUNS_ARGUMENTS.fullmatch(PurePosixPath(last).name)


def _take_arguments(base: FoundService, line: str | tuple[str, ...]) -> None:
    """Give a compiled program the arguments of the Procfile."""
    words = line.partition(" ")[2] if isinstance(line, str) else ""
    if not words:
        return
    base.native_command = f"{base.native_command}{' --' if base.language == 'rust' else ''} {words}"
    if base.inline and (found := _CMD.search(base.inline)):
        base.command = f"{found[1]} {words}"
        base.comments["command"] = "arguments of the Procfile"


def _built(finds: Finds) -> FoundService | None:
    folder = finds.home
    if programs.has_python(folder):
        setup = tuple(programs.python_setup(folder))
        inline = python.inline(folder, "3.13", setup)
    elif programs.has_node(folder):
        setup = tuple(programs.node_setup(folder))
        inline = node.inline(node.version(folder, programs.manifest(folder / "package.json")), setup)
    else:
        return None
    language = "python" if programs.has_python(folder) else "node"
    finds.services[_WEB] = FoundService(
        name=_WEB, folder=folder, inline=inline, setup=setup, port=8000, language=language
    )
    return finds.services[_WEB]


def _here(command: str, name: str) -> str | tuple[str, ...]:
    """A command of a Procfile, which a shell reads with PORT set."""
    line = re.sub(r"\$\{?PORT(:-\d+)?\}?", "${port}", command) if name == _WEB else command
    line = re.sub(r"\b0\.0\.0\.0\b", "${bind}", line)
    rest = line.replace("${port}", "").replace("${bind}", "")
    if re.search(r"[$&|;<>`]", rest):
        return ("sh", "-c", re.sub(r"\$(?!\{(port|bind)\})", "$$", line))
    try:
        shlex.split(line)
    except ValueError:
        return ("sh", "-c", line)
    return line
