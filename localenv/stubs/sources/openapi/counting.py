"""What is known of a file before it is parsed: whether it is JSON, and how many paths it has."""

import re
from pathlib import Path

_JSON = frozenset({".json"})


def paths_at_least(content: bytes) -> int:
    """The number of paths in YAML of the usual layout, for parsing them takes seconds."""
    _, begins, rest = content.partition(b"\npaths:")
    first = re.match(rb"[ \t]*(?:#.*)?\r?\n( +)[\"']?/", rest)
    if not begins or not first:
        return 0
    end = re.search(rb"\n[^\s#]", rest)
    block = rest[: end.start()] if end else rest
    return sum(block.count(b"\n" + first[1] + mark) for mark in (b"/", b"'/", b'"/'))


def is_json(file: Path, content: bytes) -> bool:
    """Whether a file holds JSON, by its name or its beginning."""
    return file.suffix.lower() in _JSON or content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b'{"')
