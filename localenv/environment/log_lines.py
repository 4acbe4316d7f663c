"""Lines of output from several places in one stream."""

import heapq
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread

from localenv.engines import LogLine

_MOMENT = re.compile(r"\d*(?::\d+)+(?:[.,]\d+)?")  # a time of day, the port of a client


def merged(streams: Sequence[Iterator[LogLine]], *, follow: bool) -> Iterator[LogLine]:
    """The lines by time; with `follow` as they come, until every stream has ended."""
    if len(streams) == 1:
        return streams[0]
    return _as_they_come(streams) if follow else heapq.merge(*streams, key=lambda line: line.time)


def tailed(lines: Iterator[LogLine], count: int | None) -> Iterator[LogLine]:
    """The last of them."""
    return lines if count is None else iter(deque(lines, count))


def _as_they_come(streams: Iterable[Iterator[LogLine]]) -> Iterator[LogLine]:
    queue: SimpleQueue[LogLine | None] = SimpleQueue()

    def pump(lines: Iterator[LogLine]) -> None:
        try:
            for line in lines:
                queue.put(line)
        finally:
            queue.put(None)

    left = 0
    for lines in streams:
        Thread(target=pump, args=(lines,), daemon=True).start()
        left += 1
    while left:
        line = queue.get()
        if line is None:
            left -= 1
        else:
            yield line


def collapsed(lines: Iterable[str], most: int) -> list[str]:
    """The last lines, `most` of them at most; of some that differ in times and ports alone, the last."""
    found: list[tuple[str, int]] = []
    for line in lines:
        same = bool(found) and _MOMENT.sub(":", found[-1][0]) == _MOMENT.sub(":", line)
        found[-1:] = [(line, found[-1][1] + 1)] if same else [*found[-1:], (line, 1)]
    return [line if times == 1 else f"{line}  ({times} times)" for line, times in found[-most:]]
