"""Files, written atomically: private ones, and those of the user."""

import errno
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from localenv.host import contained


def write(file: Path, text: str) -> None:
    """Replace a file atomically, readable only by the user; on failure, the old one stays. Raises OSError.

    Creates its folder if missing, private too.
    """
    write_bytes(file, text.encode(errors="surrogateescape"))


def write_bytes(file: Path, content: bytes) -> None:
    """As `write`."""
    _make_private(file.parent)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    _replace(file, content, descriptor, Path(name))


def save(file: Path, content: bytes, *, within: Path) -> None:
    """Replace a file of the user atomically: it keeps its permissions, and stays where a link leads. Raises OSError.

    Creates its folder if missing; on failure, the old file stays. A file that links lead out of `within` is refused.
    """
    target = file.resolve()
    if not contained.is_within(target, [within]):
        raise PermissionError(errno.EPERM, f"it leads out of {within}, to {target}", str(file))
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    if target.exists():
        os.fchmod(descriptor, target.stat().st_mode & 0o777)
    _replace(target, content, descriptor, temporary)


def _replace(file: Path, content: bytes, descriptor: int, temporary: Path) -> None:
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
        temporary.replace(file)
    except BaseException as error:  # a full disk
        temporary.unlink(missing_ok=True)
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
