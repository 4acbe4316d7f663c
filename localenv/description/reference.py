"""The reference of the format, which lies beside this module as Markdown."""

from pathlib import Path

_FILE = Path(__file__).with_name("reference.md")


def text() -> str:
    """The reference as Markdown."""
    return _FILE.read_text(encoding="utf-8")
