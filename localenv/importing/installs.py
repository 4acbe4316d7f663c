"""The packages that a Dockerfile's own commands install, as commands for a machine without Docker."""

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from localenv.importing.dockerfile import Dockerfile, copied

_SEPARATOR = re.compile(r"&&|\|\||;|\n")
_MOUNT = re.compile(r"^(?:--(?:mount|network|security)=\S+\s+)+")
_PIP = re.compile(r"^(?:sudo )?(?:(?:/\S+/)?python[\d.]* -m )?(?:uv )?(?:/\S+/)?pip[\d.]* install\s+(.*)$")
_NPM = re.compile(r"^(?:npm (?:install|i|add)|pnpm add|yarn global add)\s+(.*)$")
_GLOBAL = frozenset({"-g", "--global"})
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pip-tools", "virtualenv", "pdm", "hatch"})
_MANAGERS = frozenset({"npm", "yarn", "pnpm", "corepack", "n"})
_WITH_VALUE = frozenset(
    {"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-c", "--constraint", "--trusted-host"}
)
_DROPPED_WITH_VALUE = frozenset({"--prefix", "--target", "-t", "--root", "--python", "-p", "--cache-dir", "--timeout"})
_KEPT = frozenset({"--pre", "--no-deps"})
_PACKAGE = re.compile(r"@?[A-Za-z0-9][\w.@/-]*(\[[\w,.-]+\])?((==|>=|<=|~=|!=|>|<)[\w.*,<>=!~]+)?")


def of_python(dockerfile: Dockerfile, folder: Path, up: str = "") -> tuple[list[str], list[str]]:
    """Its `pip install` of files of the repository, and of packages by name; a tool that installs others is none."""
    files: list[str] = []
    packages: list[str] = []
    for words in _commands(dockerfile, _PIP):
        lists, names, options = _sorted(words, dockerfile, folder)
        files += [shlex.join(["pip", "install", *options, "-r", f"{up}{one}"]) for one in lists]
        wanted = [one for one in names if re.split(r"[\[=<>~!]", one)[0] not in _TOOLS]
        packages += [shlex.join(["pip", "install", *options, *wanted])] if wanted else []
    return [*dict.fromkeys(files)], [*dict.fromkeys(packages)]


def of_node(dockerfile: Dockerfile) -> list[str]:
    """The programs that it installs for all of the image, as packages of the service alone."""
    found = []
    for words in _commands(dockerfile, _NPM, is_global=True):
        names = [one for one in words if _PACKAGE.fullmatch(one)]
        found += [one for one in names if one.rpartition("@")[0] not in _MANAGERS and one not in _MANAGERS]
    return [shlex.join(["npm", "install", "--no-save", *dict.fromkeys(found)])] if found else []


def _commands(dockerfile: Dockerfile, pattern: re.Pattern[str], *, is_global: bool = False) -> Iterator[list[str]]:
    """The arguments of such commands of its RUN lines; those that a shell would fill in are left out."""
    for run in dockerfile.runs:
        for command in _SEPARATOR.split(_MOUNT.sub("", run.strip())):
            found = pattern.match(" ".join(command.split()))
            words = _words(found[1]) if found else []
            is_wanted = not is_global or "global" in command.split()[:3] or bool(_GLOBAL & {*words})
            if words and is_wanted:
                yield words


def _words(written: str) -> list[str]:
    try:
        words = shlex.split(written)
    except ValueError:
        return []
    return [] if any(re.search(r"[$`|]", one) for one in words) else words


def _sorted(words: Sequence[str], dockerfile: Dockerfile, folder: Path) -> tuple[list[str], list[str], list[str]]:
    """Files of requirements that are in the folder, names of packages, and options that say where they come from."""
    lists: list[str] = []
    names: list[str] = []
    options: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in ("-r", "--requirement") or word.startswith(("--requirement=", "-r")):
            named = next(rest, "") if word in ("-r", "--requirement") else word.removeprefix("--requirement=")
            lists += _here(named.removeprefix("-r"), dockerfile, folder)
        elif word in _WITH_VALUE:
            options += [word, next(rest, "")]
        elif word in _DROPPED_WITH_VALUE:
            next(rest, "")
        elif word in _KEPT or word.partition("=")[0] in _WITH_VALUE:
            options.append(word)
        elif _PACKAGE.fullmatch(word) and "/" not in word:
            names.append(word)
    return lists, names, options


def _here(named: str, dockerfile: Dockerfile, folder: Path) -> list[str]:
    """A file of the image, as it is in the folder of the build; none if it is not there."""
    inside = named if named.startswith("/") else os.path.normpath(f"{dockerfile.folder or '/'}/{named}")
    own = copied(inside, dockerfile, folder) or (named if (folder / named).is_file() else "")
    return [own] if own and not own.startswith(("/", "..")) else []
