"""The files that git tracks: the only module that runs git, without executing anything that a repository configures.

A repository is untrusted, and a container that mounts it can rewrite its `.git`. So git gets the path of the checkout
and never searches for one (a build context can look like one), and every feature that could start a program is
disabled.
"""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from localenv import process
from localenv.host import git_folder
from localenv.process import Invocation, ProgramMissing, TimedOut

_PATIENCE = 20.0  # seconds: it usually takes milliseconds, but its settings may lead to a pipe without a writer
_SUBMODULES = 8  # how deeply they can be nested
# on the command line, where it overrides every file; git ignores unknown settings
_OFF = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.untrackedCache": "false",
    "core.attributesFile": os.devnull,
    "core.pager": "cat",
    "core.editor": "false",
    "core.askPass": "false",
    "core.sshCommand": "false",
    "core.gitProxy": "false",
    "core.alternateRefsCommand": "false",
    "credential.helper": "",
    "diff.external": "",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # do not fetch missing objects, with whatever program a remote names
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "false",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
_OF_THE_USER = ("HOME", "XDG_CONFIG_HOME", "PATH")


def top(folder: Path) -> Path | None:
    """The nearest folder at or above it with a `.git` folder or file; None outside a checkout."""
    real = folder.resolve()
    return next((place for place in (real, *real.parents) if (place / ".git").exists()), None)


def tracked(folder: Path) -> tuple[str, ...] | None:
    """Names below a folder, relative to it, that git tracks or would track, including submodules.

    None outside a checkout, and if git is missing or does not answer.
    """
    found = _listed(folder, _SUBMODULES)
    return None if found is None else tuple(sorted(set(found)))


def _listed(folder: Path, depth: int) -> list[str] | None:
    checkout = top(folder)
    if checkout is None:
        return None
    below = os.path.relpath(folder.resolve(), checkout)
    output = _asked(checkout, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", below)
    if output is None or "\ufffd" in output:  # a name that is not UTF-8
        return None
    names = output.split("\0")
    names[:1] = [_without_warnings(names[0], checkout)]
    before = "" if below == "." else f"{below}/"
    return [name for found in names if found for name in _below(checkout, found, before, depth)]


def _below(checkout: Path, name: str, before: str, depth: int) -> Iterator[str]:
    """The name without the folder `before` it; a nested checkout is replaced by its files."""
    path, inner = f"{checkout}/{name}", name.removeprefix(before).rstrip("/")  # texts: there may be thousands
    if not os.path.isdir(path) or os.path.islink(path):  # noqa: PTH112, PTH114
        yield inner
    elif os.path.exists(f"{path}/.git") and depth and Path(path) != checkout:  # noqa: PTH110
        yield from (f"{inner}/{one}" for one in _listed(Path(path), depth - 1) or ())


def _asked(checkout: Path, *command: str) -> str | None:
    """The output of git, with warnings first; None if it fails."""
    git = shutil.which("git")
    if git is None or not Path(git).is_absolute():  # a PATH may lead into the repository
        return None
    if not git_folder.is_readable(checkout):
        return None
    off = {**_OFF, "core.excludesFile": _excludes(git)}
    settings = [word for name, value in off.items() for word in ("-c", f"{name}={value}")]
    where = (f"--git-dir={checkout / '.git'}", f"--work-tree={checkout}")
    asked = Invocation(
        argv=(git, "--no-pager", *where, *settings, *command),
        environment=_environment() | {"GIT_CONFIG_GLOBAL": os.devnull},
        folder=checkout,
    )
    try:
        done = process.run(asked, timeout=_PATIENCE)
    except (ProgramMissing, TimedOut):
        return None
    return done.output if done.code == 0 else None


@cache
def _excludes(git: str) -> str:
    """The user's global ignore file, from their own settings, without reading a repository."""
    settings = Invocation(
        argv=(git, "config", "--global", "--type=path", "--get", "core.excludesFile"),
        environment=_environment() | {"GIT_DIR": os.devnull},
        folder=Path("/"),
    )
    try:
        configured = process.run(settings, timeout=_PATIENCE)
    except (ProgramMissing, TimedOut):
        return os.devnull
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    is_set = configured.code == 0 and configured.output.strip()
    return configured.output.rstrip("\n") if is_set else f"{home}/git/ignore"


def _environment() -> dict[str, str]:
    return _ENVIRONMENT | {name: os.environ[name] for name in _OF_THE_USER if name in os.environ}


def _without_warnings(name: str, checkout: Path) -> str:
    """The first name without preceding lines, in which git warns of unreadable folders."""
    lines = name.split("\n")
    ends = ("\n".join(lines[at:]) for at in range(len(lines)))
    return next((end for end in ends if os.path.lexists(checkout / end)), "")
