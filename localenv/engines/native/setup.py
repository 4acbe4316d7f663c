"""`native.setup`: a service's folder made ready in the cache, once per change of what it is made from."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from localenv import paths
from localenv.engines import Say
from localenv.engines.native import interpreters, mirror
from localenv.engines.native.environment import clean, with_path
from localenv.engines.native.program import Program
from localenv.errors import EngineError, NotReadyError
from localenv.host import contained, inputs, locks, tracked
from localenv.process import Completed
from localenv.stack import Command, Native, Service, Setup, Template

Run = Callable[[Program], Completed]  # to its end, telling what it prints
Resolved = Callable[[Template], str]

_NODE = frozenset({"npm", "npx", "node", "yarn", "pnpm", "corepack"})
_PYTHON = frozenset({"pip", "pip3", "python", "python3", "uv", "poetry", "pdm", "pipenv"})
_OF_VENV = frozenset({"pip", "pip3", "python", "python3"})  # which every virtual environment has
_OF_PROJECTS = frozenset({"poetry", "pdm", "pipenv", "hatch", "flit"})  # what they install is the folder itself
_LISTS = (".txt", ".in", ".toml")  # where requirements stand
_HERE = re.compile(rb"""^\s*(-e|--editable|file:|\.\.?(/|\[|\s|$))|@\s*(file:|\.)|\bpath\s*=\s*["']\.""", re.MULTILINE)
_DONE = "done"
_TAIL = 30  # lines of output that a failure shows


@dataclass(frozen=True, kw_only=True)
class PreparedFolder:
    """What `setup` leads to: folders first on PATH, more variables, and where the service's commands run."""

    path: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What has to be made for one service; `room` is its place in the cache."""

    name: str
    source: Path
    room: Path
    python: Path | None
    node: Path | None
    commands: tuple[tuple[str, ...], ...]

    @property
    def virtual(self) -> Path:
        return self.room / "venv"

    @property
    def folder(self) -> Path:
        """Tools of Node write beside the sources, so theirs is a copy; a virtual environment lies apart anyway."""
        return self.room / "folder" if self.node else self.source

    @property
    def prepared(self) -> PreparedFolder:
        folders = ([self.virtual / "bin"] if self.python else []) + ([self.node.parent] if self.node else [])
        own = self.folder / "node_modules" / ".bin"
        more = {"VIRTUAL_ENV": str(self.virtual), "UV_PROJECT_ENVIRONMENT": str(self.virtual)} if self.python else {}
        return PreparedFolder(
            path=(*([own] if self.node else []), *folders), environment=_python() | more, folder=self.folder
        )


def prepare(service: Service, say: Say, run: Run, resolved: Resolved = str) -> PreparedFolder:
    """Make ready what a service runs in, unless it is; `say` hears the commands, and `run` runs them.

    Raises NotReadyError with the output of a step that failed, EngineError for an interpreter that is not there.
    """
    plan = _plan(service, resolved)
    if plan is None:
        return PreparedFolder(environment=_python(), folder=folder(service))
    if not is_whole(plan.room):
        with _lock(plan.room):
            if not is_whole(plan.room):
                _make(plan, say, run)
    plan.room.touch()  # it is of use
    if plan.node:
        with _lock(plan.room):
            mirror.bring_up_to_date(plan.source, plan.folder)
    return plan.prepared


def node_modules(service: Service, resolved: Resolved = str) -> Path | None:
    """What its steps have put there, where they are of Node and have been carried out; makes nothing."""
    plan = _plan(service, resolved)
    found = plan.folder / "node_modules" if plan and plan.node and is_whole(plan.room) else None
    return found if found and found.is_dir() else None


def check(service: Service) -> None:
    """Raises EngineError for an interpreter, NotReadyError for a first program that is not there; makes nothing."""
    native = service.native
    if native is None:
        return
    commands = tuple(_words(step.command, str) for step in native.setup)
    python, node = _interpreters(service, commands) if commands or native.python or native.node else (None, None)
    for program, *_ in commands[:1]:  # what others run the steps before them may install
        path = with_path(clean(), *([node.parent] if node else ()))["PATH"]
        if "/" not in program and not (python and program in _OF_VENV) and shutil.which(program, path=path) is None:
            raise _not_installed(service.name, program)


def is_whole(room: Path) -> bool:
    """Whether a folder in the cache was made to its end; one that is being made is locked by `room.lock` beside it."""
    return (room / _DONE).is_file()


def folder(service: Service) -> Path:
    """Where the commands of a service run: as said, else what its image is built from, else beside the description."""
    if service.native and service.native.working_dir:
        return service.native.working_dir
    if service.build:
        return service.build.context
    return service.at.file.parent if service.at else Path.cwd()


def _plan(service: Service, resolved: Resolved) -> _Plan | None:
    native = service.native
    if native is None or not (native.setup or native.python or native.node):
        return None
    commands = tuple(_words(step.command, resolved) for step in native.setup)
    python, node = _interpreters(service, commands)
    source = folder(service)
    room = paths.setups() / _key(native, source, commands, (python, node))[:24]
    return _Plan(name=service.name, source=source, room=room, python=python, node=node, commands=commands)


def _interpreters(service: Service, commands: tuple[tuple[str, ...], ...]) -> tuple[Path | None, Path | None]:
    """The Python and the Node that its steps run with; raises EngineError for one that is not there."""
    native = service.native
    assert native is not None
    first = {words[0] for words in commands if words}
    has_node = native.node is not None or bool(first & _NODE)
    has_python = native.python is not None or bool(first & _PYTHON) or not has_node
    with _asked_by(service):
        python = interpreters.python(native.python) if has_python else None
        node = interpreters.node(native.node) if has_node else None
    return python, node


def _not_installed(service: str, program: str) -> NotReadyError:
    return NotReadyError(f"{service}: the program '{program}' is not installed", hint="native.setup needs it")


@contextmanager
def _asked_by(service: Service) -> Iterator[None]:
    try:
        yield
    except EngineError as error:
        raise EngineError(f"{service.name}: {error.message}", hint=error.hint) from error


def _key(
    native: Native, source: Path, commands: tuple[tuple[str, ...], ...], interpreters: tuple[Path | None, Path | None]
) -> str:
    """Equal for services that may share what is made; what is made of the sources themselves is of one folder."""
    files = {file for step in native.setup for file in _inputs(step, source)}
    of_folder = interpreters[1] is not None or any(map(_installs_folder, commands)) or any(map(_names_folder, files))
    real = [str(one.resolve()) + str(one.stat().st_mtime_ns) if one else "" for one in interpreters]
    told = repr((commands, real, str(source) if of_folder else ""))
    return sha256((inputs.digest(files, base=source) + told).encode(errors="surrogateescape")).hexdigest()


def _inputs(step: Setup, source: Path) -> Iterator[Path]:
    if not step.inputs:
        yield from inputs.tracked(source)
    around = [tracked.top(source) or source]
    for pattern in step.inputs:
        found = (file for file in source.glob(str(pattern)) if file.is_file())
        yield from (file for file in found if contained.is_within(file, around))


def _installs_folder(words: tuple[str, ...]) -> bool:
    """Whether what a command makes belongs to one folder: an installation of the sources themselves."""
    parts = [part for word in words for part in word.split()]
    return not _OF_PROJECTS.isdisjoint(parts) or any(
        part == "sync" or part.startswith((".", "-e", "--editable")) for part in parts
    )


def _names_folder(file: Path) -> bool:
    """Whether a list of requirements names what lies in the folder, such as `-e .`."""
    return file.suffix in _LISTS and file.is_file() and _HERE.search(file.read_bytes()) is not None


def _make(plan: _Plan, say: Say, run: Run) -> None:
    shutil.rmtree(plan.room, ignore_errors=True)
    plan.room.mkdir(parents=True, mode=0o700)
    temporary = plan.room / "tmp"  # what a killed step leaves there goes with the rest of what was not finished
    temporary.mkdir()
    apart = clean() | {"TMPDIR": str(temporary)}
    try:
        if plan.python:
            _run(plan, (str(plan.python), "-m", "venv", str(plan.virtual)), apart, plan.room, run)
        if plan.node:
            mirror.bring_up_to_date(plan.source, plan.folder)
        environment = with_path({**apart, **plan.prepared.environment}, *plan.prepared.path)
        for words in plan.commands:
            say(" ".join(words))
            _run(plan, words, environment, plan.folder, run)
        shutil.rmtree(temporary, ignore_errors=True)
        (plan.room / _DONE).touch()
    except BaseException:
        shutil.rmtree(plan.room, ignore_errors=True)
        raise


def _run(plan: _Plan, words: tuple[str, ...], environment: Mapping[str, str], folder: Path, run: Run) -> None:
    program = words[0] if "/" in words[0] else shutil.which(words[0], path=environment["PATH"])
    if program is None or not (folder / program).exists():
        raise _not_installed(plan.name, words[0])
    done = run(Program(argv=(program, *words[1:]), environment=environment, folder=folder))
    if done.code != 0:
        message = f"{plan.name}: `{' '.join(words)}` exited with code {done.code}"
        raise NotReadyError(message, log=done.lines[-_TAIL:], hint="check native.setup")


def _words(command: Command, resolved: Resolved) -> tuple[str, ...]:
    return tuple(resolved(word) for word in command)


def _python() -> dict[str, str]:
    """Output as it comes, and nothing written beside the sources."""
    return {"PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": str(paths.pycache())}


@contextmanager
def _lock(room: Path) -> Iterator[None]:
    room.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locks.exclusive(room.with_suffix(".lock")):
        yield
