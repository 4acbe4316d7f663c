"""Mask the secrets in a stack, under whichever key."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from localenv.redaction.known_texts import KnownTexts
from localenv.redaction.text import HIDDEN, SHORTEST, is_plain, is_secret, masked, spans
from localenv.redaction.traffic import in_traffic, is_secret_header
from localenv.stack import Reference, Spot, Stack, Template, rewritten, walk

_NO_VALUE = ("-", "/", "./", "../", "~")  # after an option named like a secret: another option, or a file's path
_SECRET = ("password", "value", "url")  # attributes of references
_SCHEME = re.compile("^(?:Bearer|Basic|Token|Digest) +", re.IGNORECASE)  # of an authorization
_REFERENCE = "\ue000"  # placeholder for a reference in a template: a character that no text contains


def concealed(stack: Stack) -> Stack:
    """The stack with `***` for literal values whose name marks them as secret, and for passwords in URLs.

    Values from a file beside the description (env_file) count as secret, and so does a variable's default, or a default
    in a variable, whose name marks it as secret.
    """
    return rewritten(stack, _concealed)


def _concealed(spot: Spot) -> Any:
    match spot.value:
        case Template():
            return _shown(spot)
        case str() if _is_header(spot):
            return HIDDEN
        case str() if "://" in spot.value:  # a URL without references, such as that of a real server
            return masked(spot.value, spans(spot.value))
    return spot.value


def without_secrets(text: str, stack: Stack) -> str:
    """A text about a stack without its secrets: one may stand in a sentence too."""
    found = {one for one in written_secrets(stack) if len(one) >= SHORTEST and not is_plain(one)}
    return masked(text, ((at, at + len(one)) for at, one in KnownTexts(found, SHORTEST).within(text)))


def _is_header(spot: Spot) -> bool:
    """Whether it is the value of a header with credentials, of a real server."""
    return "headers" in spot.path and is_secret_header(spot.name) and "${" not in str(spot.value)


def is_hidden(spot: Spot) -> bool:
    """Whether a value is secret; False if it consists only of references."""
    return isinstance(spot.value, Template) and any(_texts(_text(spot.value), _spans(spot)))


def written_secrets(stack: Stack) -> Iterator[str]:
    """Secret values in the description: by name, and passwords in URLs."""
    for spot in walk(stack):
        if isinstance(spot.value, Template):
            text = _text(spot.value)
            named = [] if _refers_to_a_secret(spot.value) else _named(spot, text)
            yield from _texts(text, [*named, *spans(text, assigned=True)])
            yield from (one for one in _texts(text, _in_text(text)) if not is_plain(one))
            if is_secret(spot.name):
                yield from (reference.default for reference in spot.value.references if reference.default)
            if _is_from_file(spot) and not spot.value.references and not is_plain(text):
                yield text
        elif isinstance(spot.value, str) and _is_header(spot):
            yield spot.value.rpartition(" ")[2]


def _refers_to_a_secret(template: Template) -> bool:
    """Whether the secret is a reference; then the literal text beside it, such as `Bearer `, is none."""
    return any(one.attribute in _SECRET or is_secret(one.attribute) for one in template.references)


def _shown(spot: Spot) -> Template:
    """The template with secrets masked."""
    template: Template = spot.value
    text = masked(_text(template), _spans(spot), lambda secret: re.sub(f"[^{_REFERENCE}]+", HIDDEN, secret))
    references = [_without_default(reference, spot.name) for reference in template.references]
    pieces = (references.pop(0) if piece == _REFERENCE else piece for piece in re.split(f"({_REFERENCE})", text))
    parts = tuple(piece for piece in pieces if piece)
    return template if parts == template.parts else replace(template, parts=parts)


def _spans(spot: Spot) -> list[tuple[int, int]]:
    """The spans of secrets in the text of a template."""
    text = _text(spot.value)
    if _is_from_file(spot):
        return [(0, len(text))]
    return [*_named(spot, text), *spans(text, assigned=True), *_in_text(text)]


def _in_text(text: str) -> list[tuple[int, int]]:
    """What the name of a header, a member or an argument in a text tells; without the scheme of an authorization."""
    found = ((end - len(_SCHEME.sub("", text[start:end], count=1)), end) for start, end in in_traffic(text))
    return [(start, end) for start, end in found if not is_plain(text[start:end])]


def _is_from_file(spot: Spot) -> bool:
    is_of_user = all(one.name == "env" for one in spot.value.references)  # else it is a variable of a need
    return bool(spot.variable) and spot.value.at is None and is_of_user


def _named(spot: Spot, text: str) -> list[tuple[int, int]]:
    is_option = spot.before.startswith("-") and is_secret(spot.before) and not text.startswith(_NO_VALUE)
    return [(0, len(text))] if is_option or is_secret_header(spot.name) else []


def _text(template: Template) -> str:
    return "".join(part if isinstance(part, str) else _REFERENCE for part in template.parts)


def _texts(text: str, found: list[tuple[int, int]]) -> Iterator[str]:
    """The literal texts there, between references."""
    for start, end in found:
        yield from filter(None, text[start:end].split(_REFERENCE))


def _without_default(reference: Reference, name: str) -> Reference:
    default = reference.default
    if not default:
        return reference
    if is_secret(reference.attribute) or is_secret(name) or not is_plain(default):
        return replace(reference, default=HIDDEN)
    return replace(reference, default=masked(default, spans(default, assigned=True)))
