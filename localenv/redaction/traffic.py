"""Find secrets in requests, responses and logs by name: headers, JSON members, form fields."""

import re
from collections.abc import Iterator
from typing import Any

from localenv.redaction.text import HIDDEN, is_plain, is_secret, masked, redacted

_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"})
_MEMBER = re.compile(
    r'(?<!\\)"(?P<name>[\w.-]{1,99})"\s{0,9}:\s{0,9}(?:"(?P<secret>(?:[^"\\]|\\.)*)(?:"|\\?\Z)|(?P<bare>[\w.+-]+))'
)  # the last value may be cut
_ESCAPED = re.compile(r'\\"(?P<name>[\w.-]{1,99})\\"\s{0,9}:\s{0,9}\\"(?P<secret>[^"\\]*)')  # JSON in a JSON string
_ELEMENT = re.compile(r"<(?:[\w.-]{1,99}:)?(?P<name>[\w.-]{1,99})(?:\s[^<>]{0,999})?>(?P<secret>[^<>]+)")  # of XML
_ATTRIBUTE = re.compile(r"""(?<=\s)(?P<name>[\w.-]{1,99})=\\?["'](?P<secret>[^"'<>\\]+)""")
_PAIR = re.compile(
    r'"(?:name|key|field|path)\\?"\s{0,9}:\s{0,9}\\?"(?P<name>[^"\\]{1,99})\\?"\s{0,9},\s{0,9}\\?"(?:value|content)\\?"'
    r'\s{0,9}:\s{0,9}\\?"(?P<secret>[^"\\]+)',
    re.IGNORECASE,
)  # of members: {"name": "password", "value": "…"}
_ARGUMENT = re.compile(
    r"""(?<![\w."'\\-])(?P<name>[\w.-]{1,99}):\s{0,9}\\?["'](?P<secret>[^"'\\]+)"""
)  # of GraphQL, or a script
_LINE = re.compile(r"^\s{0,99}(?P<name>[\w.-]{1,99}):[ ]{1,9}(?P<secret>\S{6,})\s*$", re.MULTILINE)  # of YAML
_PART = re.compile(
    r'name=\\?"?(?P<name>[\w.\[\]-]{1,99})\\?"?(?:\r?\n[^\r\n]{1,999}){0,9}\r?\n\r?\n(?P<secret>[^\r\n]+)'
)  # of a body in several parts
_FIELD = re.compile(r"""(?:^|(?<=[?&;\s"']))(?P<name>[\w.-]{1,99})=(?P<secret>[^&\s"']+)""", re.MULTILINE)
_HEADER = re.compile(
    r"""(?<![\w-])(?P<name>[A-Za-z][A-Za-z0-9-]{2,63})["']?:[ ]{1,9}["']?(?P<secret>[^"'\r\n|]+)"""
)  # one line of a log, or of a comparison in columns
_NAMED = (_MEMBER, _ESCAPED, _PAIR, _ARGUMENT, _LINE, _PART, _FIELD, _ELEMENT, _ATTRIBUTE)
_FAILURE = re.compile("(?:Error|Exception|Warning)$")  # KeyError: 'id' names no secret
PAIR_NAMES, PAIR_VALUES = ("name", "key", "field", "path"), ("value", "content")  # {"name": "password", "value": "x"}
_BRANCHES = frozenset({"if", "and", "or"})  # operators of JSON logic that compare nothing
_WORDS = frozenset({"null", "true", "false"})


def is_secret_header(name: str) -> bool:
    """Whether a header contains credentials."""
    return name.lower() in _HEADERS or is_secret(name)


def redacted_traffic(text: str) -> str:
    """A body, or a log line, without known secrets, and without values whose name marks them as secret."""
    text = redacted(text)
    return masked(text, in_traffic(text)) if any(mark in text for mark in ":=<") else text


def redacted_json(value: Any, *, is_hidden: bool = False) -> Any:
    """JSON such as a stub, without known secrets, and without all that is below a name that marks it as secret."""
    match value:
        case dict():
            hidden = {key for key in value if is_hidden or is_secret_header(key)} | _of_a_pair(value)
            return {key: redacted_json(one, is_hidden=key in hidden) for key, one in value.items()}
        case list() | tuple():
            return [redacted_json(one, is_hidden=is_hidden) for one in value]
        case bool() | None:
            return value
        case str():
            return HIDDEN if is_hidden else redacted_traffic(value)
    return HIDDEN if is_hidden else value


def _of_a_pair(members: dict[str, Any]) -> set[str]:
    """The key of a value whose name stands beside it, if that is secret: {"name": "password", "value": "…"}."""
    names = [one for key, one in members.items() if key.lower() in PAIR_NAMES and isinstance(one, str)]
    return {key for key in members if key.lower() in PAIR_VALUES} if any(map(is_secret_header, names)) else set()


def redacted_logic(logic: Any) -> Any:
    """A condition in JSON logic, without the values that a secret of the context is compared with."""
    match logic:
        case dict():
            return {operator: _operands(operator, one) for operator, one in logic.items()}
        case list():
            return [redacted_logic(one) for one in logic]
    return redacted_json(logic)


def _operands(operator: str, operands: Any) -> Any:
    compared = operands if isinstance(operands, list) else ()
    names = [str(one["var"]) for one in compared if isinstance(one, dict) and "var" in one]
    if operator in _BRANCHES or not any(map(is_secret, names)):
        return redacted_logic(operands)
    return [one if isinstance(one, dict) else redacted_json(one, is_hidden=True) for one in operands]


def in_traffic(text: str) -> Iterator[tuple[int, int]]:
    """The spans of values whose name marks them as secret."""
    for pattern in _NAMED:
        for found in pattern.finditer(text):
            if is_secret_header(found["name"]) and not _FAILURE.search(found["name"]):
                part = str(found.lastgroup)
                if found[part] and found[part] not in _WORDS and not (pattern is _LINE and is_plain(found[part])):
                    yield found.span(part)
    for found in _HEADER.finditer(text):
        name = found["name"]
        if name.lower() in _HEADERS:
            yield found.span("secret")
        elif "-" in name and is_secret(name):  # otherwise a sentence about a key would be masked
            start = found.start("secret")
            yield start, start + len(found["secret"].split(maxsplit=1)[0])
