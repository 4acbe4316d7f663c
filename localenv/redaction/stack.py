"""A stack as it may be shown: what is secret in it is not there any more."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from localenv import redaction
from localenv.stack import Reference, Stack, Template

_IN_URL = re.compile(r"(?P<login>://[^:/@\s]*:)(?P<password>[^@/\s]+)@")
_USER_ALONE = re.compile(r"(?P<scheme>https?://)(?P<user>[^:/@\s]{12,})@")  # a token
_ASSIGNED = re.compile(r"(?P<name>[\w-]+)=(?P<value>[^&\s]+)")  # in a word of a command, in the query of a URL


def concealed(stack: Stack) -> Stack:
    """The same stack with `***` for values that are no reference and secret by their names, and for passwords in URLs.

    What comes from a file beside the description (env_file) counts as secret, and so does a default of a variable
    whose name says so.
    """
    shown: Stack = _shown(stack, "")
    return shown


def is_hidden(name: str, template: Template) -> bool:
    """Whether what is written there is secret: not where it is nothing but references."""
    texts = [part for part in template.parts if isinstance(part, str) and part]
    if not texts:
        return False
    from_file = template.at is None and not template.references
    return from_file or redaction.is_secret(name) or bool(redaction.in_urls(_joined(template)))


def _shown(value: Any, name: str) -> Any:
    match value:
        case Template():
            return _template(value, name)
        case Mapping():
            return {key: _shown(item, key) for key, item in value.items()}
        case tuple() | list():
            return type(value)(_shown(item, "") for item in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(
                value, **{one.name: _shown(getattr(value, one.name), _named(one.name)) for one in fields(value)}
            )
        case _:
            return value


def _named(member: str) -> str:
    """Of what is not the value of a variable, only a password has a name."""
    return member if member == "password" else ""


def _template(template: Template, name: str) -> Template:
    if name and template.parts and not template.references and (template.at is None or redaction.is_secret(name)):
        return replace(template, parts=(redaction.HIDDEN,))
    parts = tuple(part if isinstance(part, str) else _reference(part) for part in template.parts)
    if not any(isinstance(part, str) for part in parts):
        return replace(template, parts=parts)
    return replace(template, parts=_without_literals(parts, name))


def _without_literals(parts: tuple[str | Reference, ...], name: str) -> tuple[str | Reference, ...]:
    """Looked through as one text, in which a reference is a character that no text has."""
    references = [part for part in parts if isinstance(part, Reference)]
    if redaction.is_secret(name):
        return tuple(redaction.HIDDEN if isinstance(part, str) else part for part in parts)
    whole = "".join(part if isinstance(part, str) else "\ue000" for part in parts)
    cleaned = _ASSIGNED.sub(_assigned, _USER_ALONE.sub(_token, _IN_URL.sub(_login, whole)))
    found: list[str | Reference] = []
    for piece in re.split("(\ue000)", cleaned):
        found += [references.pop(0) if piece == "\ue000" else piece] if piece else []
    return tuple(found)


def _login(found: re.Match[str]) -> str:
    return f"{found['login']}{_literal(found['password'])}@"


def _token(found: re.Match[str]) -> str:
    return f"{found['scheme']}{_literal(found['user'])}@"


def _assigned(found: re.Match[str]) -> str:
    if not redaction.is_secret(found["name"]):
        return found[0]
    return f"{found['name']}={_literal(found['value'])}"


def _literal(text: str) -> str:
    """Hidden but for its references."""
    return re.sub("[^\ue000]+", redaction.HIDDEN, text)


def _reference(reference: Reference) -> Reference:
    has_secret = reference.default and redaction.is_secret(reference.attribute)
    return replace(reference, default=redaction.HIDDEN) if has_secret else reference


def _joined(template: Template) -> str:
    """References stand as `${…}`, which is nobody's password."""
    return "".join(part if isinstance(part, str) else "${}" for part in template.parts)
