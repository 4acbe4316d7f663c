"""Read YAML with the position of every node: scalars stay as written, and tags never create objects."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.sources.builder import DEEPEST, Builder, refuse
from localenv.sources.nodes import Items, Node, Null, Table, Text, text_at
from localenv.sources.traps import hint_around, hint_for, unclosed, without_colon

__all__ = ["Items", "Node", "Null", "Source", "Table", "Text", "parsed", "read", "scan", "text_at"]

LARGEST = 1 << 20  # bytes of a file

_WIDEST = 160  # characters of a quoted line
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LEVELS = re.compile(r"[\[\]{}]|^(?:[ \t]*[-?:](?=[ \t])){65,}", re.MULTILINE)  # brackets; nested lists in one line
_DEEP = "maximum nesting depth"  # in the message of newer parsers
_ENOUGH = 2000  # characters
_BRACKETS = 1200  # more than in any quoted text, and less than parsers accept
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A readable file, and its recoverable mistakes."""

    root: Table
    problems: tuple[Problem, ...]


def read(file: Path) -> Table:
    """The mapping in a file; raises DescriptionError with every mistake."""
    return _whole(scan(file))


def parsed(text: str, file: Path) -> Table:
    """The mapping in a text, as if it was in a file; raises DescriptionError with every mistake."""
    return _whole(_scanned(text, file))


def scan(file: Path) -> Source:
    """The mapping in a file with its recoverable mistakes; raises DescriptionError for others."""
    return _scanned(_decoded(file), file)


def _whole(source: Source) -> Table:
    if source.problems:
        raise DescriptionError(source.problems)
    return source.root


def _scanned(text: str, file: Path, *, is_part: bool = False) -> Source:
    builder = Builder(file)
    if not is_part:
        _check_depth(text, file)
    try:
        for event in _events(text):
            builder.take(event)
        return Source(root=builder.mapping(), problems=tuple(builder.problems))
    except yaml.MarkedYAMLError as error:
        if is_part and _DEEP not in (error.problem or ""):
            return Source(root=Table(Position(file)), problems=())  # the brackets are inside a text
        raise DescriptionError([*builder.problems, _syntax(error, file, text)]) from error


def _check_depth(text: str, file: Path) -> None:
    """Refuse deep nesting, which takes parsers minutes; a part of the text is enough to detect it."""
    depth = 0
    for found in _LEVELS.finditer(text):
        depth = max(depth + (-1 if found[0] in "]}" else 1), 0)
        if len(found[0]) > 1 or depth > _BRACKETS:
            _scanned(text[: min(found.end(), found.start() + _ENOUGH)], file, is_part=True)
            return


def _events(text: str) -> Iterator[yaml.Event]:
    return yaml.parse(text, Loader=_LOADER)


def _decoded(file: Path) -> str:
    try:
        if not file.is_file():
            refuse("the file does not exist" if not file.exists() else "is not a file", Position(file))
        if file.stat().st_size > LARGEST:
            refuse("the file is larger than 1 MiB", Position(file), "move large data to another file")
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        column = error.start - error.object.rfind(b"\n", 0, error.start)
        refuse("the file is not UTF-8 text", Position(file, line, column), "save it as UTF-8")
    except OSError as error:
        refuse(f"cannot be read: {error.strerror}", Position(file))
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        at = Position(file, line, found.start() - text.rfind("\n", 0, found.start()))
        if found[0] == "\0":
            refuse("the file is binary", at, "a description is text")
        refuse(f"the character {found[0]!r} is not allowed in YAML", at, 'write it as an escape in "…", as in "\\e"')
    return text


def _syntax(error: yaml.MarkedYAMLError, file: Path, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines() or [""]
    if _DEEP in (error.problem or ""):  # newer parsers refuse it before they report the first bracket
        return Problem(f"nested deeper than {DEEPEST} levels", Position(file, line + 1, column + 1))
    if found := without_colon(error, lines):
        at = Position(file, found.line + 1, found.column + 1)
        return Problem(f"not valid YAML: {found.missing} is missing", at, found.hint, lines[found.line][:_WIDEST])
    message, hint = error.problem or error.context, ""
    if opened := unclosed(error, text, _LOADER):
        line, column = opened.line, opened.column
        message = f"{lines[line][column]} is not closed"
    shown = lines[min(line, len(lines) - 1)]
    if not opened:
        hint = hint_around(error, lines) or hint_for(shown, column)
    excerpt = shown[:_WIDEST] if column < _WIDEST else ""
    return Problem(f"not valid YAML: {message}", Position(file, line + 1, column + 1), hint, excerpt)
