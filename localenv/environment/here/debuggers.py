"""The debuggers of languages: a command as it runs under one, which listens on this machine."""

import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from localenv.errors import LocalenvError, UsageError
from localenv.host.files import read_json
from localenv.host.loopback import HERE
from localenv.paths import caches
from localenv.process import Invocation, run

_PYTHON = re.compile(r"(python|pypy)[\d.]*")
_SHELL = re.compile(r"(ba|da|z)?sh")
_OF_SHELLS = re.compile(r"[|&;<>()$`*?~#]")
_RUNNERS = (("uv", "run"), ("poetry", "run"), ("pdm", "run"), ("pipenv", "run"), ("hatch", "run"))
_MANAGERS = ("npm", "yarn", "pnpm")
_WITH_INSPECT = ("nodemon", "tsx", "ts-node-dev")  # programs of Node that take --inspect themselves
_SUBCOMMANDS = (("tsx", "watch"),)  # behind which they take it
_PACKAGE_RUNNERS = ("npx", "bunx")
_EXECUTES = ("exec", "dlx", "x")  # words of managers before a program of a package
_VALUED = ("-X", "-W")  # options of Python with a value of their own
_GO = b"\xff Go buildinf:"
_IMPORT = "import debugpy.server.cli"
_HEAD = 1 << 22  # bytes of a program in which Go's mark is found

Free = Callable[[int], int]  # a free port, that one if possible


@dataclass(frozen=True, kw_only=True)
class Debugger:
    """A command under a debugger, which listens on `port` of 127.0.0.1, and how to attach to it."""

    name: str
    argv: tuple[str, ...]
    port: int
    attach: str
    environment: Mapping[str, str] = field(default_factory=dict)  # more variables
    compiles: bool = False  # before it listens

    @property
    def where(self) -> str:
        """Where it listens, for a person."""
        return f"{'compiles the program, then ' if self.compiles else ''}listens on {HERE}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where a command runs, and whether it waits for a debugger before it begins."""

    folder: Path
    environment: Mapping[str, str]
    waits: bool = False

    def find(self, program: str) -> str:
        """The path of a program; its name if it does not exist."""
        if "/" in program:
            return str(self.folder / program)
        return shutil.which(program, path=self.environment.get("PATH")) or program

    def succeeds(self, *argv: str, more: Mapping[str, str] | None = None) -> bool:
        """Whether a command exits with 0 here."""
        with suppress(LocalenvError):
            asked = Invocation(argv=argv, environment=self.environment, more=more or {}, folder=self.folder)
            return run(asked).code == 0
        return False


def under(argv: Sequence[str], at: Workplace, free: Free) -> Debugger | None:
    """The command under the debugger of its language; None if there is none for it.

    Raises UsageError for a debugger that is not installed.
    """
    program = Path(argv[0]).name
    if _SHELL.fullmatch(program) and len(argv) == 3 and argv[1] in ("-c", "-ec", "-lc"):
        return _of_line(argv[2], at, free)
    if tuple(argv[:2]) in _RUNNERS and len(argv) > 2:
        return _python(argv[:2], argv[2:], at, free)
    if _PYTHON.fullmatch(program):
        return _python((), argv, at, free)
    if program in _MANAGERS or program in _PACKAGE_RUNNERS:
        return _of_package(argv, at, free) or _script(argv, at, free)
    if program == "node":
        return _node((at.find("node"),), argv[1:], at, free)
    if program == "nodemon" and (watched := _executed(argv, at, free)):
        return watched
    if tuple(argv[:2]) == ("nest", "start") and not at.waits:
        return _nest(argv, at, free)
    if program in _WITH_INSPECT:
        first = 2 if tuple(argv[:2]) in _SUBCOMMANDS else 1
        return _node((at.find(argv[0]), *argv[1:first]), argv[first:], at, free)
    if tuple(argv[:2]) == ("go", "run") and len(argv) > 2:
        return _go("debug", argv[2:], at, free)
    return _of_file(argv, at, free)


def _of_line(line: str, at: Workplace, free: Free) -> Debugger | None:
    """A shell's line that only runs one command."""
    if _OF_SHELLS.search(line):
        return None
    words = shlex.split(line)
    words = words[1:] if words[:1] == ["exec"] else words
    return under(words, at, free) if words and "=" not in words[0] else None


def _of_file(argv: Sequence[str], at: Workplace, free: Free) -> Debugger | None:
    """A program by its content: a script of Python or Node, or one that Go has built."""
    path = at.find(argv[0])
    try:
        with Path(path).open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError:
        return None
    if head.startswith(b"#!"):
        begin = head[:1000].decode(errors="replace")
        interpreter = next((word for word in re.findall(r"[^\s\"']+", begin) if _is_interpreter(word)), "")
        if Path(interpreter).name == "node":
            return _node((at.find("node"),), [path, *argv[1:]], at, free)
        return _python((), [interpreter, path, *argv[1:]], at, free) if interpreter else None
    return _go("exec", [path, *argv[1:]], at, free) if _GO in head else None


def _is_interpreter(word: str) -> bool:
    name = Path(word.removeprefix("#!")).name
    return bool(_PYTHON.fullmatch(name)) or name == "node"


def _python(runner: Sequence[str], argv: Sequence[str], at: Workplace, free: Free) -> Debugger:
    """Debugpy before what the interpreter runs; a runner, such as `uv run`, finds the interpreter itself."""
    first = argv[0].removeprefix("#!")
    if _PYTHON.fullmatch(Path(first).name):
        interpreter, rest = [*runner, first if runner else at.find(first)], list(argv[1:])
    else:  # `uv run uvicorn app:app`
        interpreter, rest = [*runner, "python"], ["-m", *argv]
    options: list[str] = []
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        options += [rest.pop(0) for _ in range(2 if rest[0] in _VALUED else 1)]
    more: Mapping[str, str] = {}
    if not at.succeeds(*interpreter, "-c", _IMPORT):
        more = _borrowed(at)
        if not more or not at.succeeds(*interpreter, "-c", _IMPORT, more=more):
            hint = f"add it to what {runner[0]} installs" if runner else f"{interpreter[0]} -m pip install debugpy"
            raise UsageError(f"{interpreter[-1]} has no debugger: debugpy is not installed", hint=hint)
    port = free(5678)
    waits = ["--wait-for-client"] if at.waits else []
    attach = f'{{"type": "debugpy", "request": "attach", "connect": {{"host": "{HERE}", "port": {port}}}}}'
    listening = ["-X", "frozen_modules=off", "-m", "debugpy", "--listen", f"{HERE}:{port}", *waits]
    argv = (*interpreter, *options, *listening, *rest)
    return Debugger(name="debugpy", argv=argv, port=port, attach=attach, environment=more)


def _borrowed(at: Workplace) -> dict[str, str]:
    """Variables by which another interpreter finds the debugpy beside localenv, and nothing else of it."""
    found = find_spec("debugpy")
    if found is None or found.origin is None:
        return {}
    folder = caches.debuggers()
    folder.mkdir(exist_ok=True)
    link = folder / "debugpy"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(found.origin).parent)
    own = at.environment.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [own, str(folder)]))}


def _node(program: Sequence[str], rest: Sequence[str], at: Workplace, free: Free) -> Debugger:
    port = free(9229)
    option = f"--inspect{'-brk' if at.waits else ''}={HERE}:{port}"
    return Debugger(
        name="node --inspect",
        argv=(*program, option, *rest),
        port=port,
        attach=f"node inspect {HERE}:{port}, chrome://inspect, or an editor's attach to port {port}",
    )


def _of_package(argv: Sequence[str], at: Workplace, free: Free) -> Debugger | None:
    """The program behind `npx tsx` or `pnpm exec tsx`, if it is installed: they too would take the port."""
    is_runner = Path(argv[0]).name in _PACKAGE_RUNNERS
    rest = [*argv[1:]] if is_runner else [*argv[2:]] if argv[1:2] and argv[1] in _EXECUTES else []
    while rest and rest[0].startswith("-"):
        rest.pop(0)
    inside = _with_packages(at)
    return under(rest, inside, free) if rest and inside.find(rest[0]) != rest[0] else None


def _with_packages(at: Workplace) -> Workplace:
    path = f"{at.folder / 'node_modules' / '.bin'}:{at.environment.get('PATH', '')}"
    return replace(at, environment={**at.environment, "PATH": path})


def _executed(argv: Sequence[str], at: Workplace, free: Free) -> Debugger | None:
    """The program of `nodemon --exec`, which takes its options from there alone; None without that option."""
    for number, word in enumerate(argv[1:-1], 1):
        if word in ("--exec", "-x"):
            found = _of_line(argv[number + 1], _with_packages(at), free)
            line = shlex.join(found.argv) if found else ""
            whole = (at.find(argv[0]), *argv[1 : number + 1], line, *argv[number + 2 :])
            return replace(found, argv=whole) if found else None
    return None


def _nest(argv: Sequence[str], at: Workplace, free: Free) -> Debugger:
    """Nest's command compiles the program, and starts it as another process."""
    found = _node((), (), at, free)
    whole = (at.find(argv[0]), "start", "--debug", f"{HERE}:{found.port}", *argv[2:])
    return replace(found, argv=whole, compiles=True)


def _script(argv: Sequence[str], at: Workplace, free: Free) -> Debugger | None:
    """The program behind `npm start`: npm itself would take the debugger's port."""
    words = [word for word in argv[1:] if word not in ("run", "--")]
    line = (read_json(at.folder / "package.json").get("scripts") or {}).get(words[0] if words else "", "")
    if not line or _OF_SHELLS.search(line):
        return None
    return _of_line(shlex.join([*shlex.split(line), *words[1:]]), _with_packages(at), free)


def _go(how: str, argv: Sequence[str], at: Workplace, free: Free) -> Debugger:
    if shutil.which("dlv", path=at.environment.get("PATH")) is None:
        raise UsageError("delve is not installed", hint="go install github.com/go-delve/delve/cmd/dlv@latest")
    port, (what, *rest) = free(2345), argv
    goes_on = [] if at.waits else ["--continue"]
    options = ["--headless", f"--listen={HERE}:{port}", "--api-version=2", "--accept-multiclient", *goes_on]
    more = ["--", *rest] if rest else []
    whole = ("dlv", how, *options, what, *more)
    compiles = how == "debug"
    return Debugger(name="delve", argv=whole, port=port, attach=f"dlv connect {HERE}:{port}", compiles=compiles)
