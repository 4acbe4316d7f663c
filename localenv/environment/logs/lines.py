"""Merge and filter the log lines of several services."""

import heapq
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from localenv.engines import LogLine
from localenv.errors import UsageError
from localenv.host.background import Streams

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_TOGETHER = 3  # lines that a program prints about one event
# a request's id, the seconds of the epoch, how long it took, a time of day, or a client's port
_MOMENT = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b\d{10,}(?:\.\d+)?\b|\b\d+(?:\.\d+)? ?(?:ms|µs|s)\b"
    r"|\d*(?::\d+)+(?:[.,]\d+)?"
)


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
    """At most `most` of the last lines; of consecutive lines that differ only in times and ports, the last.

    So it is with two or three lines that come again together.
    """
    found: list[tuple[str, int]] = []
    for line in lines:
        found.append((line, 1))
        for length in range(1, _TOGETHER + 1):
            before, last = found[-2 * length : -length], found[-length:]
            if [_shape(one) for one, _ in before] == [_shape(one) for one, _ in last]:
                found[-2 * length :] = [
                    (one, count + times) for (one, times), (_, count) in zip(last, before, strict=True)
                ]
    return [line if times == 1 else f"{line}  ({times} times)" for line, times in found[-most:]]


def _shape(line: str) -> str:
    return _MOMENT.sub(":", line)
