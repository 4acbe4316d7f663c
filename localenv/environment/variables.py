"""The values of `${env.…}`: from the environment of this command, then `.env` beside `envs/`, then the repository's."""

import json
import os
import select
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localenv import paths
from localenv.description import dotenv
from localenv.environment.locating import contained_in
from localenv.errors import UsageError
from localenv.errors.problems import Position, Problem
from localenv.host import files
from localenv.host.waiting import looks
from localenv.stack import Stack
from localenv.stack.walk import templates

_PATIENCE, _PAUSE = 5.0, 0.01  # seconds that the writer of a named pipe has, and seconds between two attempts


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Values by name, and the problems of the file, which are reported only for a missing variable."""

    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def read(repository: Path, home: Path | None = None) -> Variables:
    """Read the variables of this command, of the `.env` in the folder with `envs/`, and of the repository's.

    Raises UsageError for a `.env` that leads out of the repository.
    """
    folders = dict.fromkeys((repository, home or repository))
    written = [_written(contained_in(paths.dotenv(folder), repository)) for folder in folders]
    values = {name: value for one in written for name, value in one.values.items()}
    return Variables(
        values={**values, **os.environ}, problems=tuple(found for one in written for found in one.problems)
    )


def applied(identity: str, repository: Path, home: Path | None = None) -> Variables:
    """The same, but a variable that the last `up` used keeps its value from then.

    A `.env` that leads out of the repository, as a container may have made it since, is a problem.
    """
    try:
        found = read(repository, home)
    except UsageError as error:
        problem = Problem(error.message, Position(paths.dotenv(repository)), error.hint)
        found = Variables(values=dict(os.environ), problems=(problem,))
    return Variables(values={**found.values, **files.read_json(paths.variables(identity))}, problems=found.problems)


def record(identity: str, stack: Stack, variables: Variables) -> None:
    """Save the value of every variable that a stack uses, readable only by the user."""
    names = {one.attribute for template in templates(stack) for one in template.references if one.name == "env"}
    names |= {file.variable for file in stack.files.values() if file.variable}
    used = {name: variables.values[name] for name in names & {*variables.values}}
    files.write(paths.variables(identity), json.dumps(used))


def _written(file: Path) -> dotenv.EnvFile:
    try:
        if stat.S_ISFIFO(file.stat().st_mode):
            return _piped(file)
    except OSError:
        return dotenv.EnvFile(values={})
    return dotenv.read(file) if file.is_file() else dotenv.EnvFile(values={})


@cache
def _piped(file: Path) -> dotenv.EnvFile:
    """Read a named pipe, as created by secret managers: it is written once for each reader."""
    end = time.monotonic() + _PATIENCE
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for _ in looks(within=_PATIENCE, pause=_PAUSE):  # the writer may not have opened it yet
            if content := _until_closed(descriptor, end):
                return dotenv.parse(content.decode("utf-8-sig", errors="replace"), file)
    finally:
        os.close(descriptor)
    problem = Problem(f"nothing was written to this named pipe within {_PATIENCE:g} s", Position(file))
    return dotenv.EnvFile(values={}, problems=(problem,))


def _until_closed(descriptor: int, end: float) -> bytes:
    """Read until every writer has closed the pipe; empty if that takes too long."""
    content = b""
    while (left := end - time.monotonic()) > 0:
        select.select([descriptor], [], [], left)
        with suppress(BlockingIOError):
            block = os.read(descriptor, 1 << 16)
            if not block:
                return content
            content += block
    return b""
