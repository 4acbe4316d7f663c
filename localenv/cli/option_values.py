"""The values of options: pairs of a name and a value, texts, files, JSON."""

import json as json_
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from localenv.errors import UsageError


def pairs(texts: Sequence[str] | None, separator: str) -> dict[str, str]:
    """The pairs in texts such as `NAME: VALUE`, separated by a colon; raises UsageError."""
    return dict(_pair(text, separator) for text in texts or ())


def content(text: str) -> bytes:
    """A text itself, or the content of a file for `@FILE`, of standard input for `@-`; raises UsageError."""
    return read(text[1:]) if text.startswith("@") else text.encode()


def read(file: str) -> bytes:
    """The content of a file, or of standard input for `-`; raises UsageError."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error


def json(name: str, text: str | bytes) -> Any:
    """The JSON in an option or a file of this name; raises UsageError."""
    try:
        return json_.loads(text)
    except ValueError as error:
        raise UsageError(f"{name} is not JSON: {error}") from error


def _pair(text: str, separator: str) -> tuple[str, str]:
    name, found, value = text.partition(separator)
    if not found or not name.strip():
        raise UsageError(f"'{text}' needs a name and a value: NAME{separator}VALUE")
    return name.strip(), value.strip()
