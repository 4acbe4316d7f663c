"""A request that no stub matched, as something a person can act on."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from localenv import redaction
from localenv.console.ink import Ink
from localenv.errors import shown
from localenv.stack import Stack
from localenv.stubs.journal import Unanswered
from localenv.stubs.roots import MAPPINGS


def finding(one: Unanswered, stack: Stack, stream: TextIO) -> str:
    """The nearest stub, what differed, and a mapping to paste."""
    ink = Ink(stream)
    whose = f"{one.upstream}: " if one.upstream else "an unknown host: "
    often = f", {one.times} times" if one.times > 1 else ""
    head = ink(f"{whose}{one.method} {ink.safe(one.url)} matched no stub{often}", "yellow")
    upstream = stack.upstreams.get(one.upstream)
    roots = upstream.roots if upstream else ()
    return redaction.redacted("\n".join([head, *_nearest(one, ink, roots), *_mapping(one, ink, roots)]))


def _nearest(one: Unanswered, ink: Ink, roots: Sequence[Path]) -> list[str]:
    if not one.nearest:
        return ["  it has no stubs"] if one.upstream else ["  its Host header names no upstream"]
    source = f" ({ink.safe(_source(one.source, roots))})" if one.source else ""
    return [f"  nearest: {ink.safe(one.nearest)}{source}", *(f"    {ink.safe(line)}" for line in one.differences)]


def _mapping(one: Unanswered, ink: Ink, roots: Sequence[Path]) -> list[str]:
    if not one.mapping or not one.upstream:
        return []
    where = f" into {shown(roots[0] / MAPPINGS)}/" if roots else ""
    lines = [ink(f"    {ink.safe(line)}", "dim") for line in one.mapping.splitlines()]
    return [f"  a stub for it, to paste{where}:", *lines]


def _source(source: str, roots: Sequence[Path]) -> str:
    """The file as a person standing here would type it; the server knows its root by the last part alone."""
    first, _, rest = source.partition("/")
    found = next((root / rest for root in roots if root.name == first and (root / rest).is_file()), None)
    return shown(found) if found else source
