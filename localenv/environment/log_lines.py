"""Merge and filter the log lines of several services."""

import heapq
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from localenv.engines import LogLine
from localenv.errors import UsageError
from localenv.host.background import Streams

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_MOMENT = re.compile(r"\d*(?::\d+)+(?:[.,]\d+)?")  # a time of day, or a client's port


def merged(streams: Sequence[Iterator[LogLine]], *, follow: bool) -> Iterator[LogLine]:
    """Merge the lines by time; with `follow`, yield them as they arrive, until every stream has ended."""
    if len(streams) == 1:
        return streams[0]
    return Streams(*streams).items() if follow else heapq.merge(*streams, key=lambda line: line.time)


def matching(lines: Iterator[LogLine], pattern: str) -> Iterator[LogLine]:
    """The lines that match a regular expression; raises UsageError for an invalid one."""
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"'{pattern}' is not a regular expression: {error}") from error
    return (line for line in lines if found.search(_COLOUR.sub("", line.text)))


def tailed_each(lines: Iterator[LogLine], count: int | None) -> Iterator[LogLine]:
    """The last lines of each service."""
    if count is None:
        return lines
    kept: dict[str, deque[LogLine]] = {}
    for line in lines:
        kept.setdefault(line.service, deque(maxlen=count)).append(line)
    return heapq.merge(*kept.values(), key=lambda line: line.time)


def tailed(lines: Iterator[LogLine], count: int | None) -> Iterator[LogLine]:
    """The last lines of all."""
    return lines if count is None else iter(deque(lines, count))


def collapsed(lines: Iterable[str], most: int) -> list[str]:
    """At most `most` of the last lines; of consecutive lines that differ only in times and ports, the last."""
    found: list[tuple[str, int]] = []
    for line in lines:
        same = bool(found) and _MOMENT.sub(":", found[-1][0]) == _MOMENT.sub(":", line)
        found[-1:] = [(line, found[-1][1] + 1)] if same else [*found[-1:], (line, 1)]
    return [line if times == 1 else f"{line}  ({times} times)" for line, times in found[-most:]]
