"""Bodies as texts, in the encoding that they have."""

import codecs
import re
from dataclasses import dataclass

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_TEXTUAL = re.compile(r"text/|\S*[/+](?:json|xml|yaml|javascript|x-www-form-urlencoded|x-ndjson)", re.IGNORECASE)
_UTF8, _ANY = "utf-8", "latin-1"  # that of last resort gives each byte a character


@dataclass(frozen=True, kw_only=True)
class DecodedText:
    """A text, and how it was encoded."""

    text: str
    encoding: str
    is_sure: bool = True  # the encoding is declared, or evident

    def encoded(self, text: str) -> bytes:
        """Another text in the same encoding."""
        if self.encoding == _UTF8:
            return text.encode(errors="surrogatepass")
        return text.encode(self.encoding, errors="backslashreplace")


def decoded(body: bytes, content_type: str) -> DecodedText | None:
    """A body as text; None if it is binary."""
    declared = _CHARSET.search(content_type)
    marked = [encoding for mark, encoding in _MARKS if body.startswith(mark)]
    for encoding in (*marked, _UTF8, *([declared[1]] if declared else [])):
        found = _read(body, encoding)
        if found is not None:
            return DecodedText(text=found, encoding=encoding)
    found = _read(body, _ANY) if _TEXTUAL.match(content_type) else None
    return None if found is None else DecodedText(text=found, encoding=_ANY, is_sure=False)


def _read(body: bytes, encoding: str) -> str | None:
    try:
        text = body.decode(encoding)
    except (UnicodeError, LookupError):
        return None
    return None if "\0" in text else text
