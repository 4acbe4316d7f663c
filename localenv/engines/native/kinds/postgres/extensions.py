"""Check for extensions that an SQL file creates and the installation lacks."""

import re
from itertools import islice
from pathlib import Path

from localenv.data.source import UNREADABLE, chunks
from localenv.engines.native.kinds.postgres import cluster, installations
from localenv.errors import EngineError
from localenv.stack import Need

_CREATED = re.compile(
    rb"""^\s*CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([\w-]+)"?""", re.IGNORECASE | re.MULTILINE
)
_PIECES = 16  # chunks of a file to read, 1 MiB: extensions are created at its beginning


def check(need: Need, data: Path, file: Path) -> None:
    """Raise EngineError for an extension that this need's PostgreSQL lacks."""
    chosen = installations.fitting(need, cluster.version(data))
    wanted = list(dict.fromkeys(name.decode() for name in _CREATED.findall(_beginning(file))))
    lacking = [name for name in wanted if not chosen.has(name)]
    if lacking:
        message = f"{need.name}: {file.name} creates the extension {', '.join(lacking)}"
        raise EngineError(
            f"{message}, and the PostgreSQL {chosen.version} of {chosen.source} does not have it",
            hint=f"name it in extensions: of {need.name} to take a PostgreSQL that has it, or use --engine compose",
        )


def _beginning(file: Path) -> bytes:
    try:
        return b"".join(islice(chunks(file), _PIECES))
    except UNREADABLE:  # reported when it is loaded
        return b""
