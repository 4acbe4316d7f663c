"""Format unmatched requests for a person, each with a stub to paste."""

from collections.abc import Sequence
from typing import TextIO

from localenv import redaction
from localenv.console.calls import asked_for, differences
from localenv.console.ink import Ink
from localenv.errors import shown
from localenv.stack import Stack, StubSource
from localenv.stubs.journal import Unanswered
from localenv.stubs.recognition import is_nameable
from localenv.stubs.sources import paste_into, written


def finding(one: Unanswered, stack: Stack, stream: TextIO) -> str:
    """The nearest stub, the differences, and a mapping to paste."""
    ink = Ink(stream)
    upstream_name = f"{one.upstream}:" if one.upstream else "unknown host:"
    often = f", {one.times} times" if one.times > 1 else ""
    after = f" matched no stub{often}"
    head = ink(asked_for(upstream_name, one.method, ink.safe(one.url), after, stream) + after, "yellow")
    upstream = stack.upstreams.get(one.upstream)
    known = upstream.sources if upstream else ()
    nearest = _nearest(one, stream, known) if one.upstream else unknown_host(one.host, ink, list(stack.upstreams))
    return redaction.redacted("\n".join([head, *nearest, *_mapping(one, ink, known)]))


def unknown_host(host: str, ink: Ink, upstreams: Sequence[str]) -> list[str]:
    """A Host header that belongs to no upstream, and how to assign it to one."""
    if not host:
        return ["  it has no Host header, and the stubs of no upstream alone match it"]
    meant = f"  its Host header is {ink.safe(host)}, which is not one of {', '.join(upstreams)}"
    if not is_nameable(host):
        return [meant, "  `hosts:` of an upstream takes names and IPv4 addresses only: ask for it by one of these"]
    return [meant, f"  to make it one of them, add to that upstream: hosts: [{host}]"]


def _nearest(one: Unanswered, stream: TextIO, sources: Sequence[StubSource]) -> list[str]:
    ink = Ink(stream)
    if not one.nearest:
        return ["  the upstream has no stubs"]
    source = f" ({ink.safe(source_of(one.source, sources))})" if one.source else ""
    return [f"  nearest: {ink.safe(one.nearest)}{source}", *differences(one.differences, stream)]


def _mapping(one: Unanswered, ink: Ink, sources: Sequence[StubSource]) -> list[str]:
    if not one.mapping or not one.upstream:
        return []
    folder = paste_into(sources)
    where = f" into {shown(folder)}/" if folder else ""
    lines = [ink(f"    {ink.safe(line)}", "dim") for line in one.mapping.splitlines()]
    return [f"  a stub to paste{where}:", *lines]


def source_of(source: str, sources: Sequence[StubSource]) -> str:
    """The path of the file relative to the current folder; the server knows only its last part."""
    found = written(sources, source)
    return shown(found) if found else source
