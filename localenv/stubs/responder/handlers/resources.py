"""Resources of contracts: what was created is there to get, list, change and delete, until it is reset.

Each change makes a new version; a version can be come back to, as a test does after itself. A test that shares the
environment with others has a copy of its own, by the trace of its requests.
"""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote, unquote

from localenv.stubs.responder import choosing, item_fields, paging, patching
from localenv.stubs.responder.values import Handler, MalformedRequest, ResponderAnswer, ResponderRequest
from localenv.stubs.responder.versions import FIRST as FIRST
from localenv.stubs.responder.versions import KeptVersions, ResourceItems
from localenv.stubs.vocabulary import HOST, OBSERVED, OF_SEVERAL, SHARED_TRACE

FILE = "resources.json"  # what there is to keep, by upstream, in the folder of the environment's state

_STATE, _HTTP = "/state", "/http"  # the two parts of its paths: versions, and requests of the service under work
_OF_ALL = ("list", "create")  # operations on the collection
_DIGITS = 20  # of the largest integer in 64 bits, with its sign
_COUNTS = ("total", "count", "size", "total_count", "totalCount", "totalItems", "total_items")


def handler(state: Path) -> Handler:
    """The handler for the contracts in a folder."""
    return ResourceAnswers(state=state)


@dataclass(kw_only=True)
class ResourceAnswers:
    """The resources of an environment's upstreams."""

    state: Path
    _lock: Lock = field(default_factory=Lock)
    _kept: dict[str, KeptVersions] = field(default_factory=dict)
    _read: object = None
    _plans: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, asked: ResponderRequest) -> ResponderAnswer:
        """Answer a request to a resource, or tell and set the version."""
        with self._lock:
            kept = self._kept.setdefault(asked.upstream, KeptVersions())
            if asked.path == _STATE:
                return _state(kept, asked)
            for plan in self._now().get(asked.upstream, ()):
                if found := _match(plan, asked):
                    kind, path, key = found
                    return _ResourceRequest(plan, plan["operations"][kind], _of_trace(kept, asked), asked, path).answer(
                        kind, key
                    )
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


def _of_trace(kept: KeptVersions, asked: ResponderRequest) -> KeptVersions:
    """What the sender of a request sees: all, or a copy that is made when it first asks.

    A test that shares the environment has one, and a comparison with the real server.
    """
    trace = asked.headers.get("traceparent", "")[3:35]
    if len(observed := asked.headers.get(OBSERVED.lower(), "").split()) > 1:
        trace = observed[1]
    elif not trace.startswith(SHARED_TRACE):
        return kept
    return kept.copy(trace, of=trace[: -len(OF_SEVERAL)] + OF_SEVERAL)


def _state(kept: KeptVersions, asked: ResponderRequest) -> ResponderAnswer:
    if asked.method == "PUT":
        try:
            version = str(json.loads(asked.body)["state"])
        except (ValueError, LookupError, TypeError) as error:
            raise MalformedRequest('expected {"state": VERSION}') from error
        kept.come_back(version)
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


@dataclass(frozen=True)
class _ResourceRequest:
    """A request to an operation on a collection, or on one of its items."""

    plan: Mapping[str, Any]
    about: Mapping[str, Any]
    kept: KeptVersions
    asked: ResponderRequest
    path: str  # of the collection

    def answer(self, kind: str, key: str) -> ResponderAnswer:
        """The answer to an operation of a kind, on the item with an id."""
        items = dict(self.kept.now.get(self.path, {}))
        if kind in _OF_ALL and (orphan := self._orphan()):
            return _refused(orphan)
        if kind == "list":
            found = choosing.chosen(self.plan, self.asked.query, items)
            return _listed(self.about, self.plan.get("paging") or {}, self.asked, found)
        if kind == "create":
            return self._created(items)
        missing = self.about["missing"]
        if kind == "replace" and key not in items and self.about.get("made"):
            return self._put(key, items)
        if not _is_known(self.asked, key in items, missing["status"]):
            return _refused(missing)
        item = items.get(key, self.plan["item"])
        if refusal := self._condition(kind, item):
            return _refused(refusal)
        if kind == "delete":
            items.pop(key, None)
            self.kept.change(self.path, items)
            return self._deleted(item)
        try:
            return self._answered(self._changed(kind, key, item, items))
        except patching.PatchError:
            return _refused(self.about["conflict"])

    def _orphan(self) -> Mapping[str, Any] | None:
        """What is answered for a collection in an item that is not there, if that is documented."""
        refusal, above = self.about.get("orphan"), self.plan.get("above", "")
        if not refusal or not above:
            return None
        parts, count = self.path.split("/"), len(above.split("/"))
        is_kept = unquote(parts[count]) in self.kept.now.get("/".join(parts[:count]), {})
        return None if _is_known(self.asked, is_kept, refusal["status"]) else refusal

    def _changed(self, kind: str, key: str, item: dict[str, Any], items: ResourceItems) -> dict[str, Any]:
        """The item after the request."""
        if kind not in ("replace", "change"):
            return item
        own = {self.plan["key"]: item[self.plan["key"]]}
        if kind == "replace":
            item = {**item_fields.new(self.plan, self.plan["item"]), **item_fields.whole(self.about, self.asked)}
        elif (sent := self.asked.headers.get("content-type", "")).startswith(patching.JSON_PATCH):
            item = self._patched(item)
        else:
            given = patching.fields(item, item_fields.given(self.about, self.asked), sent)
            item = {**copy.deepcopy(item), **item_fields.fitting(self.about["fields"], given)}
        items[key] = {**item, **own, **self._parents()}
        self.kept.change(self.path, items)
        return items[key]

    def _patched(self, item: dict[str, Any]) -> dict[str, Any]:
        """The item after a JSON patch; raises PatchError for one that it cannot have."""
        known = self.about["item_fields"]
        changed = patching.applied(item, item_fields.read(self.about, self.asked))
        touched = {name for name in {**item, **changed} if item.get(name) != changed.get(name)}
        is_whole = all(name in changed for name in self.about["required"])
        after = {name: changed[name] for name in touched if name in changed}
        if not is_whole or not touched <= known.keys() or len(item_fields.fitting(known, after)) < len(after):
            raise patching.PatchError
        return dict(changed)

    def _put(self, key: str, items: ResourceItems) -> ResponderAnswer:
        """Create an item under the id that its path has."""
        own = {self.plan["key"]: _integer(key) if self.plan["ids"]["kind"] == "integer" else key}
        given = item_fields.whole(self.about, self.asked)
        made = {**item_fields.new(self.plan, self.plan["item"]), **given, **own, **self._parents()}
        self.kept.change(self.path, {**items, key: made})
        return self._answered(made, self.about["made"])

    def _created(self, items: ResourceItems) -> ResponderAnswer:
        plan, about = self.plan, self.about
        given = {**item_fields.whole(about, self.asked), **self._parents()}
        if about.get("taken") and str(given.get(plan["key"])) in items:
            return _refused(about["taken"])
        inner = item_fields.inner(about["body"], about["at"])
        body = inner if isinstance(inner, dict) else plan["item"]
        made = {**item_fields.new(plan, {**plan["item"], **body}), **given}
        made[plan["key"]] = key = given.get(plan["key"]) or self.kept.new_id(plan["ids"], items)
        items[str(key)] = made
        self.kept.change(self.path, items)
        shown = {**item_fields.new(plan, body), **{name: made[name] for name in body if name in made}, **given}
        if plan["key"] in body or not about["has_body"]:
            shown[plan["key"]] = key
        headers = {**about["headers"], **self._etag(made)}
        for name in headers:
            if name.lower() == "location":
                headers[name] = f"{self.path}/{quote(str(key), safe='')}"
        return _answered(about["status"], headers, self._around(shown))

    def _deleted(self, item: Mapping[str, Any]) -> ResponderAnswer:
        """The answer to a deletion: with the item where it shows all of one, else with its id where it has one."""
        about, key = self.about, self.plan["key"]
        inner = item_fields.inner(about["body"], about["at"])
        names_it = isinstance(inner, dict) and key in inner
        body = self._around(item_fields.deleted(self.plan, inner, item)) if names_it else about["body"]
        return _answered(about["status"], about["headers"], body)

    def _answered(self, item: Mapping[str, Any], status: int | None = None) -> ResponderAnswer:
        headers = {**self.about["headers"], **self._etag(item)}
        return _answered(status or self.about["status"], headers, self._around(item))

    def _around(self, item: Mapping[str, Any]) -> Any:
        """The body of an answer with an item in it; None for an answer without a body."""
        if not self.about["has_body"]:
            return None
        at = self.about["at"]
        if not at:
            return item if at is not None else self.about["body"]
        return {**self.about["body"], at[0]: item}

    def _parents(self) -> dict[str, Any]:
        """The fields of an item that repeat parameters of its collection's path."""
        named = zip(self.plan["path"].split("/"), self.path.split("/"), strict=False)
        texts = {part[1:-1]: unquote(text) for part, text in named if part[:1] == "{"}
        fields = self.plan.get("parents", {})
        found = {name: (texts.get(one["parameter"], ""), one["is_number"]) for name, one in fields.items()}
        return {name: _integer(text) if is_number else text for name, (text, is_number) in found.items() if text}

    def _etag(self, item: Mapping[str, Any]) -> dict[str, str]:
        return {name: _tag(item) for name in self.about["headers"] if name.lower() == "etag"}

    def _condition(self, kind: str, item: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What is answered to a request whose condition the item does not meet."""
        tag, headers = _tag(item), self.asked.headers
        if kind == "get" and (unchanged := self.about.get("unchanged")):
            return unchanged if tag in headers.get("if-none-match", "") else None
        stale, wanted = self.about.get("stale"), headers.get("if-match", "*")
        return stale if stale and wanted.strip() != "*" and tag not in wanted else None


def _tag(item: Mapping[str, Any]) -> str:
    return f'"{sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()[:16]}"'


def _is_known(asked: ResponderRequest, is_kept: bool, missing: int) -> bool:
    """Whether an item is there; in a comparison, whether the real server has it, whose ids are others."""
    observed = asked.headers.get(OBSERVED.lower(), "").split()
    return observed[0] != str(missing) if observed else is_kept


def _integer(text: str) -> int | str:
    """The number of a path; a text that is none stays."""
    return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) <= _DIGITS else text


def _listed(
    about: Mapping[str, Any], pages: Mapping[str, Any], asked: ResponderRequest, kept: ResourceItems
) -> ResponderAnswer:
    host, path = asked.headers.get(HOST.lower(), ""), asked.path.removeprefix(_HTTP)
    page = paging.Page(about=pages, query=asked.query, ids=[*kept], url=f"http://{host}{path}" if host else path)
    body, items, headers = copy.deepcopy(about["body"]), [*kept.values()][page.shown], page.headers(about["headers"])
    if not isinstance(body, dict):
        return _answered(about["status"], headers, items)
    around = next((one for one in (body, *body.values()) if isinstance(one, dict) and _list_in(one)), None)
    if around is not None:
        around[_list_in(around)] = items
        body |= {count: len(kept) for count in _COUNTS if isinstance(body.get(count), int)}
        page.fill(body)
    return _answered(about["status"], headers, body)


def _list_in(body: Mapping[str, Any]) -> str:
    """The field of a body that is a list; empty for none."""
    return next((name for name, value in body.items() if isinstance(value, list)), "")


def _answered(status: int, headers: Mapping[str, str], body: Any) -> ResponderAnswer:
    try:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which only an escape can express
        content = json.dumps(body).encode()
    return ResponderAnswer(status=status, headers=headers, body=content)


def _refused(about: Mapping[str, Any]) -> ResponderAnswer:
    return _answered(about["status"], about["headers"], about["body"])


def _json(status: int, document: Mapping[str, Any]) -> ResponderAnswer:
    return _answered(status, {"Content-Type": "application/json"}, document)
