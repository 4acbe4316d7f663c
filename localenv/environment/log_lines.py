"""Lines of output from several places in one stream."""

import heapq
from collections import deque
from collections.abc import Iterator, Sequence

from localenv.engines import LogLine
from localenv.host.background import Streams


def merged(streams: Sequence[Iterator[LogLine]], *, follow: bool) -> Iterator[LogLine]:
    """The lines by time; with `follow` as they come, until every stream has ended."""
    if len(streams) == 1:
        return streams[0]
    return Streams(*streams).items() if follow else heapq.merge(*streams, key=lambda line: line.time)


def tailed(lines: Iterator[LogLine], count: int | None) -> Iterator[LogLine]:
    """The last of them."""
    return lines if count is None else iter(deque(lines, count))
