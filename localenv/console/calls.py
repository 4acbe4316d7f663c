"""Format requests to upstreams for a person."""

import time
from collections.abc import Sequence
from typing import TextIO

from localenv import redaction
from localenv.console.columns import fitted, width
from localenv.console.folding import folded
from localenv.console.ink import Ink
from localenv.stubs.calls import Call

_LONGEST = 2000  # characters of a body to show
_LEAST_OF_URL = 40  # characters of one before the line is broken instead


def shown(call: Call, stream: TextIO) -> str:
    """The request, its result, and both bodies."""
    ink = Ink(stream)
    head = f"{time.strftime('%H:%M:%S', time.localtime(call.time))} {call.upstream or 'unknown host'}:"
    how = f"stub “{ink.safe(call.stub)}”" if call.matched else "no stub matched"
    answer = f" → {call.fault or call.status} ({how})"
    asked = asked_for(head, call.method, ink.safe(call.url), answer, stream)
    shown_answer = answer if call.matched else answer.replace(how, ink(how, "yellow"))
    lines = [ink(head, "bold") + asked.removeprefix(head) + shown_answer]
    if call.nearest:
        lines += [f"  nearest: {ink.safe(call.nearest)}", *differences(call.differences, stream)]
    lines += _body("sent", call.text, ink) + _body("answered", call.answer.decode(errors="replace"), ink)
    return "\n".join(lines)


def asked_for(head: str, method: str, url: str, after: str, stream: TextIO) -> str:
    """The request before `after`, on a terminal with a URL that fits; below `head` if that leaves it little room."""
    before = f"{head} {method} "
    if len(before) + min(len(url), _LEAST_OF_URL) + len(after) > width(stream):
        before = f"{head}\n  {method} "
    return before + fitted(before.rpartition("\n")[2], url, after, stream)


def differences(lines: Sequence[str], stream: TextIO) -> list[str]:
    """How a request differs from a stub; on a terminal a long URL loses its middle, and the rest is folded."""
    return [f"    {folded(_shortened(Ink(stream).safe(one), stream), stream, indent=6, begins=4)}" for one in lines]


def _shortened(line: str, stream: TextIO) -> str:
    """The line, without the middle of its longest word if that does not fit in one."""
    word = max(line.split(), key=len, default="")
    return line.replace(word, fitted(" " * 8, word, "", stream)) if word else line


def _body(what: str, text: str, ink: Ink) -> list[str]:
    if not text:
        return []
    cut = redaction.redacted_traffic(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    return [
        f"  {what}: {ink.safe(line)}" if not number else f"    {ink.safe(line)}"
        for number, line in enumerate(cut.splitlines())
    ]
