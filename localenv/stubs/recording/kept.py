"""The newest exchanges of a recording, in bounded memory."""

from collections import deque
from threading import Lock

from localenv.stubs.recording.exchange import RecordedExchange

MOST = 10_000  # exchanges; each may become a stub
LARGEST = 256 << 20  # bytes of all their bodies


class KeptExchanges:
    """Takes exchanges from several threads; `lost` counts the oldest, which were too many or too large."""

    def __init__(self, most: int = MOST, largest: int = LARGEST) -> None:
        self._most, self._largest = most, largest
        self._kept: deque[RecordedExchange] = deque()
        self._size, self._lock = 0, Lock()
        self.lost = 0

    def add(self, exchange: RecordedExchange) -> None:
        """Keep an exchange, and forget the oldest ones that there is no room for."""
        with self._lock:
            self._kept.append(exchange)
            self._size += _size(exchange)
            while self._kept and (len(self._kept) > self._most or self._size > self._largest):
                self._size -= _size(self._kept.popleft())
                self.lost += 1

    def all(self) -> list[RecordedExchange]:
        """Those that are kept, the oldest first."""
        with self._lock:
            return [*self._kept]


def _size(exchange: RecordedExchange) -> int:
    headers = sum(len(name) + len(value) for name, value in (*exchange.headers, *exchange.asked))
    return len(exchange.body) + len(exchange.answer) + len(exchange.url) + headers
