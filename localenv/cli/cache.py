"""`localenv cache`."""

import json as json_
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from typer import Argument, Option

from localenv.cli import completing, durations, options
from localenv.console.columns import columns, width
from localenv.console.ink import Ink
from localenv.engines import Cached
from localenv.environment import caching, status
from localenv.errors import UsageError

_WEEK = 7 * 86400.0


def command(
    action: Annotated[
        str | None,
        Argument(metavar="[prune]", help="Remove unused entries.", autocompletion=completing.one_of("prune")),
    ] = None,
    older_than: Annotated[
        float | None,
        Option(
            metavar="DURATION", parser=durations.seconds, help="Unused for at least this time: 12h, 30d. [default: 7d]"
        ),
    ] = None,
    every: Annotated[bool, Option("--all", help="Remove all entries that no environment uses now.")] = False,
    json: options.JsonOption = False,
) -> None:
    """List cached images, folders and data; `prune` removes unused entries.

    Built images, prepared folders and empty databases make the next start faster. Entries of running environments
    stay; removed entries are made again when needed. The size of an image includes layers shared with others.
    """
    if action not in (None, "prune"):
        raise UsageError(f"unknown action '{action}'", hint="localenv cache prune")
    if action is None and (every or older_than is not None):
        raise UsageError("--older-than and --all need `prune`", hint="localenv cache prune --older-than 12h")
    if every and older_than is not None:
        raise UsageError("choose --all or --older-than")
    unused = 0.0 if every else _WEEK if older_than is None else older_than
    found = caching.prune(unused) if action else caching.cached()
    if json:
        print(json_.dumps([asdict(one) for one in found], indent=2))
    else:
        _print(found, "removed" if action else "in total")


def _print(found: Sequence[Cached], what: str) -> None:
    if found:
        rows = [(one.kind, one.name, one.about, _size(one.size), _used(one)) for one in found]
        headings = ("KIND", "NAME", "HOLDS", "SIZE", "USED")
        heading, *table = columns(rows, headings=headings, within=width(sys.stdout), shortened=(1,))
        print("\n".join([Ink(sys.stdout)(heading, "dim"), *table]))
    print(f"{len(found)} {what}, {_size(sum(one.size for one in found))}", file=sys.stderr)


def _used(one: Cached) -> str:
    return "in use" if one.in_use else f"{status.duration(max(time.time() - one.used, 0))} ago"


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
