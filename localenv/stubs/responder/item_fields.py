"""The fields of a request to a resource that its item can have too."""

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs

from localenv.stubs.responder import form_fields
from localenv.stubs.responder.values import ResponderRequest


def whole(about: Mapping[str, Any], asked: ResponderRequest) -> dict[str, Any]:
    """The fields of the request that may stand in an answer, and the defaults of those that it leaves out."""
    known = about["fields"]
    return {**fitting(known, about["defaults"]), **fitting(known, given(about, asked))}


def new(plan: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an item without what only one that has ended has."""
    found = copy.deepcopy(dict(item))
    for name in plan.get("of_new", {}).keys() & found.keys():
        value = plan["of_new"][name]
        found.pop(name)
        found.update({name: value[0]} if value else {})
    return found


def deleted(plan: Mapping[str, Any], answer: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """An answer with the deleted item where it shows all of one, but for what tells of its end; else with its id."""
    is_whole = answer.keys() == plan["item"].keys()
    shown = item.keys() - plan.get("of_new", {}).keys() if is_whole else {plan["key"]}
    return {**answer, **{name: item[name] for name in item if name in shown}}


def given(about: Mapping[str, Any], asked: ResponderRequest) -> dict[str, Any]:
    """The fields of the request that the resource has too."""
    found = inner(read(about, asked), about["from"])
    return {name: one for name, one in found.items() if name in about["fields"]} if isinstance(found, dict) else {}


def read(about: Mapping[str, Any], asked: ResponderRequest) -> Any:
    """The body of the request; an empty object for what is neither JSON nor a form."""
    try:
        is_form = asked.headers.get("content-type", "").startswith(form_fields.TYPE)
        return form_fields.read(asked.body, about["kinds"]) if is_form else json.loads(asked.body)
    except ValueError:
        return {}


def fitting(known: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some values that fit the schemas of their fields."""
    return {name: value for name, value in values.items() if fits(known[name], value)}


def fits(schema: Any, value: Any) -> bool:
    """Whether a value of a request may stand in an answer."""
    try:
        return schema is True or jsonschema_rs.is_valid(schema, value)
    except ValueError:
        return False


def inner(body: Any, at: Sequence[str] | None) -> Any:
    """The item in a body; None for a body without one."""
    for name in at or ():
        body = body.get(name) if isinstance(body, dict) else None
    return body if at is not None else None
