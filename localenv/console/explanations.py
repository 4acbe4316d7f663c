"""Format the explanation of a request for a person."""

from collections.abc import Iterator
from typing import TextIO

from localenv import redaction
from localenv.console.calls import asked_for, differences
from localenv.console.findings import source_of, unknown_host
from localenv.console.ink import Ink
from localenv.errors import shown
from localenv.stack import Stack, StubSource
from localenv.stubs.explanation import Explanation, NearStub
from localenv.stubs.sources import paste_into


def explained(one: Explanation, stack: Stack, stream: TextIO) -> str:
    """The stub that answers, the nearest others with the differences, and a mapping to paste."""
    return redaction.redacted("\n".join(_lines(one, stack, stream)))


def _lines(one: Explanation, stack: Stack, stream: TextIO) -> Iterator[str]:
    ink = Ink(stream)
    upstream = stack.upstreams.get(one.upstream)
    known = upstream.sources if upstream else ()
    after = f" is answered by {_stub(one.answered_by, known, ink)}" if one.answered_by else " matches no stub"
    head = asked_for(f"{one.upstream or 'unknown host'}:", one.method, ink.safe(one.url), after, stream)
    yield ink(head, "bold") + after if one.answered_by else ink(head + after, "yellow")
    if not one.upstream:
        yield from unknown_host(one.host, ink, list(stack.upstreams))
    elif not one.answered_by and not one.nearest:
        yield "  the upstream has no stubs"
    for near in one.nearest:
        how = "nearest" if near.differences else "matches too, with a lower priority"
        yield f"  {how}: {_stub(near, known, ink)}"
        yield from differences(near.differences, stream)
    if one.upstream and not one.answered_by:
        folder = paste_into(known)
        yield f"  a stub to paste{f' into {shown(folder)}/' if folder else ''}:"
        yield from (ink(f"    {ink.safe(line)}", "dim") for line in one.text.splitlines())


def _stub(near: NearStub, known: tuple[StubSource, ...], ink: Ink) -> str:
    where = ink.safe(source_of(near.source, known)) if near.source else "an added stub"
    return f"“{ink.safe(near.name)}” ({where})"
