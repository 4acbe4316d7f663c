"""Two digests of a contract: of what it means, and of its words. Order, layout and `$ref`s change neither."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from localenv.stubs.sources.openapi import walking
from localenv.stubs.sources.openapi.keywords import MAPS, RAW
from localenv.stubs.sources.openapi.operations import Operation, base_path, operations
from localenv.stubs.sources.openapi.pointers import BASE, uri
from localenv.stubs.sources.openapi.reading import Contract

_WORDS = frozenset({
    *("description", "summary", "title", "example", "examples", "externalDocs", "$comment", "operationId", "tags"),
    "links",
})  # fmt: skip
_UNORDERED = frozenset({"enum", "required", "type", "allOf", "oneOf", "anyOf", "parameters", "security"})
_FLAGS = frozenset({
    *("required", "deprecated", "readOnly", "writeOnly", "uniqueItems", "nullable", "allowEmptyValue"),
    "allowReserved",
})  # fmt: skip
_OF_THE_OPERATION = ("parameters", "servers", "security")  # or of what is around it
_OF_THE_API = frozenset({"openapi", "paths", "components", "webhooks", "security", "jsonSchemaDialect"})


def meaning(contract: Contract, base: str | None) -> str:
    """A digest of everything that is asked and answered; `base` replaces the path of its server."""
    found = [one for one in operations(contract, base) if isinstance(one, Operation)]
    components = contract.root.get("components") or {}
    default = base_path(contract.root.get("servers")) if base is None else base
    others = [components.get("securitySchemes"), contract.root.get("webhooks")]
    parts = [*(contract.find(one.uri) for one in found), *others]
    parts += [contract.find(parameter.uri) for one in found for parameter in one.parameters]
    hashes = _Hashes(contract, parts)
    each = sorted(hashes.operation(one, contract.root.get("security")) for one in found)
    more = [default, *(hashes.of(one, is_map=True) for one in others), hashes.circular, sorted(set(hashes.unused()))]
    return _digest([each, *more])


def words(contract: Contract) -> str:
    """A digest of its descriptions, examples and names of operations."""
    root = contract.root
    found = {_text(value) for document in contract.documents for value in _words(document, is_map=False)}
    return _digest([sorted(found), {key: root[key] for key in root if key not in _OF_THE_API}])


def _words(value: Any, *, is_map: bool) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _words(one, is_map=False)
    for key, one in value.items() if isinstance(value, dict) else ():
        if not is_map and key in _WORDS:
            yield one
        elif is_map or key not in RAW:
            yield from _words(one, is_map=not is_map and key in MAPS)


class _Hashes:
    """Hashes of parts, in which a `$ref` counts as what it leads to."""

    def __init__(self, contract: Contract, parts: Iterable[Any]) -> None:
        self._contract = contract
        self._known: dict[str, str] = {}
        self._seen: set[str] = set()
        edges = {"": _refs(parts)}
        open_ = [*edges[""]]
        while open_:
            if (ref := open_.pop()) not in edges:
                edges[ref] = _refs([self._target(ref)])
                open_ += edges[ref]
        self._reached = edges.keys()
        del edges[""]
        order, circular = _ordered(edges)
        self._known = {ref: _digest(["circular", _name(ref)]) for ref in circular}
        for ref in order:
            self._known[ref] = self.of(self._target(ref))
        self.circular = sorted((_name(ref), self.of(self._target(ref))) for ref in circular)

    def operation(self, one: Operation, security: Any) -> str:
        """That of an operation, with what is said of it on its path and at the top."""
        found = self._contract.find(one.uri)
        own = {key: value for key, value in found.items() if key not in _OF_THE_OPERATION}
        each = ({**self._contract.find(found.uri), "required": found.is_required} for found in one.parameters)
        parameters = sorted(map(self.of, each))
        wanted = self._value("security", found.get("security", security) or [])
        return _digest([one.name, one.path, self.of(own), parameters, wanted])

    def unused(self) -> Iterator[str]:
        """Those of schemas that nothing refers to, and that stand nowhere else: a discriminator may mean them."""
        seen = set(self._seen)
        for number, document in enumerate(self._contract.documents):
            schemas = (document.get("components") or {}).get("schemas") if isinstance(document, dict) else None
            for name, schema in (schemas if isinstance(schemas, dict) else {}).items():
                ref = uri(f"{BASE}{number}#/components/schemas", name)
                if ref not in self._reached and (found := self.of(schema)) not in seen:
                    yield _digest([name, found])

    def of(self, value: Any, *, is_map: bool = False) -> str:
        """That of one part; `is_map` for one whose keys are names."""
        if not isinstance(value, dict):
            return _text(value)
        found = {}
        for key, one in value.items():
            if is_map:
                found[str(key)] = self._value("", one)
            elif key == "const":
                found["enum"] = self._value("enum", [one])
            elif key != "$ref" and not _says_nothing(key, one):
                found[key] = self._value(key, one)
        if not is_map and isinstance(ref := value.get("$ref"), str):
            target = self._known.get(ref) or _digest([ref.partition("#")[2]])
            return _digest([target, found]) if found else target
        digest = _digest(found)
        self._seen.add(digest)
        return digest

    def _value(self, key: str, value: Any) -> Any:
        if key == "type" and isinstance(value, str):
            value = [value]
        if isinstance(value, list):
            each = [_text(one) if key in RAW else self._value("", one) for one in value]
            if key == "security":
                each = [_text({name: sorted(map(str, scopes or ())) for name, scopes in one.items()}) for one in value]
            return sorted(each, key=_text) if key in _UNORDERED else each
        if isinstance(value, dict) and key not in RAW:
            return self.of(value, is_map=key in MAPS)
        return _plain(value)

    def _target(self, ref: str) -> Any:
        try:
            return self._contract.find(ref)
        except KeyError:
            return None


def _ordered(edges: Mapping[str, set[str]]) -> tuple[list[str], list[str]]:
    """Those that lead to none of themselves, each after what it leads to, and those that do."""
    ahead = _peeled(edges)
    left = {ref: targets - {*ahead} for ref, targets in edges.items() if ref not in {*ahead}}
    back: dict[str, set[str]] = defaultdict(set)
    for ref, targets in left.items():
        back[ref] |= set()
        for target in targets:
            back[target].add(ref)
    behind = _peeled(back)
    return [*ahead, *reversed(behind)], [ref for ref in left if ref not in {*behind}]


def _peeled(edges: Mapping[str, set[str]]) -> list[str]:
    """Those from which every way ends, in an order in which each comes after what it leads to."""
    back: dict[str, list[str]] = defaultdict(list)
    for ref, targets in edges.items():
        for target in targets:
            back[target].append(ref)
    count = {ref: len(targets) for ref, targets in edges.items()}
    done = [ref for ref, left in count.items() if not left]
    for ref in done:
        for each in back[ref]:
            count[each] -= 1
            if not count[each]:
                done.append(each)
    return done


def _refs(parts: Iterable[Any]) -> set[str]:
    found = (part.get("$ref") for one in parts for part in walking.within(one))
    return {ref for ref in found if isinstance(ref, str) and ref.startswith(BASE)}


def _says_nothing(key: str, value: Any) -> bool:
    return key in _WORDS or key.startswith("x-") or (key in _FLAGS and (value is False or value == []))


def _name(ref: str) -> str:
    return ref.rpartition("/")[2]


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(value: Any) -> str:
    return json.dumps(_plain(value), sort_keys=True, default=str)


def _digest(value: Any) -> str:
    return sha256(_text(value).encode()).hexdigest()[:32]
