"""Check the syntax of changed files before a service runs them, by the language's own program in the service."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from localenv import process
from localenv.environment.watch.rules import Takeover
from localenv.errors import LocalenvError, NotReadyError
from localenv.process import Invocation, ProgramMissing, TimedOut

if TYPE_CHECKING:
    from localenv.environment.handle import Environment

_PATIENCE = 10.0  # seconds for a file in which a mistake was found here already
_SHORT = 0.4  # seconds for others: a broken one is put back too if it does not start, and most changes are right
_SYNTAX = 97  # the exit code of a failed check
_PYTHON = (
    "import sys, traceback\n"
    "for file in sys.argv[1:]:\n"
    "    try: compile(open(file, 'rb').read(), file, 'exec')\n"
    "    except (SyntaxError, ValueError): print(traceback.format_exc(limit=0)); sys.exit(97)\n"
    "    except OSError: pass\n"
)
_CHECKS: Mapping[str, Sequence[str]] = {
    ".py": ("python3", "-c", _PYTHON),
    ".js": ("node", "--check"),
    ".mjs": ("node", "--check"),
    ".cjs": ("node", "--check"),
}


def check_files(environment: "Environment", due: Takeover) -> None:
    """Raise NotReadyError for a file with a mistake in its syntax."""
    targets = dict((*due.synced, *due.mounted))
    if environment.engine.copies is None:
        targets = {path: str(path) for path in due.files}
    for ending, argv in checks(targets).items():
        try:
            invocation = environment.invocation(due.service, argv)
        except LocalenvError:  # it does not run: there is nothing to protect
            return
        check(invocation, seconds=_PATIENCE if ending == ".py" else _SHORT)


def checks(paths: Mapping[Path, str]) -> Mapping[str, Sequence[str]]:
    """The command that checks files, for each ending that has one; each file with its path in the service."""
    there = [inside for path, inside in paths.items() if path.exists() and not _is_python(path)]
    found = {ending: [path for path in there if path.endswith(ending)] for ending in _CHECKS}
    return {ending: (*_CHECKS[ending], *files) for ending, files in found.items() if files}


def check(invocation: Invocation, *, seconds: float = _PATIENCE) -> None:
    """Run such a command; raises NotReadyError for a mistake. One that cannot run, or takes longer, finds none."""
    with suppress(ProgramMissing, TimedOut):
        done = process.run(invocation, timeout=seconds)
        if done.code == _SYNTAX or (done.code == 1 and "SyntaxError" in done.output):
            raise NotReadyError("the old one keeps running:", log=done.lines)


def _is_python(path: Path) -> bool:
    """Whether a file is Python without a mistake for this interpreter; then the service's own need not be asked."""
    if path.suffix != ".py":
        return False
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OSError):
        return False
    return True
