"""The request of an interaction as its consumer sends it."""

from urllib.parse import quote, urlencode

from localenv.stubs.sources.kind import Exchange
from localenv.stubs.sources.pact import payloads, requests
from localenv.stubs.sources.pact.files import Interaction

_IN_A_PATH = "/%:@!$&'()*+,;=~"


def example(one: Interaction, version: int) -> Exchange | None:
    """The example that the contract has; None where its body is that of a plugin."""
    if one.plugin:
        return None
    request = one.request
    path = quote(str(request.get("path") or "/"), safe=_IN_A_PATH)
    query = urlencode(requests.parameters(request.get("query")), doseq=True)
    headers = {
        name.lower(): ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in (request.get("headers") or {}).items()
    }
    body = payloads.of(request, version)
    if body is not None and (kind := body.type or ("application/json" if body.is_json else "")):
        headers.setdefault("content-type", kind)
    content = b"" if body is None else body.content if isinstance(body.content, bytes) else body.text.encode()
    return Exchange(
        method=str(request.get("method") or "GET").upper(),
        url=f"{path}?{query}" if query else path,
        headers=headers,
        body=content,
    )
