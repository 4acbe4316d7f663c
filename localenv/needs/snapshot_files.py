"""Records of a snapshot on this machine: one JSON file per database."""

import json
import os
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from localenv.host import files
from localenv.needs import Refused

_SUFFIX = ".json"
_DROPPED = "let a test drop only what it has made itself; to seed it again: localenv down, then localenv up"


def write(folder: Path, database: str, record: object) -> None:
    """Replace the record of a database atomically, readable only by the user."""
    files.write(_file(folder, database), json.dumps(record))


def read(folder: Path, database: str) -> Any:
    """The record of a database; raises Refused if there is none."""
    try:
        return json.loads(_file(folder, database).read_text())
    except FileNotFoundError:
        raise Refused(f"there is no snapshot of {database or 'it'}") from None


def databases(folder: Path) -> Iterator[str]:
    """The databases that have a record."""
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        yield unquote(file.name.removesuffix(_SUFFIX).removeprefix("_"))


def remove(folder: Path, database: str) -> None:
    """Remove the record of a database."""
    _file(folder, database).unlink(missing_ok=True)


def gone(names: Iterable[str]) -> Refused:
    """The error for tables or databases of a snapshot that were dropped since: only data is restored."""
    found = list(names)
    have = "is" if len(found) == 1 else "are"
    return Refused(f"{', '.join(found)} {have} gone, and only data is restored", hint=_DROPPED)


def label(folder: Path) -> str:
    """A short name for the snapshot in this folder, the same every time."""
    return sha256(os.fsencode(folder.absolute())).hexdigest()[:8]


def _file(folder: Path, database: str) -> Path:
    return folder / f"_{quote(database, safe='')}{_SUFFIX}"
