"""What a consumer asks, as a request pattern of WireMock's."""

import base64
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from localenv.stubs import varying
from localenv.stubs.sources.pact import generators, patterns, payloads, schemas
from localenv.stubs.sources.pact.payloads import Body
from localenv.stubs.sources.pact.rules import MatchingRules, PactMatcher, Rule, kind_of
from localenv.stubs.sources.pact.rules import parse as parse_rules

_ANYTHING = {"matches": "(?s).*"}
_NOTHING = {"or": [{"absent": True}, {"matches": r'\s*(?:null|"")?\s*'}]}  # no body, or none as JSON
_TEXTS: Mapping[str, str] = {
    "integer": patterns.INTEGER,
    "decimal": patterns.DECIMAL,
    "number": patterns.NUMBER,
    "boolean": patterns.BOOLEAN,
    "semver": patterns.SEMVER,
    "notEmpty": "(?s).+",
}
_DATES: Mapping[str, str] = {
    "date": patterns.DATE,
    "time": patterns.TIME,
    "timestamp": patterns.DATE_TIME,
    "datetime": patterns.DATE_TIME,
}


def pattern(request: Mapping[str, Any], version: int, state: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The pattern for everything that fits the contract; `state` are parameters of the provider's state."""
    rules = parse_rules(request.get("matchingRules"))
    query = parameters(request.get("query"))
    body = None if payloads.is_empty(request) else payloads.of(request, version)
    found: dict[str, Any] = {"method": str(request.get("method", "GET")).upper()}
    path = str(request.get("path", "/"))
    in_state = generators.path_in_state(path, request.get("generators"), state or {})
    found |= _url(path, rules.of("path"), query, in_state)
    if query:
        found["queryParameters"] = {name: _values(name, values, rules) for name, values in query.items()}
    if headers := dict(_headers(request, rules)):
        found["headers"] = headers
    if payloads.is_empty(request):
        found["bodyPatterns"] = [_NOTHING]
    if body is not None:
        found |= _body(body, rules)
    return found


def parameters(query: Any) -> dict[str, list[str]]:
    """The parameters of a query: V1's and V2's text, or V3's and V4's object."""
    if isinstance(query, str):
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found
    if not isinstance(query, Mapping):
        return {}
    return {
        name: [str(one) for one in (value if isinstance(value, list) else [value])] for name, value in query.items()
    }


def _url(path: str, rule: Rule | None, query: Collection[str], in_state: str) -> dict[str, str]:
    """With the path in the provider's state, if it is another; only parameters of the contract are allowed."""
    regex = next((each["regex"] for each in rule.matchers if kind_of(each) == "regex"), None) if rule else None
    written, other = _written(path), _written(in_state)
    if regex is not None:
        form = patterns.whole(str(regex))
    elif rule and any(kind_of(one) != "equality" for one in rule.matchers):
        form = "/".join("[^/?]+" if varying.is_varying(one) else varying.quoted(one) for one in path.split("/"))
    elif query or other != written:
        form = "|".join(dict.fromkeys((varying.quoted(written), varying.quoted(other))))
        form = f"(?:{form})" if "|" in form else form
    else:
        return {"url": written}
    return {"urlPattern": f"{form}{patterns.of_parameters(query)}"}


def _written(path: str) -> str:
    """A path as it is sent."""
    return path if "%" in path else quote(path, safe="/:@!$&'()*+,;=~-._")


def _headers(request: Mapping[str, Any], rules: MatchingRules) -> Iterator[tuple[str, dict[str, Any]]]:
    headers = request.get("headers")
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        rule = _named(rules, "header", name)
        if rule:
            yield name, _text(rule, text)
        elif name.lower() in ("content-type", "accept"):
            yield name, {"matches": patterns.of_media_types(text)}
        else:
            words = [varying.quoted(one.strip()) for one in text.split(",")]
            yield name, {"matches": r"\s*,\s*".join(words)} if len(words) > 1 else {"equalTo": text}
    kind = payloads.content_type(request)
    if kind and not any(name.lower() == "content-type" for name in headers or {}):
        yield "Content-Type", {"matches": patterns.of_media_types(payloads.plain(kind))}


def _named(rules: MatchingRules, category: str, name: str) -> Rule | None:
    names = [one for one in rules.names(category) if one.lower() == name.lower()]
    return rules.of(category, names[0]) if names else None


def _values(name: str, values: list[str], rules: MatchingRules) -> dict[str, Any]:
    rule = rules.of("query", name)
    of_items = [rules.best((name, index), "query") or rule for index in range(len(values))]
    each = [_text(one, value) if one else {"equalTo": value} for one, value in zip(of_items, values, strict=True)]
    each = each or [_ANYTHING]
    if len(each) == 1:
        return each[0]
    is_open = rule is not None and any({"min", "max"} & one.keys() for one in rule.matchers)
    return {"includes" if is_open else "hasExactly": each[:1] if is_open else each}


def _text(rule: Rule, example: str) -> dict[str, Any]:
    found = [_matcher(one, example) for one in rule.matchers] or [{"equalTo": example}]
    return found[0] if len(found) == 1 else {"or" if rule.is_any else "and": found}


def _matcher(matcher: PactMatcher, example: str) -> dict[str, Any]:
    kind = kind_of(matcher)
    if kind == "regex":
        return {"matches": patterns.whole(str(matcher.get("regex", "")))}
    if kind == "include":
        return {"contains": str(matcher.get("value", ""))}
    if kind in _TEXTS:
        return {"matches": _TEXTS[kind]}
    if kind in _DATES:
        form = matcher.get("format") or matcher.get(kind)
        return {"matches": patterns.of_format(form) if isinstance(form, str) and form else _DATES[kind]}
    return {"equalTo": example} if kind == "equality" else _ANYTHING


def _body(body: Body, rules: MatchingRules) -> dict[str, Any]:
    whole = rules.of("body")
    kind = kind_of(whole.matchers[0]) if whole and whole.matchers else ""
    if kind == "contentType":  # only the type of the content is agreed on
        return {}
    if body.is_json:
        found = json.dumps(schemas.schema(body.content, rules), ensure_ascii=False)  # WireMock's format wants a text
        return {"bodyPatterns": [{"matchesJsonSchema": found, "schemaVersion": schemas.VERSION}]}
    if body.type.endswith(payloads.FORM):
        return {"formParameters": {name: _field(name, values, rules) for name, values in parameters(body.text).items()}}
    if body.type.startswith(payloads.MULTIPART):
        return {}
    if isinstance(body.content, bytes):
        return {"bodyPatterns": [{"binaryEqualTo": _base64(body.content)}]}
    if whole:
        return {"bodyPatterns": [_text(whole, body.text)]}
    if body.type.endswith(("/xml", "+xml")):
        has_rules = bool(rules.by_category.get("body"))
        return {"bodyPatterns": [{"matchesXPath": "/*"} if has_rules else {"equalToXml": body.text}]}
    return {"bodyPatterns": [{"equalTo": body.text}] if body.text else []}


def _field(name: str, values: list[str], rules: MatchingRules) -> dict[str, Any]:
    each = []
    for index, value in enumerate(values):
        rule = rules.of("body", name, index) or rules.of("body", name)
        each.append(_text(rule, value) if rule else {"equalTo": value})
    return each[0] if len(each) == 1 else {"hasExactly": each}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
