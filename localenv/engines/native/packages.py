"""The Python packages in a virtual environment that its steps need; pip removes none that it once installed."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

_OF_VENV = frozenset({"pip", "setuptools", "wheel"})
_INSTALLERS = frozenset({"uv", "poetry", "pdm", "pipenv", "conda", "make"})  # they do not list what is there already
_NEEDED = re.compile(r"\s*(?:Requirement already satisfied:|Collecting|Requirement already up-to-date:) ([\w.-]+)")
_INSTALLED = re.compile(r"\s*Successfully installed (.+)")
_QUIET = re.compile(r"--quiet|-[a-zA-Z]*q[a-zA-Z]*")


def installed(virtual: Path) -> frozenset[str]:
    """The packages in a virtual environment, by normalised name."""
    found = virtual.glob("lib/python*/site-packages/*.dist-info")
    return frozenset(_normalised(one.name.partition("-")[0]) for one in found) - _OF_VENV


def talkative(words: Sequence[str]) -> dict[str, str]:
    """Variables with which a quiet pip lists what it needs."""
    quiet = [word for text in words for word in text.split() if _QUIET.fullmatch(word)]
    count = sum(1 if word.startswith("--") else word.count("q") for word in quiet)
    return {"PIP_VERBOSE": str(count)} if count else {}


def needed(words: Sequence[str], output: Iterable[str], added: Iterable[str]) -> tuple[str, ...] | None:
    """The packages that a step needs, by the output of pip and what it has added; None if unknown."""
    named = {_normalised(name) for line in output for name in _named(line)}
    programs = {part.rpartition("/")[2] for word in words for part in word.split()}
    if not named and (added or not programs.isdisjoint(_INSTALLERS)):
        return None
    return tuple(sorted(named.union(added) - _OF_VENV))


def orphans(virtual: Path, steps: Iterable[Sequence[str] | None]) -> list[str]:
    """The packages that no step needs; empty if that of a step is unknown."""
    wanted: set[str] = set()
    for one in steps:
        if one is None:
            return []
        wanted |= set(one)
    return sorted(installed(virtual) - wanted)


def removal(virtual: Path, names: Sequence[str]) -> tuple[str, ...]:
    """The command that removes packages."""
    return (str(virtual / "bin" / "python"), "-m", "pip", "uninstall", "--yes", "--quiet", *names)


def _named(line: str) -> list[str]:
    if found := _NEEDED.match(line):
        return [found[1]]
    if found := _INSTALLED.match(line):
        return [name.rpartition("-")[0] for name in found[1].split()]
    return []


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
