"""The plan of a service's `native.setup` on this machine: steps, folder, and its room in the cache."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from localenv.engines.native import interpreters, rooms
from localenv.engines.native.rooms import Due
from localenv.errors import EngineError, NotReadyError
from localenv.paths import caches
from localenv.stack import Command, Native, Service, Template

Resolved = Callable[[Template], str]

_NODE = frozenset({"npm", "npx", "node", "yarn", "pnpm", "corepack", "bun"})
_PYTHON = frozenset({"pip", "pip3", "python", "python3", "uv", "poetry", "pdm", "pipenv"})
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "env"})
_PARTS = re.compile(r"[^\s;&|<>()'\"=]+")


@dataclass(frozen=True, kw_only=True)
class PreparedFolder:
    """The result of `setup`: folders first on PATH, more variables, and the folder of the service's commands."""

    path: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path


@dataclass(frozen=True)
class SetupStep:
    """A command with resolved references, and its inputs."""

    words: tuple[str, ...]
    inputs: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class SetupPlan:
    """The steps for one service; `room` is its folder in the cache."""

    name: str
    source: Path
    room: Path
    has_python: bool
    has_node: bool
    steps: tuple[SetupStep, ...]

    @property
    def rooms(self) -> tuple[Path, ...]:
        """Its room, and those of other steps in the same folder."""
        found = self.room.parent.glob(f"{self.room.name.partition('-')[0]}-*")
        return tuple(one for one in found if one.is_dir())

    @property
    def virtual(self) -> Path:
        """Its virtual environment."""
        return self.room / "venv"

    @property
    def copies(self) -> bool:
        """Whether it runs in a copy: Node tools write next to the sources; a virtual environment is separate."""
        return self.has_node and bool(self.steps)

    @property
    def folder(self) -> Path:
        """The folder in which its steps and the service run."""
        return self.room / "folder" if self.copies else self.source

    @property
    def due(self) -> Due | None:
        """The first due step; None if all are done."""
        return rooms.due(self.room, [step.inputs for step in self.steps], self.folder)

    def prepared(self, node: Path | None) -> PreparedFolder:
        """The result of the steps, with the Node that runs them."""
        own = [self.folder / "node_modules" / ".bin"] if node else []
        folders = ([self.virtual / "bin"] if self.has_python else []) + ([node.parent] if node else [])
        virtual = str(self.virtual)
        more = {"VIRTUAL_ENV": virtual, "UV_PROJECT_ENVIRONMENT": virtual} if self.has_python else {}
        return PreparedFolder(path=(*own, *folders), environment=python_variables() | more, folder=self.folder)


def planned(service: Service, resolved: Resolved) -> SetupPlan | None:
    """The plan; None if there are no steps."""
    native = service.native
    if native is None or not (native.setup or native.python or native.node):
        return None
    commands = tuple(resolved_words(step.command, resolved) for step in native.setup)
    has_python, has_node = tools(native, commands)
    source = service.folder
    settings = repr((commands, native.python, native.node))
    return SetupPlan(
        name=service.name,
        source=source,
        room=caches.setup(f"{_short(str(source.resolve()))}-{_short(settings)}"),
        has_python=has_python,
        has_node=has_node,
        steps=tuple(
            SetupStep(words=words, inputs=step.inputs) for words, step in zip(commands, native.setup, strict=True)
        ),
    )


def tools(native: Native, commands: tuple[tuple[str, ...], ...]) -> tuple[bool, bool]:
    """Whether its steps use Python, and Node."""
    named = {program for words in commands for program in _programs(words)}
    has_node = native.node is not None or bool(named & _NODE)
    return native.python is not None or bool(named & _PYTHON) or not has_node, has_node


def _programs(words: tuple[str, ...]) -> set[str]:
    """The programs of a command; in a shell command every word may be one."""
    first = words[0].rpartition("/")[2]
    read = (part for word in words for part in _PARTS.findall(word)) if first in _SHELLS else iter([first])
    return {part.rpartition("/")[2] for part in read}


def interpreters_of(service: Service, tools: tuple[bool, bool]) -> tuple[Path | None, Path | None]:
    """The Python and the Node for its steps; raises EngineError for a missing one."""
    native, (has_python, has_node) = service.native, tools
    assert native is not None
    with _asked_by(service):
        python = interpreters.python(native.python) if has_python else None
        node = interpreters.node(native.node) if has_node else None
    return python, node


def not_installed(service: str, program: str, why: str = "") -> NotReadyError:
    """The error for a missing program, and what its version manager says."""
    more = f": {why}" if why else ""
    return NotReadyError(f"{service}: the program '{program}' is not installed{more}", hint="native.setup needs it")


@contextmanager
def _asked_by(service: Service) -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise EngineError(f"{service.name}: {error.message}", hint=error.hint) from error


def resolved_words(command: Command, resolved: Resolved) -> tuple[str, ...]:
    """A command with resolved references."""
    return tuple(resolved(word) for word in command)


def python_variables() -> dict[str, str]:
    """Unbuffered output, and no bytecode next to the sources."""
    return {"PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(caches.pycache())}


def _short(text: str) -> str:
    return sha256(text.encode(errors="surrogateescape")).hexdigest()[:12]
