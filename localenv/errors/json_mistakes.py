"""What is wrong with a text that is not valid JSON, and where it begins."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_PAIRS = {"{": "}", "[": "]"}
_WORDS = {
    "Expecting value": "a value was expected",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a key in double quotes was expected",
    "Extra data": "there is more after its end",
    "Illegal trailing comma before end of object": "a key in double quotes was expected",
    "Illegal trailing comma before end of array": "a value was expected",
}


@dataclass(frozen=True, kw_only=True)
class JsonMistake:
    """A mistake in words, with the offset of its cause."""

    message: str
    offset: int
    hint: str = ""


def found(text: str, message: str, offset: int) -> JsonMistake:
    """The mistake that Python's parser reports for a text; its cause may stand before the place that it reports."""
    before, rest = text[:offset].rstrip(), text[offset:].lstrip()
    if not text.strip():
        return JsonMistake(message="the file is empty", offset=0)
    if message.startswith(("Unterminated string", "Invalid control character")):
        start = offset if text[offset : offset + 1] == '"' else text.rfind('"', 0, offset)
        return JsonMistake(message='" is not closed', offset=max(start, 0))
    opened = _open(text)
    if opened is not None and (not rest or rest[0] in _PAIRS.values()):
        return JsonMistake(message=f"{text[opened]} is not closed", offset=opened)
    words = _WORDS.get(message, message)
    if rest.startswith("#"):
        return JsonMistake(message=words, offset=offset, hint="a comment begins with //")
    if before.endswith(",") or (rest[:1] == "," and rest[1:].lstrip()[:1] in {"}", "]"}):
        return JsonMistake(message=words, offset=offset, hint="remove the comma after the last entry")
    return JsonMistake(message=words, offset=offset)


def _open(text: str) -> int | None:
    """Where the innermost bracket begins that is not closed, or is closed by one of the other kind."""
    opened: list[int] = []
    for token in _TOKEN.finditer(text):
        if token[0] in _PAIRS:
            opened.append(token.start())
        elif token[0] in _PAIRS.values():
            if not opened or _PAIRS[text[opened[-1]]] != token[0]:
                break
            opened.pop()
    return opened[-1] if opened else None
