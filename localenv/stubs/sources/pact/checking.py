"""Check Pact files before anything starts."""

import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.errors.problems import KeyPath, Position, Problem, bounded
from localenv.stubs.sources.documents import Unreadable
from localenv.stubs.sources.folder.findings import Finding, Findings, meant
from localenv.stubs.sources.pact import files, patterns, payloads, rules
from localenv.stubs.sources.pact.files import HTTP, MESSAGES, PactFile
from localenv.stubs.sources.pact.paths import ValuePath
from localenv.stubs.sources.pact.rules import kind_of

_MOST_INTERACTIONS = 5000  # of one file
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT")


def check(path: Path, provider: str) -> list[Problem]:
    """The mistakes in the files of a source."""
    return bounded(_mistakes(path, provider))


def not_served(path: Path, provider: str) -> Iterator[Problem]:
    """Each interaction of messages, which no stub serves, or of a plugin; the files have been checked."""
    for file in files.found(path):
        try:
            read = files.read(path, file)
        except Unreadable:
            continue
        for one in read.interactions() if not provider or read.provider == provider else ():
            if one.kind != HTTP:
                message = f"'{one.description}' is about messages and is not served"
                yield Problem(message, read.document.at(one.where), "stubs answer HTTP")
            elif one.plugin:
                message = f"'{one.description}' needs a plugin of Pact: any body of its content type fits"
                yield Problem(message, read.document.at(one.where), "localenv runs no plugins of Pact")


def _mistakes(path: Path, provider: str) -> Iterator[Problem]:
    listed = files.found(path)
    providers = set()
    for file in listed:
        try:
            read = files.read(path, file)
        except Unreadable as unreadable:
            yield unreadable.problem
            continue
        for where in read.document.repeated:
            yield Problem(f"'{where[-1]}' is a duplicate key", read.document.at(where))
        for finding in _findings(read):
            pointer = "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in finding.where)
            yield Problem(f"{pointer}: {finding.message}", read.document.at(finding.where), finding.hint)
        providers.add(read.provider)
    if not listed:
        yield Problem("holds no Pact file", Position(path), "Pact files are JSON, such as web-payments.json")
    elif provider and provider not in providers:
        known = ", ".join(sorted(providers - {""})) or "none"
        yield Problem(f"no Pact file is about the provider '{provider}'", Position(path), f"available: {known}")


def _findings(file: PactFile) -> Findings:
    value = file.document.value
    if not isinstance(value, dict) or not ({"interactions", "messages"} & value.keys()):
        yield Finding((), "is not a Pact file: it has neither 'interactions' nor 'messages'")
        return
    for role in ("consumer", "provider"):
        if not files.name_of(value, role):
            yield Finding((role,), f"the {role} has no name", f'"{role}": {{"name": "…"}}')
    version = file.version
    if version is None:
        yield Finding(("metadata",), "the version of the Pact specification is not supported", "supported: 1 to 4")
        return
    for key in ("interactions", "messages"):
        yield from _listed(value.get(key, []), key, version)


def _listed(listed: Any, key: str, version: int) -> Findings:
    if not isinstance(listed, list):
        yield Finding((key,), f"'{key}' must be a list")
        return
    if len(listed) > _MOST_INTERACTIONS:
        yield Finding((key,), f"'{key}' has more than {_MOST_INTERACTIONS:,} entries", "write several files")
        return
    for index, one in enumerate(listed):
        if not isinstance(one, dict):
            yield Finding((key, index), "an interaction must be an object")
        elif key == "interactions":
            yield from _interaction(one, (key, index), version)


def _interaction(one: dict[str, Any], where: KeyPath, version: int) -> Findings:
    if not isinstance(one.get("description"), str) or not one["description"]:
        yield Finding((*where, "description"), "an interaction needs a 'description', a text")
    kind = one.get("type", HTTP)
    if kind != HTTP:
        if kind not in MESSAGES:
            yield Finding(
                (*where, "type"), f"unknown type of interaction '{kind}'", f"one of {HTTP}, {', '.join(MESSAGES)}"
            )
        return
    for key in ("request", "response"):
        if not isinstance(one.get(key), dict):
            yield Finding((*where, key), f"'{key}' must be an object")
            continue
        part, here = one[key], (*where, key)
        yield from (_request if key == "request" else _response)(part, here)
        yield from _common(part, here, version, has_plugin=files.has_plugin(one))


def _request(part: dict[str, Any], where: KeyPath) -> Findings:
    method = part.get("method", "GET")
    if not isinstance(method, str) or method.upper() not in _METHODS:
        hint = meant(method, _METHODS) if isinstance(method, str) else ""
        yield Finding((*where, "method"), f"unknown method '{method}'", hint)
    path = part.get("path", "/")
    if not isinstance(path, str) or not path.startswith("/"):
        yield Finding((*where, "path"), "'path' must begin with /")
    elif "?" in path:
        yield Finding((*where, "path"), "'path' holds a query", "move it to 'query'")
    query = part.get("query")
    if query is not None and not isinstance(query, str | dict):
        yield Finding((*where, "query"), "'query' must be a text, or an object of lists")


def _response(part: dict[str, Any], where: KeyPath) -> Findings:
    status = part.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        yield Finding((*where, "status"), "'status' must be a whole number such as 200")


def _common(part: dict[str, Any], where: KeyPath, version: int, *, has_plugin: bool) -> Findings:
    headers = part.get("headers")
    if headers is not None and not isinstance(headers, dict):
        yield Finding((*where, "headers"), "'headers' must be an object")
        return
    if version >= 4 and not isinstance(part.get("body", {}), dict | None.__class__):
        yield Finding((*where, "body"), "a body of version 4 is an object with 'content' and 'contentType'")
        return
    found = part.get("matchingRules")
    if has_plugin and isinstance(found, Mapping):
        found = {category: one for category, one in found.items() if category != "body"}
    yield from (Finding(at, message) for at, message in rules.problems(found, (*where, "matchingRules")))
    if isinstance(found, Mapping):
        yield from _examples(part, rules.parse(found, (*where, "matchingRules")), version)


def _examples(part: dict[str, Any], parsed: rules.MatchingRules, version: int) -> Findings:
    """Expressions that are none, or that their own example does not match."""
    body = payloads.of(part, version)
    for category, listed in parsed.by_category.items():
        for rule in listed:
            for regex in [str(one["regex"]) for one in rule.matchers if kind_of(one) == "regex" and "regex" in one]:
                try:
                    with warnings.catch_warnings(action="ignore"):  # of what a later Python may take otherwise
                        re.compile(regex)
                except (re.error, RecursionError, OverflowError) as error:
                    if not _is_of_java(regex):
                        yield Finding(rule.where, f"'{regex}' is not a regular expression: {error}")
                    continue
                example = _example(part, category, rule.path, body)
                if isinstance(example, str) and not patterns.is_found(regex, example):
                    yield Finding(rule.where, f"the example '{example}' does not match '{regex}'")


def _is_of_java(regex: str) -> bool:
    return any(mark in regex for mark in ("\\p", "\\h", "\\R", "++", "*+", "?+", "(?<", "\\Q", "&&"))


def _example(part: dict[str, Any], category: str, path: ValuePath, body: payloads.Body | None) -> Any:
    if category == "path":
        return part.get("path")
    if category == "header" and path:
        named = {name.lower(): value for name, value in (part.get("headers") or {}).items()}
        value = named.get(str(path[0]).lower())
        return ", ".join(map(str, value)) if isinstance(value, list) else value
    if category != "body" or body is None or not body.is_json:
        return None
    return _at(body.content, path)


def _at(value: Any, path: ValuePath) -> Any:
    """The value at a path; None if there is none, or it is for several."""
    for step in path:
        is_there = step in value if isinstance(value, dict) else _is_index(step, value)
        if not is_there:
            return None
        value = value[step]
    return value


def _is_index(step: str | int, value: Any) -> bool:
    return isinstance(value, list) and isinstance(step, int) and step < len(value)
