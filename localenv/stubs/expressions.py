"""Match untrusted regular expressions from stubs: Python's engine can take years for one and block everything else."""

import json
import re
import sys
from functools import lru_cache

from localenv import process
from localenv.process import Invocation, TimedOut

_LONGEST = 1.0  # seconds for one match
_CUT = 2000  # characters of a text to match
_FEW = 2  # repetitions that cannot take long on a text of that length
_REPEATED_GROUP = re.compile(r"\)[*+{?]")
_REPETITION = re.compile(r"(?<!\\)(?:[*+]|\{\d)")
_ANYTHING = re.compile(r"(?<!\\)\.[*+{]|\[\^")  # can match across path segments
_PROGRAM = (
    "import json, re, sys; expression, text = json.load(sys.stdin); print(re.fullmatch(expression, text) is not None)"
)


@lru_cache(maxsize=4096)
def matches(expression: str, text: str) -> bool:
    """Whether an expression matches a whole text; False if that takes too long, or if Python cannot parse it."""
    text = text[:_CUT]
    try:
        if is_quick(expression):
            return re.fullmatch(expression, text) is not None
        re.compile(expression)
    except (re.error, RecursionError, OverflowError):  # a Java expression that Python does not support
        return False
    return _matches_apart(expression, text)


def is_quick(expression: str) -> bool:
    """Whether each path segment, or the whole expression, has few repetitions, none of them of a group."""
    if _REPEATED_GROUP.search(expression):
        return False
    plain = expression.replace("[^/]", "x")
    parts = [plain] if _ANYTHING.search(plain) else plain.split("/")
    return all(len(_REPETITION.findall(part)) <= _FEW for part in parts)


def _matches_apart(expression: str, text: str) -> bool:
    """The same in a child process, which can be killed."""
    asked = Invocation(argv=(sys.executable, "-I", "-S", "-c", _PROGRAM))
    try:
        done = process.run(asked, stdin=[json.dumps([expression, text]).encode()], timeout=_LONGEST)
    except TimedOut:
        return False
    return done.output.strip() == "True"
