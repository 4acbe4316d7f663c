"""Record the files that a program makes in a folder of code: they are no code."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localenv.engines.native import rooms
from localenv.host import outputs


@contextmanager
def recorded(record: Path, folder: Path, known: Iterable[str] = ()) -> Iterator[set[Path]]:
    """Inside the block, a program runs; yields what is, after it, the files that it has written.

    Those are recorded that are new, or were made by an earlier run: recorded then, or `known` otherwise.
    """
    written: set[Path] = set()
    unchanged, before = outputs.unchanged(record), rooms.listing(folder)
    yield written
    after = rooms.listing(folder)
    written |= {folder / name for name in rooms.written(before, after, ())}
    if written:
        record.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = outputs.known(record) | {folder / name for name in known}
        outputs.record(record, {folder / name for name in after.keys() - before.keys()} | unchanged | (own & written))
