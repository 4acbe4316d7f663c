"""Files that show what a file of variables may hold: `.env.example`, `.env.dev-sample`, `env.sample`."""

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

_WORDS = ("example", "sample", "dist", "template", "tmpl", "default", "defaults")


def of(file: Path) -> Path | None:
    """The example beside a file of variables; None if there is none, or several variants of it."""
    there = _listed(file.parent)
    named = (file.with_name(name) for name in _names(file.name) if name in there)
    if found := next((one for one in named if one.is_file()), None):
        return found
    plain = file.name.lstrip(".")
    patterns = [f"{plain}[-._]{word}[-._]*" for word in _WORDS[:2]]
    fitting = [name for pattern in patterns for name in there if fnmatchcase(name, pattern)]
    variants = [one for one in map(file.with_name, fitting) if one.is_file()]
    return variants[0] if len(variants) == 1 else None


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names alone: there may be thousands of folders
    except OSError:
        return []


def _names(name: str) -> Iterator[str]:
    """Names that it may have: `.env.example` and `example.env` of `.env`, `web.example.env` of `web.env`."""
    plain = name.lstrip(".")
    stem, _, ending = plain.rpartition(".")
    for word in _WORDS:
        yield from (f"{name}{mark}{word}" for mark in ".-_")
        yield from (f"{plain}{mark}{word}" for mark in ".-_")
        yield from (f"{word}.{plain}", f"{word}-{plain}")
        if stem and ending == "env":
            yield f"{stem}.{word}.env"
    if plain.startswith("env.") and name.startswith("."):  # `.env.dev` where only `.env` has an example
        yield from (f".env.{word}" for word in _WORDS)
