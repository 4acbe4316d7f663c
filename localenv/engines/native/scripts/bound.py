"""Remove the longest unused entries of a folder in the cache until the others fit into a number of bytes.

Run as a script, by `-I -S`: `bound.py entries|files FOLDER BYTES [STATES]`. Standard library only. The entries of a
folder are what it holds, or all files below it. The newest entry stays in any case, and so does one that is locked
because it is being copied or made, or that an environment uses: its state, in STATES, has a file `setups/ENTRY`.
`FOLDER/.bounded` has the time of the last complete run.
"""

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MARK = ".bounded"
_APART = (".lock", ".making")  # beside an entry


def main() -> None:
    """Measure, and remove what is too much."""
    kind, name, most, *more = sys.argv[1:]
    folder, began, states = Path(name), time.time(), Path(more[0]) if more else None
    if kind == "files":
        _bound(_files(folder), int(most), _unlink)
    else:
        _bound([*folder.glob("[!.]*")], int(most), lambda entry: _remove(entry, states))
    with suppress(OSError):
        (folder / _MARK).touch()
        os.utime(folder / _MARK, (began, began))


def _bound(found: list[Path], largest: int, remove: Callable[[Path], None]) -> None:
    total = 0
    newest_first = sorted((one for one in found if one.suffix not in _APART), key=_used, reverse=True)
    for number, entry in enumerate(newest_first):
        total += _size(entry)
        if number and total > largest:
            remove(entry)


def _files(folder: Path) -> list[Path]:
    return [Path(place) / name for place, _, names in os.walk(folder) for name in names if name != _MARK]


def _used(entry: Path) -> float:
    with suppress(OSError):
        return entry.stat().st_mtime
    return 0.0


def _size(entry: Path) -> int:
    total = _blocks(entry)
    for place, _, names in os.walk(entry):
        total += sum(_blocks(os.path.join(place, name)) for name in names)  # noqa: PTH118 - faster
    return total


def _blocks(file: Path | str) -> int:
    with suppress(OSError):
        return os.lstat(file).st_blocks * 512
    return 0


def _unlink(file: Path) -> None:
    with suppress(OSError):
        file.unlink()


def _remove(entry: Path, states: Path | None) -> None:
    """Remove an entry atomically, unless a process works with it, or an environment uses it."""
    beside = entry.with_suffix(".lock")
    with _locked(entry) as is_free, _locked(beside) as is_made:
        if is_free and (is_made or not beside.exists()) and not _is_used(entry, states):
            with suppress(OSError), tempfile.TemporaryDirectory(dir=entry.parent, prefix=".removing-") as room:
                moved = entry.rename(Path(room) / "it")
                entry.with_name(f".{entry.name}.about").unlink(missing_ok=True)
                beside.unlink(missing_ok=True)
                shutil.rmtree(moved, ignore_errors=True)


def _is_used(entry: Path, states: Path | None) -> bool:
    """Whether an environment has recorded that it uses an entry; it does so before it locks it."""
    return states is not None and any(states.glob(f"*/setups/{entry.name}"))


@contextmanager
def _locked(entry: Path) -> Iterator[bool]:
    try:
        opened = os.open(entry, os.O_RDONLY)
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
