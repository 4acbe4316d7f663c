"""Resources of contracts: what was created is there to get, list, change and delete, until it is reset.

Each change makes a new version; a version can be come back to, as a test does after itself. A test that shares the
environment with others has a copy of its own, by the trace of its requests.
"""

import copy
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, quote, unquote
from uuid import uuid4

import jsonschema_rs

from localenv.stubs.responder import form_fields, paging
from localenv.stubs.responder.values import Handler, ResponderAnswer, ResponderRequest
from localenv.stubs.vocabulary import HOST, OBSERVED, SHARED_TRACE

FILE = "resources.json"  # what there is to keep, by upstream, in the folder of the environment's state
FIRST = "Started"  # the version in which nothing was created

_STATE, _HTTP = "/state", "/http"  # the two parts of its paths: versions, and requests of the service under work
_MERGE_PATCH = "application/merge-patch+json"
_MOST = 2000  # versions that can be come back to
_COUNTS = ("total", "count", "size", "total_count", "totalCount", "totalItems", "total_items")

ResourceItems = dict[str, dict[str, Any]]  # by id
Collections = dict[str, ResourceItems]  # by the path of the collection


def handler(state: Path) -> Handler:
    """The handler for the contracts in a folder."""
    return ResourceAnswers(state=state)


@dataclass
class _Kept:
    """What one upstream keeps: the current version, and earlier ones."""

    now: Collections = field(default_factory=dict)
    version: str = FIRST
    versions: dict[str, Collections] = field(default_factory=lambda: {FIRST: {}})
    counter: int = 0
    traces: dict[str, "_Kept"] = field(default_factory=dict)  # the copies of tests that share the environment


@dataclass(kw_only=True)
class ResourceAnswers:
    """The resources of an environment's upstreams."""

    state: Path
    _lock: Lock = field(default_factory=Lock)
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _read: object = None
    _plans: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, asked: ResponderRequest) -> ResponderAnswer:
        """Answer a request to a resource, or tell and set the version."""
        with self._lock:
            kept = self._kept.setdefault(asked.upstream, _Kept())
            if asked.path == _STATE:
                return _state(kept, asked)
            for plan in self._now().get(asked.upstream, ()):
                if found := _match(plan, asked):
                    return _answer(plan, _of_trace(kept, asked), asked, *found)
        return _json(404, {"error": f"{asked.method} {asked.path} is not a resource"})

    def _now(self) -> Mapping[str, Any]:
        file = self.state / FILE
        try:
            seen = file.stat()
            if self._read != (seen.st_mtime_ns, seen.st_ino):
                self._plans, self._read = json.loads(file.read_bytes()), (seen.st_mtime_ns, seen.st_ino)
        except (OSError, ValueError):
            pass
        return self._plans


def _of_trace(kept: _Kept, asked: ResponderRequest) -> _Kept:
    """What the sender of a request sees: all, or a copy that is made when it first asks.

    A test that shares the environment has one, and a comparison with the real server.
    """
    trace = asked.headers.get("traceparent", "")[3:35]
    if observed := asked.headers.get(OBSERVED.lower()):
        trace = observed.split()[1]
    elif not trace.startswith(SHARED_TRACE):
        return kept
    if trace not in kept.traces:
        kept.traces[trace] = _Kept(now=dict(kept.now), counter=kept.counter)
        while len(kept.traces) > _MOST:
            kept.traces.pop(next(iter(kept.traces)))
    return kept.traces[trace]


def _state(kept: _Kept, asked: ResponderRequest) -> ResponderAnswer:
    if asked.method == "PUT":
        wanted = str(json.loads(asked.body)["state"])
        kept.version = wanted if wanted in kept.versions else FIRST
        kept.now = dict(kept.versions[kept.version])
    return _json(200, {"state": kept.version})


def _match(plan: Mapping[str, Any], asked: ResponderRequest) -> tuple[str, str, str] | None:
    """The operation, the path of the collection, and the id of the item, if the request is for this resource."""
    path = asked.path.removeprefix(_HTTP).rstrip("/")
    parts = re.split(r"(\{[^}]*\})", plan["path"])
    expression = "".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in parts)
    found = re.fullmatch(f"({expression})(?:/([^/]+))?", path)
    if not found:
        return None
    kinds = {"GET": "get", "PUT": "replace", "PATCH": "change", "POST": "change", "DELETE": "delete"}
    kind = kinds.get(asked.method, "") if found[2] else {"GET": "list", "POST": "create"}.get(asked.method, "")
    return (kind, found[1], unquote(found[2] or "")) if kind in plan["operations"] else None


def _answer(
    plan: Mapping[str, Any], kept: _Kept, asked: ResponderRequest, kind: str, path: str, key: str
) -> ResponderAnswer:
    about = plan["operations"][kind]
    items = dict(kept.now.get(path, {}))
    if kind == "list":
        return _listed(about, plan.get("paging") or {}, asked, _filtered(plan.get("filters", ()), asked.query, items))
    if kind == "create":
        return _created(plan, about, kept, asked, path, items)
    missing = about["missing"]
    if kind == "replace" and key not in items and about.get("made"):
        return _put(plan, about, kept, asked, path, key)
    if not _is_known(asked, key in items, missing["status"]):
        return _answered(missing["status"], missing["headers"], missing["body"])
    item = items.get(key, plan["item"])
    if kind == "delete":
        items.pop(key, None)
        _change(kept, path, items)
        names_it = isinstance(about["body"], dict) and plan["key"] in about["body"]
        body = {**about["body"], plan["key"]: item[plan["key"]]} if names_it else about["body"]
        return _answered(about["status"], about["headers"], body)
    if kind in ("replace", "change"):
        given = _whole(about, asked) if kind == "replace" else _patched(item, _fields(about, asked), asked)
        base = plan["item"] if kind == "replace" else item
        item = {**copy.deepcopy(base), **given, plan["key"]: item[plan["key"]]}
        items[key] = item
        _change(kept, path, items)
    return _answered(about["status"], about["headers"], item if about["has_body"] else None)


def _put(
    plan: Mapping[str, Any], about: Mapping[str, Any], kept: _Kept, asked: ResponderRequest, path: str, key: str
) -> ResponderAnswer:
    """Create an item under the id that its path has."""
    is_number = plan["ids"]["kind"] == "integer" and key.isdigit()
    made = {**copy.deepcopy(plan["item"]), **_whole(about, asked), plan["key"]: int(key) if is_number else key}
    _change(kept, path, {**kept.now.get(path, {}), key: made})
    return _answered(about["made"], about["headers"], made if about["has_body"] else None)


def _patched(item: Mapping[str, Any], given: dict[str, Any], asked: ResponderRequest) -> dict[str, Any]:
    """What a request gives; objects of a JSON merge patch (RFC 7396) are merged with those of the item."""
    if not asked.headers.get("content-type", "").startswith(_MERGE_PATCH):
        return given
    return {name: _merged(item.get(name), value) if isinstance(value, dict) else value for name, value in given.items()}


def _merged(item: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(item) if isinstance(item, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _merged(found.get(name), value) if isinstance(value, dict) else value
    return found


def _is_known(asked: ResponderRequest, is_kept: bool, missing: int) -> bool:
    """Whether an item is there; in a comparison, whether the real server has it, whose ids are others."""
    observed = asked.headers.get(OBSERVED.lower())
    return observed.split()[0] != str(missing) if observed else is_kept


def _created(
    plan: Mapping[str, Any],
    about: Mapping[str, Any],
    kept: _Kept,
    asked: ResponderRequest,
    path: str,
    items: ResourceItems,
) -> ResponderAnswer:
    given = _whole(about, asked)
    if about.get("taken") and str(given.get(plan["key"])) in items:
        return _answered(about["taken"]["status"], about["taken"]["headers"], about["taken"]["body"])
    body = about["body"] if isinstance(about["body"], dict) else plan["item"]
    made = {**copy.deepcopy(plan["item"]), **copy.deepcopy(body), **given}
    made[plan["key"]] = key = given.get(plan["key"]) or _new_id(plan["ids"], kept, items)
    items[str(key)] = made
    _change(kept, path, items)
    shown = {**copy.deepcopy(body), **{name: made[name] for name in body if name in made}, **given}
    if plan["key"] in body or not about["has_body"]:
        shown[plan["key"]] = key
    headers = dict(about["headers"])
    for name in headers:
        if name.lower() == "location":
            headers[name] = f"{path}/{quote(str(key), safe='')}"
    return _answered(about["status"], headers, shown if about["has_body"] else None)


def _filtered(names: Collection[str], query: str, items: ResourceItems) -> ResourceItems:
    """The items whose fields are what parameters of the same names ask for."""
    asked: dict[str, set[str]] = {}
    for name, value in parse_qsl(query):
        if name in names:
            asked.setdefault(name, set()).add(value)
    return {key: one for key, one in items.items() if all(_text(one.get(name)) in asked[name] for name in asked)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _listed(
    about: Mapping[str, Any], pages: Mapping[str, Any], asked: ResponderRequest, kept: ResourceItems
) -> ResponderAnswer:
    host, path = asked.headers.get(HOST.lower(), ""), asked.path.removeprefix(_HTTP)
    page = paging.Page(about=pages, query=asked.query, ids=[*kept], url=f"http://{host}{path}" if host else path)
    body, items, headers = copy.deepcopy(about["body"]), [*kept.values()][page.shown], page.headers(about["headers"])
    if not isinstance(body, dict):
        return _answered(about["status"], headers, items)
    name = next((name for name, value in body.items() if isinstance(value, list)), None)
    if name is not None:
        body[name] = items
        body |= {count: len(kept) for count in _COUNTS if isinstance(body.get(count), int)}
        page.fill(body)
    return _answered(about["status"], headers, body)


def _whole(about: Mapping[str, Any], asked: ResponderRequest) -> dict[str, Any]:
    """The fields of the request, and the defaults of those that it leaves out."""
    known = about["fields"]
    defaults = {name: one for name, one in about.get("defaults", {}).items() if _fits(known[name], one)}
    return {**defaults, **_fields(about, asked)}


def _fields(about: Mapping[str, Any], asked: ResponderRequest) -> dict[str, Any]:
    """The fields of the request that the resource has too, and whose values fit it."""
    try:
        is_form = asked.headers.get("content-type", "").startswith(form_fields.TYPE)
        given = form_fields.read(asked.body, about["kinds"]) if is_form else json.loads(asked.body)
    except ValueError:
        return {}
    known = about["fields"]
    named = {name: value for name, value in given.items() if name in known} if isinstance(given, dict) else {}
    return {name: value for name, value in named.items() if _fits(known[name], value)}


def _fits(schema: Any, value: Any) -> bool:
    """Whether a value of a request may stand in an answer."""
    try:
        return schema is True or jsonschema_rs.is_valid(schema, value)
    except ValueError:
        return False


def _new_id(ids: Mapping[str, Any], kept: _Kept, items: ResourceItems) -> Any:
    kept.counter += 1
    if ids["kind"] == "integer":
        return kept.counter
    if ids["kind"] == "uuid":
        return str(uuid4())
    if ids["kind"] == "list":
        free = [one for one in ids["values"] if one not in items]
        return (free or ids["values"] or [""])[0]
    return f"{ids['prefix']}-{uuid4().hex[:8]}"


def _change(kept: _Kept, path: str, items: ResourceItems) -> None:
    kept.now = {**kept.now, path: items}
    kept.version = uuid4().hex
    kept.versions[kept.version] = kept.now
    while len(kept.versions) > _MOST:
        kept.versions.pop(next(one for one in kept.versions if one != FIRST))


def _answered(status: int, headers: Mapping[str, str], body: Any) -> ResponderAnswer:
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return ResponderAnswer(status=status, headers=headers, body=content)


def _json(status: int, document: Mapping[str, Any]) -> ResponderAnswer:
    return _answered(status, {"Content-Type": "application/json"}, document)
