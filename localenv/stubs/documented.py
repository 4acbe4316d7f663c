"""The responses that an upstream's contracts document, for tests that ask for one by its status."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from localenv.stack import StubSource, Upstream
from localenv.stubs import sources
from localenv.stubs.answers import Wanted
from localenv.stubs.overlap import of_template
from localenv.stubs.sources.kind import DocumentedFailure
from localenv.stubs.urls import path_of
from localenv.stubs.vocabulary import URLS

_MOST = 60  # operations of which each gets a stub of its own


def failures(upstream: Upstream, wanted: Wanted, status: int, delay: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Mappings that answer the wanted requests as the contract documents a status; empty where it does not.

    Requests to one path have one answer; those to several have that of their own operation.
    """
    found = [one for source in upstream.sources for one in _documented(source, status) if _is_meant(one, wanted)]
    by_request = {json.dumps(one.request, sort_keys=True): one for one in reversed(found)}
    if not found or (not wanted.path and len(by_request) > _MOST):
        return []
    if wanted.path:
        return [{"request": wanted.pattern(), "response": _response(found[0], status, delay)}]
    return [
        {"request": _request(one, wanted), "response": _response(one, status, delay)} for one in by_request.values()
    ]


def _documented(source: StubSource, status: int) -> Iterator[DocumentedFailure]:
    """The answers with that status, the exact code before a range, and the most precise path first."""
    contract = sources.contract(source)
    if contract is None:
        return
    digest = sources.digest([source])  # read once for each content of the contract
    if digest not in _KEPT:
        _KEPT[digest] = contract.answers(source)
    for code in (str(status), f"{status // 100}XX", "DEFAULT"):
        yield from (one for one in _KEPT[digest] if one.code.upper() == code)


_KEPT: dict[str, Sequence[DocumentedFailure]] = {}


def _is_meant(one: DocumentedFailure, wanted: Wanted) -> bool:
    request = one.request
    if wanted.method not in ("ANY", request["method"]):
        return False
    path = re.sub(r"\{[^}]*\}", "1", path_of(wanted.path))
    if not path:
        return True
    if "urlPath" in request:
        return bool(request["urlPath"] == path)
    expression = of_template(request["urlPathTemplate"]) if "urlPathTemplate" in request else request["urlPathPattern"]
    return re.fullmatch(expression, path) is not None


def _request(one: DocumentedFailure, wanted: Wanted) -> dict[str, Any]:
    """The wanted requests of one operation."""
    url = {key: value for key, value in one.request.items() if key in URLS}
    asked = {key: value for key, value in wanted.pattern().items() if key not in URLS}
    return {**asked, **url, "method": one.request["method"]}


def _response(one: DocumentedFailure, status: int, delay: Mapping[str, Any]) -> dict[str, Any]:
    return {**one.response, "status": status, **delay}
