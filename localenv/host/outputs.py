"""Files that a program has made in a folder of code: they are no code, until somebody else changes them."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from localenv.host import files


def record(file: Path, made: Iterable[Path]) -> None:
    """Record files as they are now."""
    looks = {str(one): look for one in made if (look := _look(one))}
    files.write(file, json.dumps(looks))


def known(file: Path) -> frozenset[Path]:
    """Every file of a record; empty if there is none."""
    return frozenset(map(Path, files.read_json(file)))


def unchanged(file: Path) -> frozenset[Path]:
    """The files of a record that are as they were recorded."""
    return frozenset(Path(name) for name, look in files.read_json(file).items() if _look(Path(name)) == look)


def _look(file: Path) -> list[int]:
    """Size and time of a file or link; empty if there is none."""
    with suppress(OSError):
        details = file.lstat()
        return [details.st_size, details.st_mtime_ns]
    return []
