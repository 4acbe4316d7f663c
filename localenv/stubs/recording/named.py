"""Find secrets in a text by the names that stand before them."""

import re
from collections.abc import Iterator, Sequence

from localenv.redaction import recorded
from localenv.redaction.recorded import Found

_ASSIGNED = re.compile(
    r"""(?<![\w.-])(?=(?P<name>[\w.-]{1,64})(?:\]|%5D)?\\{0,3}["']?\s{0,4}[=:]\s{0,4}\\{0,3}["']?)"""
)
_VALUE = re.compile(
    r"""(?:\]|%5D)?\\{0,3}["']?\s{0,4}[=:]\s{0,4}"""
    r"""(?:"(?P<double>(?:[^"\\\n]|\\.){1,4096})"|'(?P<single>[^'\n]{1,4096})'"""
    r"""|\\{0,3}["']?(?P<value>[^\s"'&<>,;{}\[\]\\]{1,4096}))"""
)
_LINE = re.compile(
    r"^[ \t]*(?:- )?(?P<name>[\w.-]{1,64}):[ \t]+(?P<value>[^\s\"'{\[|<>][^\n\"'{}\[\]<>]{0,4096}?)[ \t\r]*$",
    re.MULTILINE,
)
_BLOCK = re.compile(
    r"^(?P<indent>[ ]{0,99})(?:- )?(?P<name>[\w.-]{1,64}):[ ]{0,9}[|>][+-]?\d?[ \r]{0,9}\n"
    r"(?P<value>(?:(?P=indent)[ ]+\S[^\n]*(?:\n|\Z))+)",
    re.MULTILINE,
)  # of YAML
_OPTION = re.compile(
    r"(?<![\w-])--(?P<name>[\w-]{1,64})[ ]{1,4}[\"']?(?![A-Z_]+\b)(?P<value>[^\s\"'-][^\s\"']{0,4096})"
)
_USER = re.compile(r"""(?<![\w-])(?:-u|--user)[ =]{0,2}["']?[^\s:"'/]{1,64}:(?P<value>[^\s"'/]{1,4096})""")  # of curl
_SAID = re.compile(
    r"""(?<!status )(?<!error )(?<!exit )(?<!country )(?<!area )(?<!zip )\b"""
    r"""(?P<name>password|passwort|passcode|pin|otp|token|secret|code|key)\b"""
    r"""(?: number)? (?:is|ist|lautet):? ["'“„]?"""
    r"""(?P<value>(?=[^\s"'”“<>]*\d)[^\s"'”“<>]{3,200}?)(?=["'”“.,;!<]{0,3}(?:\s|\Z))""",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?<![\w.-])(?P<value>\d{3,4}[ -]?\d{1,5}) is your [\w ]{0,40}\b(?:code|pin|otp|password|passcode)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]+")
_ATTRIBUTE = re.compile(
    r"""\b(?:(?:name|id|key)=["']?(?P<name>[^"'<>\s]{1,64})"""
    r"""|(?:value|content)=(?:["'](?P<value>[^"'<>]+)["']|(?P<bare>[^"'<>\s]+)))"""
)
_MOST_NAMES = 8  # of one tag
_PART = re.compile(
    r'name="?(?P<name>[^"\r\n;]{1,64})"?(?:;[^\r\n]*)?(?:\r?\n[^\r\n]{1,999}){0,9}\r?\n\r?\n'
    r"(?P<value>.*?)(?=\r?\n--)",
    re.DOTALL,
)
_NETRC = re.compile(r"\blogin\s+\S{1,64}\s+(?P<name>password)\s+(?P<value>\S{1,200})")


@recorded.for_short
def assigned(text: str) -> Sequence[Found]:
    """Values behind a suspicious name; the next name stands behind the value of a secret one."""
    found = _whole_values(text)
    end = 0
    for one in _ASSIGNED.finditer(text) if "=" in text or ":" in text else ():
        if one.start() >= end and recorded.is_suspicious(one["name"]):
            value = _VALUE.match(text, one.end("name"))
            if value and (kind := _kind(one["name"], value[part := str(value.lastgroup)])):
                found.append(Found(*value.span(part), kind))
                end = value.end(part)
    return tuple(found)


def _whole_values(text: str) -> list[Found]:
    """Values with spaces, which go to the end of a line or block, and those that an option or a sentence names."""
    found: list[Found] = []
    if ":" in text and "\n" in text:
        found += [one for form in (_BLOCK, _LINE) for one in _named(form, text)]
    if " --" in text:
        found += _named(_OPTION, text)
    if "-u" in text:
        found += [Found(*one.span("value"), "secret") for one in _USER.finditer(text)]
    if " is" in text or " lautet" in text:
        found += [Found(*one.span("value"), "secret") for form in (_SAID, _CODE) for one in form.finditer(text)]
    return found


def marked(text: str) -> list[Found]:
    """Values that stand in fields and parts with a suspicious name."""
    forms = (_PART, _NETRC) if text.lstrip().startswith("--") else (_NETRC,)
    named = [found for form in forms for found in _named(form, text)]
    return named + [found for tag in _TAG.finditer(text) for found in _fields_of(tag)]


def _named(form: re.Pattern[str], text: str) -> list[Found]:
    found = ((one, _kind(one["name"], one["value"])) for one in form.finditer(text))
    return [Found(*one.span("value"), kind) for one, kind in found if kind]


def _kind(name: str, value: str) -> str:
    """The kind of secret that a value is because of its name; empty for the rest of a URL, and for a reference."""
    return "" if value.startswith(("//", "$")) else recorded.by_name(name, value)


def _fields_of(tag: re.Match[str]) -> Iterator[Found]:
    """The values of a tag, a field of a page or a fact about it, if a name of it tells that they are secret."""
    attributes = [*_ATTRIBUTE.finditer(tag[0])]
    names = [one["name"] for one in attributes if one["name"]][:_MOST_NAMES]
    for one in attributes if names else ():
        part = "value" if one["value"] else "bare"
        value = one[part]
        kind = next((kind for name in names if (kind := _kind(name, value))), "") if value else ""
        if kind:
            start, end = one.span(part)
            yield Found(tag.start() + start, tag.start() + end, kind)
