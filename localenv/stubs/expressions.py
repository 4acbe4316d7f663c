"""Match untrusted regular expressions from stubs: Python's engine can take years for one and block everything else."""

import json
import re
import sys
import time
from functools import lru_cache

from localenv import process
from localenv.process import Invocation, TimedOut

_LONGEST = 1.0  # seconds for one match
_ALLOWANCE, _SHARE = 3.0, 0.1  # seconds for all of them in a child process, and per second that has passed
_LARGEST = 4000  # characters of an expression that is compiled here
_CUT = 2000  # characters of a text to match
_FEW = 2  # repetitions that cannot take long on a text of that length
_REPEATED_GROUP = re.compile(r"\)[*+{?]")
_REPETITION = re.compile(r"(?<!\\)(?:[*+]|\{\d)")
_IN_A_SEGMENT = re.compile(r"\[\^/\]|\[(?![\w-]*--)[\w-]+\]|\\[dws]")  # classes without a slash
_ANYTHING = re.compile(r"(?<!\\)\.|\[|\\[A-Zpx0u]")  # may match across path segments
_PROGRAM = (
    "import json, re, sys; expression, text = json.load(sys.stdin); print(re.fullmatch(expression, text) is not None)"
)


@lru_cache(maxsize=4096)
def matches(expression: str, text: str) -> bool:
    """Whether an expression matches a whole text; False if that takes too long, or if Python cannot parse it."""
    text = text[:_CUT]
    found = compiled(expression)
    if found is None:
        return False
    return found.fullmatch(text) is not None if is_quick(expression) else _allowance.matches(expression, text)


@lru_cache(maxsize=20_000)
def compiled(expression: str) -> re.Pattern[str] | None:
    """The expression; None if Python does not support it, unlike Java, or if it is very long."""
    try:
        return re.compile(expression) if len(expression) <= _LARGEST else None
    except (re.error, RecursionError, OverflowError):
        return None


@lru_cache(maxsize=20_000)
def is_quick(expression: str) -> bool:
    """Whether each path segment, or the whole expression, has few repetitions, none of them of a group."""
    if _REPEATED_GROUP.search(expression):
        return False
    plain = _IN_A_SEGMENT.sub("x", expression)
    parts = [plain] if _ANYTHING.search(plain) else plain.split("/")
    return all(len(_REPETITION.findall(part)) <= _FEW for part in parts)


class _Allowance:
    """The time for slow expressions: a repository may have thousands, and somebody waits for the result."""

    def __init__(self) -> None:
        self.left = _ALLOWANCE
        self.looked = time.monotonic()

    def matches(self, expression: str, text: str) -> bool:
        """Whether a slow expression matches; False if no time is left."""
        began = time.monotonic()
        self.left = min(self.left + (began - self.looked) * _SHARE, _ALLOWANCE)
        self.looked = began
        if self.left <= 0:
            return False
        found = _matches_apart(expression, text)
        self.left -= time.monotonic() - began
        return found


_allowance = _Allowance()


def _matches_apart(expression: str, text: str) -> bool:
    """The same in a child process, which can be killed."""
    asked = Invocation(argv=(sys.executable, "-I", "-S", "-c", _PROGRAM))
    try:
        done = process.run(asked, stdin=[json.dumps([expression, text]).encode()], timeout=_LONGEST)
    except TimedOut:
        return False
    return done.output.strip() == "True"
