"""Places in the files of a contract: JSON pointers, and the URIs that `$ref`s are made to."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from localenv.errors.problems import Position, Problem

BASE = "contract://files/"  # and the index of the file: every $ref is made absolute

Pointer = tuple[str | int, ...]


def problem(file: Path, pointer: str, reason: str, hint: str = "") -> Problem:
    """A mistake at a JSON pointer of a file."""
    return Problem(f"{pointer}: {reason}" if pointer else reason, Position(file), hint)


def pointed(where: Pointer) -> str:
    """A JSON pointer as a fragment: `#/paths/~1charges/post`."""
    return "#" + "".join(f"/{step(one)}" for one in where)


@lru_cache(maxsize=4096)
def step(part: str | int) -> str:
    """One part of a JSON pointer, escaped."""
    return str(part).replace("~", "~0").replace("/", "~1")


def uri(base: str, *parts: str | int) -> str:
    """The URI of a part below another."""
    return base + "".join(f"/{_encoded(step(part))}" for part in parts)


def steps(fragment: str) -> Iterator[str]:
    """The parts of a fragment's JSON pointer."""
    for part in fragment.split("/")[1:]:
        yield (unquote(part) if "%" in part else part).replace("~1", "/").replace("~0", "~")


def anchors(document: Any) -> Iterator[tuple[str, Pointer]]:
    """The anchors of a document, and where each is."""
    open_: list[tuple[Any, Pointer]] = [(document, ())]
    while open_:
        value, where = open_.pop()
        if isinstance(value, dict):
            for key in ("$anchor", "$dynamicAnchor"):
                if isinstance(value.get(key), str):
                    yield value[key], where
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        open_ += [(one, (*where, key)) for key, one in reversed([*parts]) if isinstance(one, dict | list)]


@lru_cache(maxsize=4096)
def _encoded(text: str) -> str:
    """Text in the fragment of a URI: only what would end it, or would be decoded, is encoded."""
    return re.sub(r'[%#"<>\\^`{|}\s]|[^\x00-\x7f]', lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), text)
