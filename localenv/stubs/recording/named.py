"""Find secrets in a text by the names that stand before them."""

import re
from collections.abc import Iterator, Sequence

from localenv.redaction import recorded
from localenv.redaction.recorded import Found

_ASSIGNED = re.compile(r"""(?<![\w.-])(?=(?P<name>[\w.-]{1,64})(?:\]|%5D)?["']?\s{0,4}[=:]\s{0,4}["']?)""")
_VALUE = re.compile(r"""(?:\]|%5D)?["']?\s{0,4}[=:]\s{0,4}["']?(?P<value>[^\s"'&<>,;{}\[\]]{1,4096})""")
_ELEMENT = re.compile(
    r"<(?P<name>[\w:.-]{1,64})(?:\s[^<>]*)?>\s*(?:<!\[CDATA\[)?(?P<value>[^<>]{1,8192}?)(?:\]\]>)?\s*</(?P=name)\s*>"
)
_TAG = re.compile(r"<[^<>]+")
_ATTRIBUTE = re.compile(
    r"""\b(?:(?:name|id)=["']?(?P<name>[^"'<>\s]{1,64})"""
    r"""|(?:value|content)=(?:["'](?P<value>[^"'<>]+)["']|(?P<bare>[^"'<>\s]+)))"""
)
_MOST_NAMES = 8  # of one tag
_PART = re.compile(r'name="(?P<name>[^"\r\n]{1,64})"(?:\r?\n[^\r\n]+)*\r?\n\r?\n(?P<value>.*?)(?=\r?\n--)', re.DOTALL)
_NETRC = re.compile(r"\blogin\s+\S{1,64}\s+(?P<name>password)\s+(?P<value>\S{1,200})")


@recorded.for_short
def assigned(text: str) -> Sequence[Found]:
    """Values behind a suspicious name; the next name stands behind the value of a secret one."""
    found: list[Found] = []
    end = 0
    for one in _ASSIGNED.finditer(text) if "=" in text or ":" in text else ():
        if one.start() >= end and recorded.is_suspicious(one["name"]):
            value = _VALUE.match(text, one.end("name"))
            kind = recorded.by_name(one["name"], value["value"]) if value else ""
            if value and kind and not value["value"].startswith(("//", "$")):
                found.append(Found(*value.span("value"), kind))
                end = value.end()
    return tuple(found)


def marked(text: str) -> list[Found]:
    """Values that stand in elements, fields and parts with a suspicious name."""
    named = [found for form in (_ELEMENT, _PART, _NETRC) for found in _named(form, text)]
    return named + [found for tag in _TAG.finditer(text) for found in _fields_of(tag)]


def _named(form: re.Pattern[str], text: str) -> list[Found]:
    found = ((one, recorded.by_name(one["name"], one["value"])) for one in form.finditer(text))
    return [Found(*one.span("value"), kind) for one, kind in found if kind and not one["value"].startswith(("//", "$"))]


def _fields_of(tag: re.Match[str]) -> Iterator[Found]:
    """The values of a tag, a field of a page or a fact about it, if a name of it tells that they are secret."""
    attributes = [*_ATTRIBUTE.finditer(tag[0])]
    names = [one["name"] for one in attributes if one["name"]][:_MOST_NAMES]
    for one in attributes if names else ():
        part = "value" if one["value"] else "bare"
        value = one[part]
        kind = next((kind for name in names if (kind := recorded.by_name(name, value))), "") if value else ""
        if kind and not value.startswith(("//", "$")):
            start, end = one.span(part)
            yield Found(tag.start() + start, tag.start() + end, kind)
