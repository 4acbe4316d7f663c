"""Mappings that pass every request on to a program of localenv, which forwards it to a real server."""

from collections.abc import Mapping
from typing import Any

from localenv.stubs import narrowing
from localenv.stubs.vocabulary import AGENT

_IN_PARTS = r"(?i)\s*multipart/.*"
_WITHOUT_PARTS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # methods


def passing(name: str, priority: int, target: str, headers: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The mappings for requests with some headers: the client's User-Agent is passed, not that of the stub server.

    A form in parts goes without: WireMock fills in no template for two parts of one name.
    """
    templated = {
        "additionalProxyRequestHeaders": {AGENT: "{{request.headers.User-Agent}}"},
        "transformers": ["response-template"],
    }
    request = {"method": "ANY", "headers": headers or {}}
    whole, in_parts = by_parts(request)
    mapping = {"name": name, "priority": priority}
    return [
        {**mapping, "request": whole, "response": {"proxyBaseUrl": target, **templated}},
        {**mapping, "request": in_parts, "response": {"proxyBaseUrl": target}},
    ]


def by_parts(request: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request pattern for what is no form in parts, and for forms in parts."""
    other, in_parts = {"or": [{"absent": True}, {"doesNotMatch": _IN_PARTS}]}, {"matches": _IN_PARTS}
    return (
        narrowing.joined(request, {"headers": {"Content-Type": other}}),
        narrowing.joined(request, {"headers": {"Content-Type": in_parts}}),
    )


def may_have_parts(request: Mapping[str, Any]) -> bool:
    """Whether a request pattern has a method with which forms are sent."""
    return str(request.get("method", "ANY")).upper() not in _WITHOUT_PARTS
