"""Generators of a contract: the address of its server in an answer, and values of a provider state in a path."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localenv.stubs import expressions
from localenv.stubs.sources.pact import paths
from localenv.stubs.sources.pact.paths import ValuePath

_TRANSFORMED = {"transformers": ["response-template"]}
_BASE = "{{request.baseUrl}}"
_MARK = "\ue000"
_LONGEST = 1000  # characters of an example


def addressed(response: dict[str, Any], generators: Any) -> dict[str, Any]:
    """A response of WireMock's whose links lead to the server that was asked; other generators keep their examples."""
    links = [(path, regex) for category, path, regex in _links(generators) if category == "body"]
    headers = {str(path[0]).lower(): regex for category, path, regex in _links(generators) if category == "header"}
    found = dict(response)
    for name, value in response.get("headers", {}).items():
        if name.lower() in headers:
            found["headers"] = found["headers"] | {name: _linked(value, headers[name.lower()]).replace(_MARK, _BASE)}
    if links and "jsonBody" in response:
        linked = _changed(response["jsonBody"], (), lambda path, value: _at_link(path, value, links))
        text = json.dumps(linked, ensure_ascii=False).replace("{{", "\\u007b\\u007b").replace(_MARK, _BASE)
        if _BASE in text:
            found["body"] = text
            del found["jsonBody"]
    is_template = found != response and ("jsonBody" not in found or "{{" not in json.dumps(found["jsonBody"]))
    return found | _TRANSFORMED if is_template else response


def path_in_state(path: str, generators: Any, parameters: Mapping[str, Any]) -> str:
    """The path that Pact's verifier asks for: with the values of the provider state's parameters."""
    about = generators.get("path") if isinstance(generators, Mapping) else None
    expression = about.get("expression") if isinstance(about, Mapping) else None
    if not isinstance(about, Mapping) or about.get("type") != "ProviderState" or not isinstance(expression, str):
        return path
    names = re.findall(r"\$\{([^}]*)\}", expression)
    if not names or any(name not in parameters for name in names):
        return path
    return re.sub(r"\$\{([^}]*)\}", lambda found: str(parameters[found[1]]), expression)


def _links(generators: Any) -> Iterator[tuple[str, ValuePath, str]]:
    for category in ("body", "header"):
        listed = generators.get(category) if isinstance(generators, Mapping) else None
        for key, about in listed.items() if isinstance(listed, Mapping) else ():
            if isinstance(about, Mapping) and about.get("type") == "MockServerURL":
                try:
                    yield category, paths.parse(key) if key.startswith("$") else (key,), str(about.get("regex", ""))
                except ValueError:
                    continue


def _at_link(path: ValuePath, value: str, links: list[tuple[ValuePath, str]]) -> str:
    fitting = (regex for wanted, regex in links if len(wanted) == len(path) and paths.weight(wanted, path))
    regex = next(fitting, None)
    return value if regex is None else _linked(value, regex)


def _linked(value: str, regex: str) -> str:
    """A URL with a mark for the server: before the first group of the expression, else in place of scheme and host."""
    if len(value) <= _LONGEST and expressions.is_quick(regex) and (form := expressions.compiled(regex)):
        found = form.search(value)
        if found and form.groups and found[1] is not None:
            return f"{_MARK}{found[1]}"
    return re.sub(r"^[a-z][a-z0-9+.-]*://[^/?#]*", _MARK, value, flags=re.IGNORECASE)


def _changed(value: Any, path: ValuePath, change: Callable[[ValuePath, str], str]) -> Any:
    match value:
        case dict():
            return {key: _changed(one, (*path, key), change) for key, one in value.items()}
        case list():
            return [_changed(one, (*path, index), change) for index, one in enumerate(value)]
        case str():
            return change(path, value)
    return value
