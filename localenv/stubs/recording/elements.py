"""Find secrets in XML and HTML by the names of the elements that they stand in."""

import re
from collections.abc import Iterator

from localenv.redaction import recorded
from localenv.redaction.recorded import Found

_NODE = re.compile(
    r"<(?P<end>/?)(?:[\w.-]{1,64}:)?(?P<name>[\w.-]{1,64})(?P<attributes>(?:\s[^<>]*)?)/?>"
    r"\s*(?:<!\[CDATA\[(?P<data>.*?)\]\]>|(?P<text>[^<>]*))",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\s(?:name|key)=["'](?P<name>[^"'<>\s]{1,64})["']""")
_LABELS = frozenset({"key", "name", "dt"})  # elements that name the next one: <key>password</key><string>…</string>
_DEEPEST = 64  # elements
_LONGEST = 8192  # characters of a secret


def secrets(text: str) -> Iterator[Found]:
    """The texts in elements that are called like secrets, or stand in one or behind a name that is."""
    around: list[str] = []
    label = ""
    for one in _NODE.finditer(text):
        name = one["name"]
        if one["end"]:
            _leave(around, name)
            continue
        if not one["attributes"].endswith("/"):
            around = [*around[-_DEEPEST:], name]
        part = str(one.lastgroup)
        value = one[part].rstrip()
        is_within = any(map(recorded.names_secrets, around[:-1]))
        if name.lower() in _LABELS and recorded.names_secrets(value) and not is_within:
            label = value
        elif value and len(value) <= _LONGEST and not value.startswith(("//", "$")):
            names = [label, name, *(each["name"] for each in _ATTRIBUTE.finditer(one["attributes"]))]
            kind = next((kind for each in names if each and (kind := recorded.by_name(each, value))), "")
            if kind or is_within:
                yield Found(one.start(part), one.start(part) + len(value), kind or "secret")
            label = ""


def _leave(around: list[str], name: str) -> None:
    """Leave the elements up to the last one of this name; none, if there is no such."""
    if name in around:
        while around.pop() != name:
            pass
