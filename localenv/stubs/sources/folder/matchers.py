"""Check the matchers of a mapping."""

from collections.abc import Collection, Mapping
from typing import Any

from localenv.errors.problems import KeyPath
from localenv.stubs import jackson, vocabulary
from localenv.stubs.sources.folder import operands
from localenv.stubs.sources.folder.findings import (
    Finding,
    Findings,
    is_base64,
    items,
    meant,
    typed,
    unknown,
)


def named_matchers(value: dict[str, Any], where: KeyPath) -> Findings:
    """Mistakes in the matchers of headers, parameters and cookies."""
    for key in vocabulary.NAMED_MATCHERS:
        yield from typed(value, key, dict, "an object of matchers", where)
        named = value.get(key)
        for name, inner in named.items() if isinstance(named, dict) else ():
            yield from matcher(inner, (*where, key, name))
            if key == "cookies" and isinstance(inner, dict):
                yield from _single(inner, (*where, key, name))


def _single(value: dict[str, Any], where: KeyPath) -> Findings:
    """A cookie has one value."""
    for key in vocabulary.OF_SEVERAL_VALUES & {*value}:
        yield Finding((*where, key), f"a cookie has one value: '{key}' is for headers and parameters")


def body_patterns(value: dict[str, Any], where: KeyPath) -> Findings:
    """Mistakes in the matchers of a body."""
    yield from typed(value, "bodyPatterns", list, "a list of matchers", where)
    for index, inner in items(value.get("bodyPatterns")):
        yield from matcher(inner, (*where, "bodyPatterns", index))


def matcher(value: Any, where: KeyPath, beside: Collection[str] = ()) -> Findings:
    """Every mistake in a matcher such as `{"equalTo": "a"}`; keys in `beside` do not belong to it."""
    if not isinstance(value, dict):
        yield Finding(where, "a matcher must be an object", 'such as {"equalTo": "…"}')
        return
    keys = [key for key in value if key not in beside]
    names = [key for key in keys if key in vocabulary.MATCHERS]
    if not names:
        options = frozenset().union(*vocabulary.MATCHERS.values())
        guess = next((key for key in keys if key not in options), None)
        yield (
            Finding((*where, guess), f"unknown matcher '{guess}'", meant(guess, vocabulary.MATCHERS))
            if guess is not None
            else Finding(where, "has no matcher", "one of " + ", ".join(vocabulary.MATCHERS))
        )
        return
    for key in names[1:]:
        yield Finding((*where, key), f"matcher '{key}' beside '{names[0]}'", 'both: {"and": [{…}, {…}]}')
    name = names[0]
    known = (vocabulary.MATCHERS[name] | {*vocabulary.MATCHERS}) | {*beside}
    yield from unknown(value, known, where, f"matcher '{name}'")
    yield from _operand(name, value[name], (*where, name), value)
    yield from operands.options(value, where)


def custom_matcher(value: Any, where: KeyPath) -> Findings:
    """Custom matchers are not supported: WireMock runs without extensions."""
    name = value.get("name") if isinstance(value, dict) else value
    yield Finding(where, f"unknown matcher '{name}'", "it would be an extension, and WireMock runs without any")


def _operand(name: str, value: Any, where: KeyPath, options: Mapping[str, Any]) -> Findings:
    if name in vocabulary.TEXTS and not isinstance(value, str):
        yield Finding(where, f"'{name}' must be a string")
    elif name in vocabulary.TEXTS - {"binaryEqualTo"}:
        yield from operands.operand(name, value, where)
    elif name == "absent" and value is False:
        yield Finding(where, "'absent' must be true", 'for a value that must exist: {"matches": ".*"}')
    elif name == "not":
        yield from matcher(value, where)
    elif name in vocabulary.LISTS:
        yield from _list(name, value, where)
    elif name in vocabulary.INNER:
        yield from _inner(name, value, where)
    elif name in vocabulary.DOCUMENTS and isinstance(value, str) and not jackson.is_json(value):
        yield Finding(where, f"'{name}' takes JSON, and this text holds none")
    elif name == "binaryEqualTo" and not is_base64(value):
        yield Finding(where, "'binaryEqualTo' is not in base64")
    if "schemaVersion" in options and options["schemaVersion"] not in vocabulary.SCHEMA_VERSIONS:
        known = ", ".join(vocabulary.SCHEMA_VERSIONS)
        yield Finding((*where[:-1], "schemaVersion"), "unknown version of JSON Schema", f"one of {known}")


def _list(name: str, value: Any, where: KeyPath) -> Findings:
    fewest = vocabulary.LISTS[name]
    if not isinstance(value, list) or len(value) < fewest:
        yield Finding(where, f"'{name}' must be a list of at least {fewest} matchers")
    for index, inner in items(value):
        yield from matcher(inner, (*where, index))


def _inner(name: str, value: Any, where: KeyPath) -> Findings:
    expression = value.get("expression") if isinstance(value, dict) else value
    if not isinstance(expression, str):
        yield Finding(where, f"'{name}' must be a string, or an object with 'expression' and a matcher")
    elif name == "matchesJsonPath":
        yield from operands.json_path(expression, (*where, "expression") if isinstance(value, dict) else where)
    if isinstance(value, dict):
        yield from matcher(value, where, beside=("expression",))
