"""Regular expressions of somebody else's stubs: Python's may take years for one, and nothing else runs meanwhile."""

import json
import re
import sys
from functools import lru_cache

from localenv import process
from localenv.process import Invocation, TimedOut

_LONGEST = 1.0  # seconds for one
_CUT = 2000  # characters of a text that are looked at
_FEW = 2  # repetitions of which no text of that length makes more than a moment's work
_REPEATED_GROUP = re.compile(r"\)[*+{?]")
_REPETITION = re.compile(r"(?<!\\)(?:[*+]|\{\d)")
_ANYTHING = re.compile(r"(?<!\\)\.[*+{]|\[\^")  # also what is between two parts of a path
_PROGRAM = (
    "import json, re, sys; expression, text = json.load(sys.stdin); print(re.fullmatch(expression, text) is not None)"
)


@lru_cache(maxsize=4096)
def matches(expression: str, text: str) -> bool:
    """Whether an expression matches a whole text; False where that takes long, or where Python cannot read it."""
    text = text[:_CUT]
    try:
        if _is_quick(expression):
            return re.fullmatch(expression, text) is not None
        re.compile(expression)
    except (re.error, RecursionError, OverflowError):  # Java's expressions are not all Python's
        return False
    return _matches_apart(expression, text)


def _is_quick(expression: str) -> bool:
    """Whether each part of a path, or all of it, has few repetitions, none of them of a group."""
    if _REPEATED_GROUP.search(expression):
        return False
    plain = expression.replace("[^/]", "x")
    parts = [plain] if _ANYTHING.search(plain) else plain.split("/")
    return all(len(_REPETITION.findall(part)) <= _FEW for part in parts)


def _matches_apart(expression: str, text: str) -> bool:
    """The same in a process of its own, which can be ended."""
    asked = Invocation(argv=(sys.executable, "-I", "-S", "-c", _PROGRAM))
    try:
        done = process.run(asked, stdin=[json.dumps([expression, text]).encode()], timeout=_LONGEST)
    except TimedOut:
        return False
    return done.output.strip() == "True"
