"""Mappings that pass every request on to a program of localenv, which forwards it to a real server."""

from collections.abc import Mapping
from typing import Any

from localenv.stubs.vocabulary import AGENT

_IN_PARTS = r"(?i)\s*multipart/.*"


def passing(name: str, priority: int, target: str, headers: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The mappings for requests with some headers: the client's User-Agent is passed, not that of the stub server.

    A form in parts goes without: WireMock fills in no template for two parts of one name.
    """
    templated = {
        "additionalProxyRequestHeaders": {AGENT: "{{request.headers.User-Agent}}"},
        "transformers": ["response-template"],
    }
    other = {"or": [{"absent": True}, {"doesNotMatch": _IN_PARTS}]}
    return [
        {
            "name": name,
            "priority": priority,
            "request": {"method": "ANY", "headers": {**(headers or {}), "Content-Type": kind}},
            "response": {"proxyBaseUrl": target, **more},
        }
        for kind, more in ((other, templated), ({"matches": _IN_PARTS}, {}))
    ]
