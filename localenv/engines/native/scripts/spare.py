"""Makes a copy of a folder that lies ready for the next start.

Run as a script, by `-I -S`: `spare.py FOLDER SPARE`. Standard library only. The copy appears whole or not at all; one
that is there already stays.
"""

import fcntl
import shutil
import sys
from pathlib import Path


def main() -> None:
    """Copy, unless another does."""
    source, spare = map(Path, sys.argv[1:])
    with spare.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        made = spare.with_suffix(".making")
        shutil.rmtree(made, ignore_errors=True)  # of one that was ended as it copied
        if not spare.exists():
            shutil.copytree(source, made, symlinks=True)
            made.rename(spare)


if __name__ == "__main__":
    main()
