"""`localenv cache`."""

import json as json_
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from typer import Argument, Option

from localenv.cli import durations, options
from localenv.console.columns import columns
from localenv.console.ink import Ink
from localenv.engines import Cached
from localenv.environment import caching, status
from localenv.errors import UsageError

_WEEK = 7 * 86400.0


def command(
    action: Annotated[str | None, Argument(metavar="[prune]", help="Remove what is of no use any more.")] = None,
    older_than: Annotated[
        float | None,
        Option(metavar="DURATION", parser=durations.seconds, help="Unused for that long: 12h, 30d. 7d unless said."),
    ] = None,
    every: Annotated[bool, Option("--all", help="All that no environment uses now.")] = False,
    json: options.Json = False,
) -> None:
    """Show what makes the next start faster; `prune` removes what is of no use any more.

    Images that were built, folders that were prepared, empty databases. What a running environment uses stays, and all
    of it is made again where it is missing. An image counts with what it shares with others.
    """
    if action not in (None, "prune"):
        raise UsageError(f"there is no `localenv cache {action}`", hint="localenv cache prune")
    if action is None and (every or older_than is not None):
        raise UsageError("--older-than and --all say what `localenv cache prune` removes")
    if every and older_than is not None:
        raise UsageError("--all removes what is younger too: leave out --older-than")
    unused = 0.0 if every else _WEEK if older_than is None else older_than
    found = caching.prune(unused) if action else caching.cached()
    if json:
        print(json_.dumps([asdict(one) for one in found], indent=2))
    else:
        _tell(found, "removed" if action else "in all")


def _tell(found: Sequence[Cached], what: str) -> None:
    if found:
        rows = [(one.kind, one.name, _size(one.size), _used(one)) for one in found]
        heading, *table = columns(rows, headings=("KIND", "NAME", "SIZE", "USED"))
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
