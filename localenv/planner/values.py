"""Format values of a stack as lines, for those that the outline does not format specially."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from localenv.stack import Template, shell_line


def rest(value: object, but: Collection[str], folder: Path) -> Iterator[str]:
    """Every member of a value that is not the default, except those in `but`."""
    assert is_dataclass(value)
    for member in fields(value):
        found = getattr(value, member.name)
        if member.compare and member.name not in but and found != _default(member):
            yield from _lines(member.name.replace("_", " "), found, folder)


def line(text: Template) -> str:
    """A template on one line; references stay `${…}`."""
    shown = shown_text(text)
    return json.dumps(shown, ensure_ascii=False) if "\n" in shown else shown


def shown_text(text: Template) -> str:
    """A template as text."""
    return "".join(map(str, text.parts))


def path(found: Path, folder: Path) -> str:
    """A path relative to the repository, if it is inside."""
    return found.relative_to(folder).as_posix() if found.is_relative_to(folder) else str(found)


def variables(title: str, found: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """A title, and each variable below it."""
    if found:
        yield f"  {title}"
    for name, value in found.items():
        yield f"    {name}={scalar(value, folder)}"


def _lines(title: str, value: object, folder: Path) -> Iterator[str]:
    match value:
        case Mapping() if all(map(_is_scalar, value.values())):
            yield from variables(title, value, folder)
        case tuple() if value and all(isinstance(word, Template) for word in value):
            yield f"  {title} {shell_line(value)}"
        case tuple() if all(map(_is_scalar, value)):
            yield f"  {title} {', '.join(scalar(one, folder) for one in value)}"
        case tuple():
            for one in value:
                yield from _lines(title, one, folder)
        case _ if is_dataclass(value) and not isinstance(value, Template):
            yield f"  {title}"
            yield from (f"  {one}" for one in rest(value, (), folder))
        case _:
            yield f"  {title} {scalar(value, folder)}"


def _default(member: "Field[Any]") -> object:
    return member.default if member.default_factory is MISSING else member.default_factory()


def _is_scalar(value: object) -> bool:
    return isinstance(value, Template | Path) or not (isinstance(value, Mapping | list | tuple) or is_dataclass(value))


def scalar(value: object, folder: Path) -> str:
    """A value on one line, as JSON if it is a collection."""
    match value:
        case Template():
            return line(value)
        case Path():
            return path(value, folder)
        case True | False:
            return "yes" if value else "no"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False, default=_shown)


def _shown(value: object) -> object:
    return shown_text(value) if isinstance(value, Template) else str(value)
