"""Changes of files below folders, as the system reports them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from watchfiles import Change, DefaultFilter, watch

IGNORED = tuple(DefaultFilter.ignore_dirs)  # folders of tools and editors


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How changes are collected into bursts, in milliseconds."""

    quiet: int  # without a further change
    longest: int  # to collect at most
    look: int  # between two checks whether to stop


@dataclass(frozen=True, kw_only=True, order=True)
class FileChange:
    """A file or folder that was created, written or removed."""

    path: Path
    is_removed: bool
    is_new: bool = False


def bursts(
    folders: Sequence[Path], over: Event, pace: Pace, *, ignored: Sequence[str] = IGNORED
) -> Iterator[list[FileChange]]:
    """Yield what changed below these folders, each burst once, until `over` is set; between them nothing at each look.

    Folders with an `ignored` name and editors' temporary files do not count. Raises FileNotFoundError for a missing
    folder.
    """
    found = watch(
        *folders,
        watch_filter=DefaultFilter(ignore_dirs=ignored),
        debounce=pace.longest,
        step=pace.quiet,
        rust_timeout=pace.look,
        yield_on_timeout=True,
        stop_event=over,
    )
    for batch in found:
        yield sorted(
            FileChange(path=Path(path), is_removed=kind is Change.deleted, is_new=kind is Change.added)
            for kind, path in batch
        )
