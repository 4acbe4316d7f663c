"""Changes of files below folders, as the system reports them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from watchfiles import Change, DefaultFilter, watch

_POLL = 400  # milliseconds between two looks at all files, where the system reports no changes
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

    Folders with an `ignored` name and editors' temporary files do not count. Where the system watches no more files,
    they are looked at again and again. Raises FileNotFoundError for a missing folder.
    """
    found = _watched(
        folders,
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


def can_watch(folder: Path) -> bool:
    """Whether the system reports changes to one more program."""
    try:
        next(watch(folder, recursive=False, rust_timeout=1, yield_on_timeout=True))
    except (OSError, RuntimeError):
        return False
    return True


def _watched(folders: Sequence[Path], **options: Any) -> Iterator[set[tuple[Change, str]]]:
    try:
        yield from watch(*folders, **options)
    except FileNotFoundError:
        raise
    except (OSError, RuntimeError):  # the limits of inotify are used up, as by editors
        yield from watch(*folders, **options, force_polling=True, poll_delay_ms=_POLL)
