"""What a database server holds outside of its databases, such as users: compared by a snapshot, and not restored."""

import json
from collections.abc import Mapping
from pathlib import Path

from localenv.host import files
from localenv.needs import Restored

_FILE = "server"  # beside the records of databases
_CHANGED, _GONE = "changed since the snapshot", "gone since the snapshot"


def write(folder: Path, found: Mapping[str, str]) -> None:
    """Record a fingerprint of each object, by its name for a person."""
    files.write(folder / _FILE, json.dumps(found))


def compared(folder: Path, now: Mapping[str, str]) -> Restored:
    """The objects that differ from the record; without any to look at, nothing is known."""
    if not now:
        return Restored()
    try:
        before: Mapping[str, str] = json.loads((folder / _FILE).read_text())
    except FileNotFoundError:
        return Restored()
    differing = [name for name in before if now.get(name) != before[name]]
    return Restored(
        left_alone={name: _CHANGED if name in now else _GONE for name in differing},
        made_since=tuple(name for name in now if name not in before),
    )


def remove(folder: Path) -> None:
    """Remove the record, if there is one."""
    (folder / _FILE).unlink(missing_ok=True)
