"""What a Dockerfile's last stage copies from the build context, as far as a change of it needs no build."""

import json
import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_CONTINUED = re.compile(r"\\[ \t]*\r?\n")
# commands that make something of the files copied before; `pip install .` copies them once more
_MAKING = re.compile(
    r"\b(build|compile|compileall|collectstatic|assets:precompile|webpack|tsc|go|cargo|mvn|gradle|make|rake|dotnet"
    r"|swift|stack)\b|\binstall\b[^&|;]*\s\.(\s|$|\[)"
)


@dataclass(frozen=True, kw_only=True)
class Copied:
    """A path of the build context, and where it is in the image; a folder's content is copied into the target."""

    source: str  # relative to the context; empty for the whole context
    target: str
    is_into: bool  # the target is a folder that holds the source under its own name


def copied(text: str, target: str | None = None) -> list[Copied]:
    """The copies of the stage that is built, after which nothing is made of them."""
    found: list[Copied] = []
    folder = "/"
    for word, rest in _stage(text, target):
        match word:
            case "WORKDIR":
                folder = posixpath.join(folder, _plain(rest))
            case "COPY" | "ADD":
                found += _copies(rest, folder)
            case "RUN" if _MAKING.search(rest):
                found.clear()
    return found


def read(text: str) -> list[str] | None:
    """What all of its stages read of the build context, relative to that; None if that is not certain: all of it."""
    found: list[str] = []
    for word, rest in _instructions(text):
        if word == "RUN" and re.search(r"--mount=\S*type=bind|--mount=(?!\S*type=)", rest):
            return None
        if word not in ("COPY", "ADD") or "--from" in rest:
            continue
        copies = [*_copies(rest, "/")]
        if not copies or any(not one.source or one.source.startswith("..") for one in copies):
            return None
        found += (one.source for one in copies)
    return found


def _stage(text: str, target: str | None) -> list[tuple[str, str]]:
    """The instructions of the last stage, or of `target`; those of a stage that it begins from come first."""
    stages: dict[str, list[tuple[str, str]]] = {}
    name = ""
    for word, rest in _instructions(text):
        if word == "FROM":
            base, _, alias = _of_from(rest)
            name = alias or str(len(stages))
            stages[name] = list(stages.get(base, ()))
        elif name:
            stages[name].append((word, rest))
    return stages.get((target or "").lower() or name, stages.get(name, []))


def _of_from(rest: str) -> tuple[str, str, str]:
    words = [one for one in rest.lower().split() if not one.startswith("--")]
    return (words or [""])[0], "", words[2] if len(words) > 2 and words[1] == "as" else ""


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in _CONTINUED.sub(" ", lines).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word.upper(), rest.strip()


def _copies(rest: str, folder: str) -> Iterator[Copied]:
    words = _words(rest)
    if any(one.startswith("--from") for one in words):
        return
    paths = [one for one in words if not one.startswith("--")]
    if len(paths) < 2 or any("$" in one or "*" in one or one.startswith("<<") for one in paths):
        return
    *sources, target = paths
    is_folder = target.endswith("/") or target in (".", "./") or len(sources) > 1
    for source in sources:
        clean = posixpath.normpath(source).lstrip("/")
        yield Copied(
            source="" if clean == "." else clean,
            target=posixpath.normpath(posixpath.join(folder, target)),
            is_into=is_folder,
        )


def _words(rest: str) -> list[str]:
    if rest.startswith("["):
        try:
            return [str(one) for one in json.loads(rest)]
        except (ValueError, RecursionError):
            return []
    try:
        return shlex.split(rest)
    except ValueError:
        return []


def _plain(text: str) -> str:
    return text.strip().strip("\"'")
