"""Fill in the variables of a text as Compose does: `$X`, `${X}`, and with `:-`, `-`, `:+`, `+`, `:?`, `?`, nested."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from localenv.stack import Reference, references

# https://docs.docker.com/reference/compose-file/interpolation
_NAME = "[A-Za-z_][A-Za-z_0-9]*"
_TOKEN = re.compile(rf"\$(?:(?P<dollar>\$)|(?P<plain>{_NAME})|(?P<braced>\{{{_NAME}(?::?[-+?].*)?\}})|(?P<broken>\{{))")
_BRACED = re.compile(rf"\{{({_NAME})(?:(:?)([-+?])(.*))?\}}")


@dataclass(frozen=True, kw_only=True)
class Interpolated:
    """The value of a variable, and what stands for it in a template."""

    text: str
    parts: tuple[str | Reference, ...]


Lookup = Callable[[str], Interpolated | None]


def filled(text: str, lookup: Lookup) -> Interpolated:
    """The text with its variables filled in; raises ValueError for a `${` that starts none.

    A variable that is not set, and its plain default, stay a reference: it may be set when that is resolved.
    """
    found = [*_pieces(text, lookup)]
    parts = references.merged(part for one in found for part in one.parts)
    return Interpolated(text="".join(one.text for one in found), parts=tuple(parts))


def _pieces(text: str, lookup: Lookup) -> Iterator[Interpolated]:
    while match := _TOKEN.search(text):
        yield _plain(text[: match.start()])
        rest = text[match.end() :]
        if match["broken"]:
            raise ValueError(f"'{text[match.start() :][:40]}' is not a variable")
        if match["braced"]:
            end = _closing(match["braced"])
            yield _braced(match["braced"][: end + 1], lookup)
            rest = match["braced"][end + 1 :] + rest
        else:
            yield _plain("$") if match["dollar"] else lookup(match["plain"]) or _reference(match["plain"], "")
        text = rest
    yield _plain(text)


def _braced(text: str, lookup: Lookup) -> Interpolated:
    match = _BRACED.fullmatch(text)
    if match is None:
        raise ValueError(f"'${text[:40]}' is not a variable")
    name, colon, operator, operand = match.groups()
    known, other = lookup(name), filled(operand or "", lookup)
    is_set = known is not None and bool(known.text or not colon)
    required = tuple(part for part in other.parts if isinstance(part, Reference) and part.message is not None)
    if operator == "?" and not is_set:
        required = (Reference(name="env", attribute=name, message=other.text),)
    if required:  # also in a text that is not used
        return Interpolated(text="", parts=required)
    if operator == "+":
        return other if is_set else _plain("")
    if operator == "-" and not is_set:
        return _reference(name, other.text) if all(isinstance(one, str) for one in other.parts) else other
    return known or _reference(name, "")


def _reference(name: str, default: str) -> Interpolated:
    return Interpolated(text=default, parts=(Reference(name="env", attribute=name, default=default),))


def _plain(text: str) -> Interpolated:
    return Interpolated(text=text, parts=(text,) if text else ())


def _closing(text: str) -> int:
    """The position of the brace that closes the first one, as Compose counts them: what follows a `{` never counts."""
    depth, position = 0, 0
    while position < len(text):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if not depth:
            return position
        position += 2 if text[position] == "{" else 1
    return len(text) - 1
