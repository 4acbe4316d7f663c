"""What `${env.…}` reads: the environment of this command, then the repository's `.env`."""

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
from localenv.errors import Position, Problem
from localenv.host import files
from localenv.host.waiting import looks
from localenv.stack import Stack
from localenv.stack.walk import templates

_PATIENCE, _PAUSE = 5.0, 0.01  # seconds that the writer of a named pipe has, and between two looks for one


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Texts by name, and what is wrong in the file: that matters only to who needs a variable that is missing."""

    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


def read(repository: Path) -> Variables:
    """The variables of this command and of the `.env` of a repository, which need not be there.

    Raises UsageError for one that leads out of the repository.
    """
    written = _written(contained_in(paths.dotenv(repository), repository))
    return Variables(values={**written.values, **os.environ}, problems=written.problems)


def applied(identity: str, repository: Path) -> Variables:
    """The same, where the last `up` of the environment used a variable with its text of then."""
    found = read(repository)
    return Variables(values={**found.values, **files.read_json(paths.variables(identity))}, problems=found.problems)


def record(identity: str, stack: Stack, variables: Variables) -> None:
    """Keep the text of every variable that a stack uses, readable by its user alone."""
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
    """A named pipe, as managers of secrets make one: it is filled once for each reader."""
    end = time.monotonic() + _PATIENCE
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for _ in looks(within=_PATIENCE, pause=_PAUSE):  # nobody may have opened it yet
            if content := _until_closed(descriptor, end):
                return dotenv.parse(content.decode("utf-8-sig", errors="replace"), file)
    finally:
        os.close(descriptor)
    problem = Problem(f"a named pipe to which nobody wrote for {_PATIENCE:g} s", Position(file))
    return dotenv.EnvFile(values={}, problems=(problem,))


def _until_closed(descriptor: int, end: float) -> bytes:
    """What is written until every writer has closed a pipe; nothing where that is not so in time."""
    content = b""
    while (left := end - time.monotonic()) > 0:
        select.select([descriptor], [], [], left)
        with suppress(BlockingIOError):
            block = os.read(descriptor, 1 << 16)
            if not block:
                return content
            content += block
    return b""
