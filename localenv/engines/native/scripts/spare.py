"""Create a spare copy of a folder for the next start.

Run as a script, by `-I -S`: `spare.py FOLDER SPARE`. Standard library only. The copy appears atomically; an existing
one stays.
"""

import fcntl
import shutil
import sys
from pathlib import Path


def main() -> None:
    """Copy, unless another process does."""
    source, spare = map(Path, sys.argv[1:])
    with spare.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        made = spare.with_suffix(".making")
        shutil.rmtree(made, ignore_errors=True)  # left by a copy that was interrupted
        if not spare.exists():
            shutil.copytree(source, made, symlinks=True)
            made.rename(spare)


if __name__ == "__main__":
    main()
