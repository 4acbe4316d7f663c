"""A request that no stub matched, as something a person can act on."""

from collections.abc import Sequence
from typing import TextIO

from localenv import redaction
from localenv.console.ink import Ink
from localenv.errors import shown
from localenv.stack import Stack, StubSource
from localenv.stubs.journal import Unanswered
from localenv.stubs.sources import paste_into, written


def finding(one: Unanswered, stack: Stack, stream: TextIO) -> str:
    """The nearest stub, what differed, and a mapping to paste."""
    ink = Ink(stream)
    whose = f"{one.upstream}: " if one.upstream else "an unknown host: "
    often = f", {one.times} times" if one.times > 1 else ""
    head = ink(f"{whose}{one.method} {ink.safe(one.url)} matched no stub{often}", "yellow")
    upstream = stack.upstreams.get(one.upstream)
    known = upstream.sources if upstream else ()
    return redaction.redacted("\n".join([head, *_nearest(one, ink, known), *_mapping(one, ink, known)]))


def _nearest(one: Unanswered, ink: Ink, sources: Sequence[StubSource]) -> list[str]:
    if not one.nearest:
        return ["  it has no stubs"] if one.upstream else ["  its Host header names no upstream"]
    source = f" ({ink.safe(_source(one.source, sources))})" if one.source else ""
    return [f"  nearest: {ink.safe(one.nearest)}{source}", *(f"    {ink.safe(line)}" for line in one.differences)]


def _mapping(one: Unanswered, ink: Ink, sources: Sequence[StubSource]) -> list[str]:
    if not one.mapping or not one.upstream:
        return []
    folder = paste_into(sources)
    where = f" into {shown(folder)}/" if folder else ""
    lines = [ink(f"    {ink.safe(line)}", "dim") for line in one.mapping.splitlines()]
    return [f"  a stub for it, to paste{where}:", *lines]


def _source(source: str, sources: Sequence[StubSource]) -> str:
    """The file as a person standing here would type it; the server knows the last part of its path alone."""
    found = written(sources, source)
    return shown(found) if found else source
