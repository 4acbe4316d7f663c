"""Remove the longest unused entries of a folder in the cache until the others fit into a number of bytes.

Run as a script, by `-I -S`: `bound.py FOLDER BYTES`. Standard library only. An entry that is being copied is locked,
and stays; the newest entry stays in any case.
"""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def main() -> None:
    """Measure, and remove what is too much."""
    folder, largest = Path(sys.argv[1]), int(sys.argv[2])
    found = [one for one in folder.glob("[!.]*") if one.is_dir() and one.suffix != ".making"]
    newest_first = sorted(found, key=_used, reverse=True)
    total = 0
    for number, entry in enumerate(newest_first):
        total += _size(entry)
        if number and total > largest:
            _remove(entry)


def _used(entry: Path) -> float:
    with suppress(OSError):
        return entry.stat().st_mtime
    return 0.0


def _size(entry: Path) -> int:
    files = (os.path.join(place, name) for place, _, names in os.walk(entry) for name in names)  # noqa: PTH118 - faster
    total = 0
    for file in files:
        with suppress(OSError):
            total += os.lstat(file).st_blocks * 512
    return total


def _remove(entry: Path) -> None:
    """Remove an entry atomically, unless a process uses it."""
    with _locked(entry) as is_free:
        if is_free:
            with suppress(OSError), tempfile.TemporaryDirectory(dir=entry.parent, prefix=".removing-") as room:
                moved = entry.rename(Path(room) / "it")
                entry.with_name(f".{entry.name}.about").unlink(missing_ok=True)
                shutil.rmtree(moved, ignore_errors=True)


@contextmanager
def _locked(entry: Path) -> Iterator[bool]:
    try:
        opened = os.open(entry, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(opened)


if __name__ == "__main__":
    main()
