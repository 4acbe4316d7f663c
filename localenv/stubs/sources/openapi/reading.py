"""Read a contract: an OpenAPI document, and the files of the repository that it refers to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from localenv.errors import DescriptionError
from localenv.errors.problems import Position, Problem
from localenv.sources import plain
from localenv.sources.plain import MalformedDocument
from localenv.stubs.sources.openapi import counting, references
from localenv.stubs.sources.openapi.keywords import COMBINING, MAPS, METHODS, NOTED, RAW
from localenv.stubs.sources.openapi.locating import repository
from localenv.stubs.sources.openapi.modern import MARKS, modernise
from localenv.stubs.sources.openapi.pointers import BASE, Pointer, pointed, problem, steps

MOST_OPERATIONS = 3000  # each takes half a millisecond
SMALLER = "serve a smaller document: leave out the operations that nothing calls, or the dereferenced copies of schemas"

_READABLE = "correct it there; a contract is one document of YAML or JSON, in UTF-8"
_OBJECT = "write the schema, parameter or response there that the $ref is to lead to"
_ONCE = "remove one of the two, or write them as one"
_SHORTER = "write it as a text, or with an exponent"
_SHALLOWER = "use fewer levels, or a $ref to a part"
_HINTS = {"digits": _SHORTER, "duplicate": _ONCE, "larger": SMALLER, "more than": SMALLER, "nested": _SHALLOWER}
_CONTAINERS = (dict, list)
_DEEPEST = 120  # levels of nesting
_MOST_FILES = 5000  # each takes a quarter of a millisecond
_MOST_PROBLEMS = 100


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A document with all files it refers to; every `$ref` is `BASE`, the number of a file, `#` and a pointer."""

    files: tuple[Path, ...]  # the first is the document itself
    documents: tuple[Any, ...] = field(repr=False)
    patterns: Mapping[str, str] = field(repr=False)  # regular expressions, with the first place of each
    objects: tuple[dict[str, Any], ...] = field(repr=False)  # schemas with properties and required ones
    discriminated: Mapping[str, dict[str, Any]] = field(repr=False)  # schemas with a discriminator, by their URIs
    combined: tuple[tuple[dict[str, Any], int, Pointer], ...] = field(repr=False)  # schemas of others, and their places
    marks: frozenset[str]  # those of `MARKS` that it has
    nullable: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = field(repr=False)  # and what differs, taken strictly
    targets: tuple[str, ...] = field(repr=False)  # what its references lead to, each once
    known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)  # what was found out about schemas

    @property
    def root(self) -> Mapping[str, Any]:
        """The document."""
        found: Mapping[str, Any] = self.documents[0]
        return found

    @property
    def is_3_0(self) -> bool:
        """Whether its schemas are those of OpenAPI 3.0, not JSON Schema."""
        return str(self.root.get("openapi", "")).startswith("3.0")

    def find(self, uri: str) -> Any:
        """The value that an absolute `$ref` leads to; raises KeyError with the `$ref`."""
        key = "found", uri
        if key not in self.known:
            try:
                self.known[key] = self._found(uri)
            except (LookupError, ValueError, TypeError) as error:
                raise KeyError(uri) from error
        return self.known[key]

    def _found(self, uri: str) -> Any:
        number, _, fragment = uri.removeprefix(BASE).partition("#")
        value = self.documents[int(number)]
        if fragment and not fragment.startswith("/"):
            raise KeyError(uri)  # an anchor that is nowhere
        for part in steps(fragment):
            value = value[int(part)] if isinstance(value, list) and part.isdigit() else value[part]
        return value

    def resolved(self, value: Any) -> tuple[Any, str]:
        """A value with its `$ref`s followed, and the last of them; raises KeyError for one that leads nowhere."""
        seen: set[str] = set()
        uri = ""
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            uri = value["$ref"]
            if uri in seen:
                raise KeyError(uri)
            seen.add(uri)
            value = self.find(uri)
        return value, uri

    def shown(self, uri: str) -> tuple[Position, str]:
        """The file of an absolute `$ref`, and the pointer into it."""
        number, _, fragment = uri.removeprefix(BASE).partition("#")
        return Position(self.files[int(number)]), f"#{fragment}"


def read(file: Path) -> Contract:
    """Read a contract; raises DescriptionError with every mistake that makes all of it unusable."""
    reader = _Reader(file)
    reader.read()
    if reader.problems:
        raise DescriptionError(reader.problems)
    contract = Contract(
        files=tuple(reader.files),
        documents=tuple(reader.documents),
        patterns=reader.patterns,
        objects=tuple(reader.objects),
        discriminated=reader.discriminated,
        combined=tuple(reader.combined),
        marks=frozenset(reader.marks),
        nullable=tuple(reader.nullable),
        targets=tuple(dict.fromkeys(reader.refs.values())),
    )
    references.follow_anchors(reader.refs, reader.documents, contract.find)
    if endless := references.endless(reader.refs):
        at, pointer = contract.shown(endless)
        raise DescriptionError([Problem(f"{pointer}: $ref leads to itself", at, "refer to a schema with content")])
    for one in reader.maps:
        references.join(one, contract.find)
    return contract


class _Reader:
    def __init__(self, file: Path) -> None:
        self.files = [file]
        self.documents: list[Any] = []
        self.problems: list[Problem] = []
        self.refs: dict[str, str] = {}  # where a $ref stands → what it leads to
        self.patterns: dict[str, str] = {}
        self.objects: list[dict[str, Any]] = []
        self.discriminated: dict[str, dict[str, Any]] = {}
        self.combined: list[tuple[dict[str, Any], int, Pointer]] = []
        self.marks: set[str] = set()
        self.nullable: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._weight = 0  # of what was read, in bytes of JSON: those of YAML take longer
        self.maps: list[dict[str, Any]] = []  # with a $ref to a map of others
        self._known = {file.resolve(): 0}
        self._boundary = repository(file)

    def read(self) -> None:
        while len(self.documents) < len(self.files) and not self.problems:
            number = len(self.documents)
            found = self._load(self.files[number], number)
            self.documents.append(found)
            if number == 0 and not self.problems:
                self._version(found)
            if not self.problems and not isinstance(found, dict | list):
                self._say(self.files[number], "", "has no object, and a $ref leads to it", _OBJECT)
            if not self.problems:
                self._walk(found, number)

    def _load(self, file: Path, number: int) -> Any:
        try:
            size = file.stat().st_size
            if size > plain.LARGEST_JSON:
                self._say(file, "", f"is larger than {plain.LARGEST_JSON >> 20} MiB ({size >> 20} MiB)", SMALLER)
                return None
            is_json = counting.is_json(file, content := file.read_bytes())
            self._weight += size if is_json else size * plain.LARGEST_JSON // plain.LARGEST_YAML
            if number and self._weight > plain.LARGEST_JSON:
                most = f"{plain.LARGEST_JSON >> 20} MiB"
                return self._say(self.files[0], "", f"is larger than {most} with the files that it refers to", SMALLER)
            if not is_json and number == 0 and self._has_too_many(counting.paths_at_least(content)):
                return None
            return plain.load(content, is_json=is_json)
        except MalformedDocument as mistake:
            at = Position(file, mistake.line, mistake.column)
            hint = next((hint for word, hint in _HINTS.items() if word in mistake.reason), _READABLE)
            self.problems.append(Problem(mistake.reason, at, hint))
        except OSError as error:
            self._say(file, "", f"cannot be read: {error.strerror}", "check the path and its permissions")
        return None

    def _version(self, document: Any) -> None:
        file = self.files[0]
        if not isinstance(document, dict):
            self._say(file, "", "is not an OpenAPI document: it must be an object", "begin with openapi: 3.1.0")
        elif "swagger" in document:
            hint = "convert it: npx swagger2openapi FILE -o openapi.yaml, or https://converter.swagger.io"
            self._say(file, "#/swagger", f"is Swagger {document['swagger']}, not OpenAPI 3", hint)
        elif not re.fullmatch(r"3\.[01](\.\d+)?(-\S*)?", version := str(document.get("openapi", ""))):
            reason = f"OpenAPI {version} is not supported" if version else "is not an OpenAPI document: no openapi:"
            self._say(file, "#/openapi", reason, "supported: 3.0 and 3.1")
        elif not isinstance(document.get("paths", {}), dict):
            self._say(file, "#/paths", "must be an object", "as in paths: {/charges: {post: …}}")
        elif not document.get("paths"):
            self._say(file, "#/paths", "has no paths", "add an operation, such as /charges: {post: …}")
        else:
            self._has_too_many(len(document["paths"]))

    def _has_too_many(self, paths: int) -> bool:
        if paths > MOST_OPERATIONS:
            reason = f"has {paths:,} paths; at most {MOST_OPERATIONS:,} operations are served"
            self._say(self.files[0], "#/paths", reason, SMALLER)
        return paths > MOST_OPERATIONS

    def _walk(self, document: Any, number: int) -> None:
        """Make `$ref`s absolute and schemas those of JSON Schema 2020-12, in place."""
        is_3_0 = self._is_3_0
        open_: list[tuple[Any, Pointer, bool]] = [(document, (), False)]
        seen: set[int] = set()
        while open_:
            value, where, is_map = open_.pop()
            if id(value) in seen:
                continue  # an alias of YAML
            seen.add(id(value))
            if len(where) > _DEEPEST:
                self._say(self.files[number], pointed(where[:4]), "is nested too deeply", _SHALLOWER)
                return
            if isinstance(value, list):
                items = [(one, (*where, i), False) for i, one in enumerate(value) if isinstance(one, _CONTAINERS)]
                open_ += reversed(items)
                continue
            if is_map:
                self._map(value, where, number)
            else:
                self._part(value, where, number, is_3_0)
                if len(self.problems) >= _MOST_PROBLEMS:
                    self._say(self.files[number], "", f"more than {_MOST_PROBLEMS} mistakes; fix these first")
                    return
            for key, one in reversed(value.items()):
                if not isinstance(one, _CONTAINERS) or (not is_map and (key in RAW or key.startswith("x-"))):
                    continue
                names = not is_map and key in MAPS and isinstance(one, dict)
                if not (key == "examples" and not is_map and isinstance(one, list)):
                    open_.append((one, (*where, key), names))

    @property
    def _is_3_0(self) -> bool:
        root = self.documents[0]
        return isinstance(root, dict) and str(root.get("openapi", "")).startswith("3.0")

    def _map(self, value: dict[str, Any], where: Pointer, number: int) -> None:
        """Record a map that refers to one of another place, as documents of many files do: no part is a text."""
        if isinstance(ref := value.get("$ref"), str):
            self._refer(value, ref, where, number)
            self.maps.append(value)

    def _part(self, value: dict[str, Any], where: Pointer, number: int, is_3_0: bool) -> None:
        if NOTED.isdisjoint(value):
            return
        references.make_static(value)
        if is_3_0 and isinstance(value.get("$ref"), str) and not METHODS & value.keys():
            for key in value.keys() - {"$ref", "nullable"}:
                del value[key]
        if strict := modernise(value, is_3_0=is_3_0):
            self.nullable.append((value, strict))
        self.marks.update(mark for mark in MARKS if value.get(mark) is True)
        if isinstance(ref := value.get("$ref"), str):
            self._refer(value, ref, where, number)
        else:
            self._note(value, where, number)

    def _note(self, value: dict[str, Any], where: Pointer, number: int) -> None:
        """Record what is looked for in schemas later."""
        if isinstance(pattern := value.get("pattern"), str):
            self.patterns.setdefault(pattern, f"{BASE}{number}{pointed((*where, 'pattern'))}")
        if isinstance(value.get("required"), list) and isinstance(value.get("properties"), dict):
            self.objects.append(value)
        if not COMBINING.isdisjoint(value):
            self.combined.append((value, number, where))
        if isinstance(value.get("discriminator"), dict):
            self.discriminated[f"{BASE}{number}{pointed(where)}"] = value
        for key in ("$id", "$schema"):  # every $ref is absolute already
            value.pop(key, None)

    def _refer(self, value: dict[str, Any], ref: str, where: Pointer, number: int) -> None:
        if ref.startswith(BASE):
            return
        file, place = self.files[number], pointed(where)
        here = f"{place}/$ref"
        name, _, fragment = ref.partition("#")
        if urlsplit(name).scheme or name.startswith("//"):
            hint = "save the document in the repository, and refer to its file"
            self._say(file, here, f"refers to {name}, which is not fetched", hint)
            return
        target = number
        if name:
            path = file.parent / unquote(name)
            real = path.resolve()
            if not real.is_relative_to(self._boundary):
                self._say(file, here, f"refers to {name}, outside the repository", "copy the file into it")
                return
            if not real.is_file():
                self._say(file, here, f"refers to {name}, which does not exist", "a path is relative to this file")
                return
            if real not in self._known:
                if len(self.files) >= _MOST_FILES:
                    self._say(file, here, f"refers to more than {_MOST_FILES:,} files", SMALLER)
                    return
                self._known[real] = len(self.files)
                self.files.append(path)
            target = self._known[real]
        value["$ref"] = f"{BASE}{target}#{fragment}"
        self.refs[f"{BASE}{number}{place}"] = value["$ref"]

    def _say(self, file: Path, pointer: str, reason: str, hint: str = "") -> None:
        self.problems.append(problem(file, pointer, reason, hint))
