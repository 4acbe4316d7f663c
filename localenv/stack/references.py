"""References such as `${db.url}`: parsed once, resolved later for each reader."""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator

from localenv.errors.problems import Position
from localenv.stack import Command, Reference, Template

# `$$`, a reference with an optional default or message, or a `${` that starts neither
_TOKEN = re.compile(
    r"\$\$"
    r"|\$\{(?P<name>[A-Za-z0-9_-]+)(?:\.(?P<attribute>[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)?))?"
    r"(?::-(?P<default>[^}]*)|:\?(?P<message>[^}]*))?\}"
    r"|(?P<broken>\$\{)"
)
_MARK = "\ue000"
_ATOM = _MARK + "{}\ue001"  # placeholder for a reference, or for the mark itself, while a command is split


class MalformedReference(ValueError):  # noqa: N818 - reads as what it is
    """A `${` that does not start a reference; `offset` counts characters from the start of the text."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(f"'{text[offset : offset + 40]}' is not a reference")
        self.offset = offset


def parse(text: str, at: Position | None = None) -> Template:
    """Parse a text with references; raises MalformedReference.

    `$$` is a literal dollar sign, and a bare `$NAME` is literal text.
    """
    return Template(tuple(merged(_parts(text))), at)


def literal(text: str) -> Template:
    """A template without references."""
    return Template((text,) if text else ())


def split(template: Template) -> Command:
    """Split a command line like Compose: POSIX quoting without a shell; references are never split.

    Raises ValueError for an unclosed quote.
    """
    atoms: list[str | Reference] = []

    def atom(part: str | Reference) -> str:
        atoms.append(part)
        return _ATOM.format(len(atoms) - 1)

    line = "".join(part.replace(_MARK, atom(_MARK)) if isinstance(part, str) else atom(part) for part in template.parts)
    return tuple(_with_atoms(word, atoms, template.at) for word in shlex.split(line))


def resolve(template: Template, lookup: Callable[[Reference], str], literal: Callable[[str], str] = str) -> str:
    """Resolve a template to text; `literal` can escape the parts between references."""
    return "".join(literal(part) if isinstance(part, str) else lookup(part) for part in template.parts)


def merged(parts: Iterable[str | Reference]) -> Iterator[str | Reference]:
    """The parts of a template, texts that follow one another as one, and no empty ones."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield text
        text = ""
        yield part
    if text:
        yield text


def _parts(text: str) -> Iterator[str | Reference]:
    end = 0
    for token in _TOKEN.finditer(text):
        yield text[end : token.start()]
        end = token.end()
        if token["broken"]:
            raise MalformedReference(text, token.start())
        yield "$" if token[0] == "$$" else _reference(token)
    yield text[end:]


def _reference(token: re.Match[str]) -> Reference:
    return Reference(
        name=token["name"], attribute=token["attribute"] or "", default=token["default"], message=token["message"]
    )


def _with_atoms(word: str, atoms: list[str | Reference], at: Position | None) -> Template:
    pieces = re.split(f"{_MARK}(\\d+)\ue001", word)
    parts = (atoms[int(piece)] if n % 2 else piece for n, piece in enumerate(pieces))
    return Template(tuple(merged(parts)), at)
