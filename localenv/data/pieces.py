"""Split chunks into lines."""

from collections.abc import Iterable, Iterator


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, each with its line end; the last may have none."""
    rest = b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest += first
        for other in others:
            yield rest + b"\n"
            rest = other
    if rest:
        yield rest
