"""Records of CSV (RFC 4180), found without being taken apart."""

from collections.abc import Iterable, Iterator


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, each with its end, but perhaps the last."""
    rest = b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest += first
        for other in others:
            yield rest + b"\n"
            rest = other
    if rest:
        yield rest


def records(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The records, each with the lines it spans and its end, but perhaps the last."""
    spanning: list[bytes] = []
    quotes = 0
    for line in lines(chunks):
        quotes += line.count(b'"')
        if quotes % 2:  # a field in quotes goes on in the next line
            spanning.append(line)
            continue
        yield b"".join((*spanning, line)) if spanning else line
        spanning, quotes = [], 0
    if spanning:
        yield b"".join(spanning)
