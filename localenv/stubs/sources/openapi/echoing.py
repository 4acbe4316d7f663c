"""Echo path parameters and fields of the request in a response: WireMock's templates."""

import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from localenv.stubs.sources.openapi import forms, matching
from localenv.stubs.sources.openapi.forms import is_form
from localenv.stubs.sources.openapi.merging import Flat, flat
from localenv.stubs.sources.openapi.operations import Media, Operation
from localenv.stubs.sources.openapi.reading import Contract

TRANSFORMER = "response-template"

_READ_FORM = "{{formData request.body 'localenvForm' urlDecode=true}}"
_READ_JSON = (  # jsonPath takes no `null`
    "{{#assign 'localenvBody'}}{{#eq (trim request.body) 'null'}}{}{{else}}{{{request.body}}}{{/eq}}{{/assign}}"
)
_READ = {"localenvForm": _READ_FORM, "localenvBody": _READ_JSON}  # what a template needs before it
_PARTS = "localenvParts"  # of a segment, in a template
_NOT_HELD = frozenset("'\\{}[]^&")  # characters of a segment that its expression in a template cannot hold
_DEEPEST = 3  # alternatives within alternatives
_NONE = "\ue002"  # stands for a field that the request does not have
_MARK = "\ue000{}\ue001"
_MARKED = re.compile('"\ue000(\\d+)\ue001"')
_BOUNDS: Mapping[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("minLength", "minItems", "minimum"), operator.ge),
    **dict.fromkeys(("maxLength", "maxItems", "maximum"), operator.le),
}
_ANNOTATIONS = frozenset({
    *("refs", "title", "description", "example", "examples", "default", "deprecated", "readOnly", "writeOnly"),
    *("xml", "externalDocs"),
})  # fmt: skip


def echoed(contract: Contract, operation: Operation, media: Media | None, body: Any, schema: str) -> str:
    """The template of a JSON body that repeats values of the request; empty if nothing is repeated.

    `media` is the body of the request, if it has one; WireMock fills in no template for two parts of one name.
    """
    if not isinstance(body, dict) or not schema or (media and forms.may_repeat_parts(contract, media)):
        return ""
    properties = _shown(contract, {"$ref": schema}, body)
    sources = {**_fields(contract, media), **_path(contract, operation, body)}
    templates: list[str] = []
    marked = dict(body)
    for name in body:
        if name in properties and name in sources:
            template = sources[name]
            wanted = flat(contract, properties[name])
            if all(is_compatible(given, wanted) for given in template[0]):
                templates.append(template[1].replace("OTHERWISE", _plain(body[name])))
                marked[name] = _MARK.format(len(templates) - 1)
    if not templates:
        return ""
    text = json.dumps(marked, ensure_ascii=False).replace("{{", "\\u007b\\u007b")
    start = "".join(read for name, read in _READ.items() if any(name in one for one in templates))
    return start + _MARKED.sub(lambda found: templates[int(found[1])], text)


def _shown(contract: Contract, schema: Any, body: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """The properties of a body: also those of the alternatives that it is, but not what tells these apart."""
    found = flat(contract, schema)
    properties = dict(found.get("properties") or {})
    for choice in found.get("choices", ()) if depth < _DEEPEST else ():
        options = (_shown(contract, one, body, depth + 1) for one in choice["options"])
        fitting = [one for one in options if all(_is_allowed(contract, one.get(name), body[name]) for name in body)]
        best = max(fitting, key=lambda one: len(one.keys() & body.keys()), default={})
        properties = {**best, **properties}
        about = choice["schema"].get("discriminator")
        properties.pop(about.get("propertyName") if isinstance(about, dict) else None, None)
    return properties


def _is_allowed(contract: Contract, schema: Any, value: Any) -> bool:
    """Whether the values that a property lists have this one."""
    about = flat(contract, schema)
    if "const" in about:
        return bool(about["const"] == value)
    return value in about["enum"] if isinstance(about.get("enum"), list) else True


def _asked(contract: Contract, schema: Any, depth: int = 0) -> dict[str, list[Flat]]:
    """What the properties of a request may be, in each of its alternatives."""
    found = flat(contract, schema)
    named = {name: [flat(contract, one)] for name, one in (found.get("properties") or {}).items()}
    for choice in found.get("choices", ()) if depth < _DEEPEST else ():
        for option in choice["options"]:
            for name, given in _asked(contract, option, depth + 1).items():
                named.setdefault(name, []).extend(given)
    return named


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("{{", "\\u007b\\u007b")


def _path(contract: Contract, operation: Operation, body: Mapping[str, Any]) -> dict[str, tuple[list[Flat], str]]:
    """A template for each path parameter, and for `id`, which the last one mostly is."""
    found: dict[str, tuple[list[Flat], str]] = {}
    parts = operation.path.strip("/").split("/")
    for one in operation.parameters:
        is_plain = bool(one.schema) and not one.is_list and not one.is_json and one.style == "simple"
        number = next((at for at, part in enumerate(parts) if f"{{{one.name}}}" in part), None)
        if one.place == "path" and is_plain and number is not None:
            schema = flat(contract, {"$ref": one.schema})
            is_whole = parts[number] == f"{{{one.name}}}"
            value = f"request.path.[{number}]"
            template = _of_text(schema, value) if is_whole else _of_part(schema, value, parts[number], one.name)
            if not template:
                continue
            found[one.name] = ([schema], template)
            if is_whole and number == len(parts) - 1 and one.name not in body and one.name.lower().endswith("id"):
                found.setdefault("id", ([schema], template))
    return found


def _of_text(schema: Flat, value: str) -> str:
    if {"integer", "number", "boolean"} & set(schema.get("type", ())):
        return f"{{{{{{{value}}}}}}} "
    return f"{{{{{{toJson (urlEncode {value} decode=true)}}}}}} "


def _of_part(schema: Flat, value: str, segment: str, name: str) -> str:
    """A template for one of several parameters in a segment; empty for a segment that a template cannot hold."""
    pieces = re.split(r"(\{[^}]*\})", matching.encoded(segment))
    if any(set(one) & _NOT_HELD for one in pieces[::2]):
        return ""
    expression = "".join(
        f"({matching.SEGMENT})" if one[:1] == "{" else re.sub(r"\W", r"[\g<0>]", one) for one in pieces
    )
    number = pieces[1::2].index(f"{{{name}}}")
    return f"{{{{regexExtract {value} '^{expression}$' '{_PARTS}'}}}}" + _of_text(schema, f"{_PARTS}.[{number}]")


def _fields(contract: Contract, media: Media | None) -> dict[str, tuple[list[Flat], str]]:
    """A template for each field of the body."""
    if media is None or not media.schema or not (media.is_json or is_form(media)):
        return {}
    kinds = flat(contract, {"$ref": media.schema}).get("type", ("null",))
    source = "localenvBody" if "null" in kinds else "request.body"
    return {
        name: (given, _of_field(name, source) if media.is_json else _of_form(given, name))
        for name, given in _asked(contract, {"$ref": media.schema}).items()
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name)
    }


def _of_field(name: str, source: str) -> str:
    value = f"jsonPath {source} '$.{name}'"
    return (
        f"{{{{#assign 'has'}}}}{{{{{value} default='{_NONE}'}}}}{{{{/assign}}}}"
        f"{{{{#eq has '{_NONE}'}}}}OTHERWISE{{{{else}}}}{{{{{{toJson ({value})}}}}}}{{{{/eq}}}} "
    )


def _of_form(given: list[Flat], name: str) -> str:
    kinds = {kind for one in given for kind in one.get("type", ())}
    bare = [bool({"integer", "number", "boolean"} & set(one.get("type", ()))) for one in given]
    is_bare = all(bare)
    value = f"{{{{{{localenvForm.{name}}}}}}} " if is_bare else f"{{{{{{toJson localenvForm.{name}}}}}}} "
    usable = is_bare == any(bare) and not {"object", "array"} & kinds and not any(one.get("choices") for one in given)
    return f"{{{{#if localenvForm.{name}}}}}{value}{{{{else}}}}OTHERWISE{{{{/if}}}} " if usable else "OTHERWISE"


def is_compatible(given: Flat, wanted: Flat) -> bool:
    """Whether every value of one schema fits the other, as far as can be seen."""
    if any(key in wanted for key in ("choices", "nots", "conditions", "never")) and wanted.get("refs") != given.get(
        "refs"
    ):
        return False
    mine = {key: value for key, value in wanted.items() if key not in _ANNOTATIONS}
    theirs = {key: value for key, value in given.items() if key not in _ANNOTATIONS}
    if "type" in mine and set(theirs.get("type", ())) <= set(mine["type"]) and theirs.get("type"):
        del mine["type"]
    if "enum" in mine and isinstance(theirs.get("enum"), list) and all(one in mine["enum"] for one in theirs["enum"]):
        del mine["enum"]
    for name, is_within in _BOUNDS.items():
        if name in mine and name in theirs and is_within(theirs[name], mine[name]):
            del mine[name]
    return all(theirs.get(key) == value for key, value in mine.items())
