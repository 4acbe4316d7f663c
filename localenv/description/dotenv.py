"""Files of `KEY=value` lines, taken literally."""

import re
from collections.abc import Iterator
from pathlib import Path

from localenv.errors import Position, Problem

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$"}


def read(file: Path) -> tuple[dict[str, str], list[Problem]]:
    """The variables in a file, the last of equal ones counting, and the lines that are none.

    Quotes around a value are taken off, ` #` begins a comment outside them, `"…"` knows `\\n` and `\\"`.
    """
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return {}, [Problem("the file is not UTF-8 text", Position(file), "save it as UTF-8")]
    except OSError as error:
        return {}, [Problem(f"cannot be read: {error.strerror}", Position(file))]
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in _said(lines):
        match = _LINE.fullmatch(line)
        if match:
            found[match[1]] = _value(match[2])
        else:
            problems.append(Problem("not a KEY=value line", Position(file, number), "a comment begins with #"))
    return found, problems


def _said(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def _value(text: str) -> str:
    if quoted := re.fullmatch(r"'([^']*)'\s*(?:#.*)?", text):
        return quoted[1]
    if quoted := re.fullmatch(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?', text):
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), quoted[1])
    return re.sub(r"(^|\s+)#.*", "", text).rstrip()
