"""Files of `KEY=value` lines, taken literally."""

import re
from collections.abc import Iterator
from pathlib import Path

from localenv.errors import Position, Problem

_NAME = r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*"
_QUOTED = re.compile(_NAME + r"""(?:'([^']*)'|"((?:[^"\\]|\\.)*)")[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)""", re.DOTALL)
_PLAIN = re.compile(_NAME + r"([^\n]*?)[ \t]*\r?(?:\n|\Z)")
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$"}


def read(file: Path) -> tuple[dict[str, str], list[Problem]]:
    """The variables in a file, the last of equal ones counting, and the lines that are none.

    Quotes around a value are taken off, and it may then go on in the next line; ` #` begins a comment outside them,
    `"…"` knows `\\n`, `\\r`, `\\t`, `\\$` and `\\"`.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}, [Problem("the file is not UTF-8 text", Position(file), "save it as UTF-8")]
    except OSError as error:
        return {}, [Problem(f"cannot be read: {error.strerror}", Position(file))]
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for offset, entry in _entries(text):
        if entry is None:
            at = Position(file, text.count("\n", 0, offset) + 1)
            problems.append(Problem("not a KEY=value line", at, "a comment begins with #"))
        else:
            found[entry[0]] = entry[1]
    return found, problems


def _entries(text: str) -> Iterator[tuple[int, tuple[str, str] | None]]:
    """Each variable with its value, None for a line that is none, and the offset at which it stands."""
    offset = 0
    while offset < len(text):
        if match := _NOTHING.match(text, offset):
            pass
        elif match := _QUOTED.match(text, offset):
            yield offset, (match[1], _unescaped(match[3]) if match[2] is None else match[2])
        elif match := _PLAIN.match(text, offset):
            yield offset, (match[1], re.sub(r"(^|[ \t]+)#.*", "", match[2], flags=re.DOTALL))
        else:
            yield offset, None
            match = _LINE.match(text, offset)
        assert match
        offset = match.end()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text, flags=re.DOTALL)
