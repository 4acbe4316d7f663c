"""Space on the disks of this machine."""

import os
import time
from contextlib import suppress
from pathlib import Path


def free(path: Path) -> tuple[int, int] | None:
    """The bytes and files that a user may still write where a path is, or would be; None if that is unknown."""
    existing = next((one for one in (path, *path.parents) if one.exists()), Path("/"))
    try:
        seen = os.statvfs(existing)
    except OSError:
        return None
    return seen.f_bavail * seen.f_frsize, seen.f_favail if seen.f_files else 1 << 30


def used(folder: Path, *, within: float) -> tuple[int, bool]:
    """The bytes of all files in a folder as far as they are seen `within` seconds, and whether those are all."""
    end, size, todo = time.monotonic() + within, 0, [folder]
    while todo:
        if time.monotonic() > end:
            return size, False
        with suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    todo.append(Path(entry.path))
                else:
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
    return size, True


def shown(size: int) -> str:
    """`3.2 GiB`, `120 MiB`."""
    return f"{size / (1 << 30):.1f} GiB" if size >= 1 << 30 else f"{size >> 20} MiB"
