"""Format requests to upstreams for a person."""

import time
from typing import TextIO

from localenv import redaction
from localenv.console.ink import Ink
from localenv.stubs.calls import Call

_LONGEST = 2000  # characters of a body to show


def shown(call: Call, stream: TextIO) -> str:
    """The request, its result, and both bodies."""
    ink = Ink(stream)
    head = f"{time.strftime('%H:%M:%S', time.localtime(call.time))} {call.upstream or 'unknown host'}:"
    how = f"stub “{ink.safe(call.stub)}”" if call.matched else ink("no stub matched", "yellow")
    answer = call.fault or call.status
    lines = [f"{ink(head, 'bold')} {call.method} {ink.safe(call.url)} → {answer} ({how})"]
    if call.nearest:
        lines += [f"  nearest: {ink.safe(call.nearest)}", *(f"    {ink.safe(one)}" for one in call.differences)]
    lines += _body("sent", call.text, ink) + _body("answered", call.answer.decode(errors="replace"), ink)
    return "\n".join(lines)


def _body(what: str, text: str, ink: Ink) -> list[str]:
    if not text:
        return []
    cut = redaction.redacted_traffic(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    return [
        f"  {what}: {ink.safe(line)}" if not number else f"    {ink.safe(line)}"
        for number, line in enumerate(cut.splitlines())
    ]
