"""Texts with references."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from localenv.errors.problems import Position


class Mark(Enum):
    """Marks a field whose meaning its type does not show."""

    NAME = "name"  # the name of a service, need, upstream, secret, config or job: its own, or another's
    ONCE = "once"  # must be unique on a machine


NAME: Mapping[str, Mark] = {"mark": Mark.NAME}
ONCE: Mapping[str, Mark] = {"mark": Mark.ONCE}

_DOLLAR = re.compile(r"\$(?=[${]|\Z)")  # a dollar sign that must be escaped


@dataclass(frozen=True, kw_only=True)
class Reference:
    """`${name.attribute}` as written; `default` and `message` belong to `${env.X:-default}` and `${env.X:?message}`."""

    name: str
    attribute: str = ""
    default: str | None = None
    message: str | None = None

    def __str__(self) -> str:
        default = "" if self.default is None else f":-{self.default}"
        message = "" if self.message is None else f":?{self.message}"
        return "${" + self.name + (f".{self.attribute}" if self.attribute else "") + default + message + "}"


@dataclass(frozen=True)
class Template:
    """A text with references, parsed once and resolved for each reader."""

    parts: tuple[str | Reference, ...] = ()
    at: Position | None = field(default=None, compare=False, repr=False)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references, in the order written."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    def __str__(self) -> str:
        return "".join(_DOLLAR.sub("$$", part) if isinstance(part, str) else str(part) for part in self.parts)


Command = tuple[Template, ...]


def shell_line(command: Command) -> str:
    """A command as one shell-quoted line; references stay as they are."""
    words = ("".join(map(str, word.parts)) for word in command)
    return " ".join(text if word.references else shlex.quote(text) for word, text in zip(command, words, strict=True))


def variable(name: str) -> str:
    """A name as part of an environment variable's name: `my-api` → `MY_API`."""
    return "".join(character if character.isalnum() else "_" for character in name).upper()
