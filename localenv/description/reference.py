"""The reference of the format, stored beside this module as Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path

_FILE = Path(__file__).with_name("reference.md")
_SECTION = re.compile(r"^#+ ([^\n]+)\n(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| (`[^|]+`) \| ([^\n]+) \|$", re.MULTILINE)
_KEY = re.compile(r"`([a-z_0-9]+)`")


def text() -> str:
    """The reference as Markdown."""
    return _FILE.read_text(encoding="utf-8")


def keys() -> dict[str, dict[str, str]]:
    """The description of each key, by the title of its mapping in the format."""
    return {title: dict(_rows(described)) for title, described in _SECTION.findall(text())}


def _rows(section: str) -> Iterator[tuple[str, str]]:
    for names, described in _ROW.findall(section):
        yield from ((name, described) for name in _KEY.findall(names))
