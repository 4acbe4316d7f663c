"""Unmatched requests as a person reads them, each with a stub to paste."""

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
    upstream_name = f"{one.upstream}: " if one.upstream else "unknown host: "
    often = f", {one.times} times" if one.times > 1 else ""
    head = ink(f"{upstream_name}{one.method} {ink.safe(one.url)} matched no stub{often}", "yellow")
    upstream = stack.upstreams.get(one.upstream)
    roots = upstream.roots if upstream else ()
    return redaction.redacted("\n".join([head, *_nearest(one, ink, roots), *_mapping(one, ink, roots)]))


def _nearest(one: Unanswered, ink: Ink, roots: Sequence[Path]) -> list[str]:
    if not one.nearest:
        return ["  the upstream has no stubs"] if one.upstream else ["  the Host header matches no upstream"]
    source = f" ({ink.safe(_source(one.source, roots))})" if one.source else ""
    return [f"  nearest: {ink.safe(one.nearest)}{source}", *(f"    {ink.safe(line)}" for line in one.differences)]


def _mapping(one: Unanswered, ink: Ink, roots: Sequence[Path]) -> list[str]:
    if not one.mapping or not one.upstream:
        return []
    where = f" into {shown(roots[0] / MAPPINGS)}/" if roots else ""
    lines = [ink(f"    {ink.safe(line)}", "dim") for line in one.mapping.splitlines()]
    return [f"  a stub to paste{where}:", *lines]


def _source(source: str, roots: Sequence[Path]) -> str:
    """The path of the file from here; the server knows only the last part of its root."""
    first, _, rest = source.partition("/")
    found = next((root / rest for root in roots if root.name == first and (root / rest).is_file()), None)
    return shown(found) if found else source
