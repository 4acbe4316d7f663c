"""Bodies of a contract: their type and content in every version of the format."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

_ABSENT = object()
JSON, FORM, XML, MULTIPART = "json", "x-www-form-urlencoded", "xml", "multipart/"
_LOOKS_LIKE = {  # as Pact itself guesses the type of a text that has none
    "application/json": re.compile(r'\s*(?:true|false|null|\d|"|\[|\{\s*[}"])'),
    "text/html": re.compile(r"\s*<(?:!doctype|html>)", re.IGNORECASE),
    "application/xml": re.compile(r"\s*<[\w?]"),
}
_TEXT = re.compile(r"text/|application/(?:.*\b(?:json|xml)$|json|graphql$|x-www-form-urlencoded$)")


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body: JSON as a value, anything else as text, or as bytes where it was encoded."""

    content: Any = field(repr=False)
    type: str = ""  # its content type without parameters, in lower case; empty if nothing says it

    @property
    def is_json(self) -> bool:
        """Whether it is JSON."""
        return not isinstance(self.content, bytes) and (_is_json(self.type) or not isinstance(self.content, str))

    @property
    def text(self) -> str:
        """As text, JSON as it is sent."""
        if self.is_json:
            return json.dumps(self.content, ensure_ascii=False)
        return self.content.decode(errors="replace") if isinstance(self.content, bytes) else str(self.content)


def of(part: Mapping[str, Any], version: int) -> Body | None:
    """The body of a request or response; None if anything will do."""
    written = part.get("body", _ABSENT)
    kind = plain(content_type(part))
    if written is _ABSENT or written is None:
        return None
    if version < 4:
        return _plain(written, kind or guessed(written))
    return _encoded(written, kind) if isinstance(written, Mapping) and "content" in written else None


def is_empty(part: Mapping[str, Any]) -> bool:
    """Whether the contract says that there is no body, which is more than saying nothing of it."""
    written = part.get("body", _ABSENT)
    content = written["content"] if isinstance(written, Mapping) and "content" in written else written
    return content is None or content == ""


def guessed(content: Any) -> str:
    """The content type of a text that has none, as Pact guesses it; empty for anything else."""
    if not isinstance(content, str):
        return ""
    return next((kind for kind, form in _LOOKS_LIKE.items() if form.match(content)), "")


def _plain(written: Any, kind: str) -> Body:
    """A body of version 1 to 3: what is binary is written in base64."""
    if isinstance(written, str) and kind and not _TEXT.match(kind):
        with suppress(binascii.Error, ValueError):
            return Body(content=base64.b64decode(written, validate=True), type=kind)
    return Body(content=_parsed(written, kind), type=kind)


def _encoded(written: Mapping[str, Any], kind: str) -> Body | None:
    content, encoded = written["content"], written.get("encoded", False)
    if content is None:
        return None
    kind = plain(str(written.get("contentType") or "")) or kind
    if encoded and isinstance(content, str):
        if encoded is True or str(encoded).lower() == "base64":
            try:
                return Body(content=base64.b64decode(content), type=kind)
            except (binascii.Error, ValueError):
                return Body(content=content, type=kind)
        return Body(content=_parsed(content, str(encoded).lower()), type=kind)
    return Body(content=content, type=kind)


def content_type(part: Mapping[str, Any]) -> str:
    """The Content-Type header of a request or response; empty if it has none."""
    headers = part.get("headers")
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        if name.lower() == "content-type":
            return str(value[0] if isinstance(value, list) and value else value)
    body = part.get("body")
    written = body.get("contentType") if isinstance(body, Mapping) and "content" in body else None
    return written if isinstance(written, str) and written != "*/*" else ""


def plain(kind: str) -> str:
    """A content type without its parameters."""
    return kind.partition(";")[0].strip().lower()


def _parsed(content: Any, kind: str) -> Any:
    """JSON that was written as a text."""
    if isinstance(content, str) and _is_json(kind):
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            return content
    return content


def _is_json(kind: str) -> bool:
    return kind == JSON or kind.endswith(("/json", "+json"))
