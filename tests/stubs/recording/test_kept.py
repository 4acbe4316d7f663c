"""A recording keeps the newest exchanges, bounded by count and by bytes while it runs."""

from localenv.stubs.recording.exchange import RecordedExchange
from localenv.stubs.recording.kept import KeptExchanges


def exchange(number: int, size: int = 0) -> RecordedExchange:
    return RecordedExchange(method="GET", url=f"/{number}", status=200, answer=b"x" * size)


def test_the_oldest_beyond_the_count_are_counted_as_lost() -> None:
    kept = KeptExchanges(most=3)
    for number in range(5):
        kept.add(exchange(number))
    assert ([one.url for one in kept.all()], kept.lost) == (["/2", "/3", "/4"], 2)


def test_the_oldest_beyond_the_bytes_are_lost_and_one_that_is_too_large_too() -> None:
    kept = KeptExchanges(largest=1000)
    for number in range(4):
        kept.add(exchange(number, 400))
    assert ([one.url for one in kept.all()], kept.lost) == (["/2", "/3"], 2)
    kept.add(exchange(4, 2000))
    kept.add(exchange(5, 10))
    assert ([one.url for one in kept.all()], kept.lost) == (["/5"], 5)
