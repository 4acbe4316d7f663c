"""Texts with references in them."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from localenv.errors import Position


class Mark(Enum):
    """What the text or number in a member of a stack's values is, where that cannot be seen."""

    NAME = "name"  # of a service, need, upstream, secret, config or job: of the thing itself, or of another one
    ONCE = "once"  # there can be only one on a machine


NAME: Mapping[str, Mark] = {"mark": Mark.NAME}
ONCE: Mapping[str, Mark] = {"mark": Mark.ONCE}

_DOLLAR = re.compile(r"\$(?=[${]|\Z)")  # one that would not read back as text


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
    """A text with references in it, parsed once and resolved for each reader."""

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
    """A command in one line that a shell would split again; references stand as they are."""
    words = ("".join(map(str, word.parts)) for word in command)
    return " ".join(text if word.references else shlex.quote(text) for word, text in zip(command, words, strict=True))


def variable(name: str) -> str:
    """A name as it stands in the name of an environment variable: `my-api` → `MY_API`."""
    return "".join(character if character.isalnum() else "_" for character in name).upper()
