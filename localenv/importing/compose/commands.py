"""Commands of a Compose file: a line or a list, and how each is written in a description."""

import re
import shlex
from collections.abc import Sequence
from typing import Any

from localenv.importing.compose.interpolation import Atoms
from localenv.importing.compose.texts import text

_OPERATOR = re.compile(r"&&?|\|\|?|;|\d?>{1,2}.*|<{1,3}.*|.*;")
_SIMPLE = re.compile("[\\w@%+=:,./*~^?!#\U00100000-\U0010fffd-]+")


def words(stated: Any, atoms: Atoms) -> tuple[str, ...]:
    """The words of a command, with atoms; one that only a shell can read is given to a shell."""
    if stated is None:
        return ()
    if isinstance(stated, list | tuple):
        found = tuple(atoms.read(text(one)) for one in stated)
        return ("sh", "-c", " ".join(found)) if {"&&", "||"} & {*found} else found
    line = "".join(_expanded(one, atoms) for one in atoms.read(text(stated)))
    try:
        split = tuple(shlex.split(line))
    except ValueError:  # an unclosed quote
        return ("sh", "-c", line)
    is_shell = any(_OPERATOR.fullmatch(word) for word in shlex.split(line, posix=False))
    return ("sh", "-c", line) if is_shell and split[:1] not in (("sh",), ("bash",)) else split


def _expanded(character: str, atoms: Atoms) -> str:
    """The value of a variable that holds several words, which would not be split otherwise."""
    value = atoms.plain(character)
    return value if len(value) > 1 and len(value.split()) > 1 else character


def written(command: Sequence[str], atoms: Atoms) -> str | list[str]:
    """A command as a line where that is the same, else as a list."""
    shown = [atoms.written(word) for word in command]
    is_simple = all(_SIMPLE.fullmatch(word) and not _OPERATOR.fullmatch(word) for word in command)
    return " ".join(shown) if is_simple and shown else shown
