"""Private files, written atomically."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any


def write(file: Path, text: str) -> None:
    """Replace a file atomically, readable only by the user; on failure, the old one stays. Raises OSError.

    Creates its folder if missing, private too.
    """
    write_bytes(file, text.encode(errors="surrogateescape"))


def write_bytes(file: Path, content: bytes) -> None:
    """As `write`."""
    _make_private(file.parent)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        Path(name).replace(file)
    except BaseException as error:  # a full disk
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(file)
        raise


def read_json(file: Path) -> dict[str, Any]:
    """The object in a JSON file; empty if the file does not exist or is invalid."""
    with suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(file.read_text())
        return found
    return {}


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
