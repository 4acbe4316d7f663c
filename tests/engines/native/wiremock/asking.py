"""Requests and mappings of a corpus."""

import gzip
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def stub(request: Any, response: Any = None, **more: Any) -> str:
    """A mapping as text."""
    return json.dumps({"request": request, "response": {"body": "ok"} if response is None else response, **more})


def post(url: str, body: str | bytes, **headers: str) -> Ask:
    """A request with a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Ask(url=url, method="POST", headers=named, body=body if isinstance(body, bytes) else body.encode())


PACKED = gzip.compress(b'{"packed": true}' * 20, mtime=0)
TEMPLATED = {"transformers": ["response-template"]}
FORM = "application/x-www-form-urlencoded"
PART = "--x\r\nContent-Disposition: form-data; name=one\r\nContent-Type: text/plain\r\n\r\nalpha\r\n--x--\r\n"
ENVELOPE = '<a xmlns="urn:x"><b>1</b></a>'
