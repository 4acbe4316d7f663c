"""A digest over files that may go while they are read."""

import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path


def digest(named: Iterable[tuple[str, Path]]) -> str:
    """A hash over names and contents, in the order given; a file that cannot be read counts as empty."""
    summary = sha256()
    for name, file in named:
        try:
            content = sha256(file.read_bytes()).digest()
        except OSError:  # gone again, or not ours to read: `check` says so
            content = b""
        summary.update(os.fsencode(name) + b"\0" + content)
    return summary.hexdigest()
