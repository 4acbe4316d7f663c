"""Convert short forms to the long form before validation."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function

from localenv.description.raw import described, raw
from localenv.description.values import fixed, mistake, text
from localenv.sources import Items, Node, Null, Table, Text, text_at
from localenv.stack.permissions import RESERVED_LABELS

CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")

_MOST_USERS = 1000  # of a provider, each of which is an argument of it

T = TypeVar("T")


def listed(node: Node) -> Node:
    """One item or a list, as a list."""
    if isinstance(node, Items):
        return node
    if isinstance(node, Null):
        raise mistake(f"must be a list, not {described(node)}")
    items = Items(node.at)
    items.append(node)
    return items


def files_first(node: Node) -> Node:
    """Steps in which a text is a file instead of a command."""
    steps = listed(node)
    assert isinstance(steps, Items)
    named = Items(steps.at)
    named.extend(entry("file", step) if isinstance(step, Text) else step for step in steps)
    return named


def entry(key: str, value: Text) -> Table:
    """A mapping with one key."""
    table = Table(value.at)
    table.put(key, value, value.at)
    return table


def variables(node: Node) -> Node:
    """An environment as a mapping, from Compose's map or list form."""
    table = _assignments(node) if isinstance(node, Items) else node
    if not isinstance(table, Table):
        raise mistake(f"must be a mapping of variables, not {described(node)}")
    for key in table:
        if not key or re.search(r"[=\0\s]|\$\{", key):
            raise mistake(f"has '{key}', which is not a valid variable name", at=table.positions[key])
    return table


def labels(node: Node) -> Node:
    """Labels as a mapping, from Compose's map or list form; a list item without a value is empty."""
    table = _assignments(node, empty=True) if isinstance(node, Items) else node
    if not isinstance(table, Table):
        raise mistake(f"must be a mapping of labels, not {described(node)}")
    for key in table:
        if not key or "\0" in key or "${" in key:
            raise mistake(f"holds '{key}', which is not a valid label name", at=table.positions[key])
        if key.startswith(RESERVED_LABELS):
            raise mistake(f"has '{key}', which is reserved", "choose another name", table.positions[key])
    return table


def fields(node: Node) -> Node:
    """The fields of a form as a mapping, also from a list of `NAME=VALUE`; a name is any text without references."""
    table = _assignments(node) if isinstance(node, Items) else node
    if not isinstance(table, Table):
        raise mistake(f"must be a mapping of fields, not {described(node)}")
    for key in table:
        if not key or "${" in key:
            raise mistake(f"has '{key}', which is not a valid name of a field", at=table.positions[key])
    return table


def contexts(node: Node) -> Node:
    """Further build contexts as a mapping, from Compose's map or list form."""
    return _assignments(node) if isinstance(node, Items) else node


def agents(node: Node) -> Node:
    """SSH agents as a list, from Compose's map or list form; one without a value is named alone."""
    if not isinstance(node, Table):
        return listed(node)
    items = Items(node.at)
    for name, value in node.items():
        path = "" if isinstance(value, Null) else text(value)
        items.append(text_at(f"{name}={path}" if path else name, node.positions[name]))
    return items


@dataclass(frozen=True, kw_only=True)
class Named:
    """A mapping of valid names: `what` says what it maps, `form` shows one, and `hint` says which names are valid."""

    what: str
    form: str
    pattern: re.Pattern[str]
    name: str
    hint: str

    def __call__(self, node: Node) -> Node:
        """The mapping, with its names checked."""
        if not isinstance(node, Table):
            raise mistake(f"must be {self.what}, not {described(node)}", self.form)
        for key in node:
            if not self.pattern.fullmatch(key):
                wrong = f"has '{key}', which is not a valid name of a {self.name}"
                raise mistake(wrong, self.hint, node.positions[key])
        return node


settings = Named(
    what="a mapping of settings",
    form="as in settings: {max_connections: 200}",
    pattern=re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*"),
    name="setting",
    hint="write the name as in the server's documentation, without dashes before it",
)


def setting_texts(node: Node) -> Node:
    """A mapping of settings, whose values are texts."""
    table = settings(node)
    for key, value in table.items() if isinstance(table, Table) else ():
        if isinstance(value, Items):
            shown = ", ".join(one for one in value if isinstance(one, Text))
            raise mistake(f"has a list for '{key}'", f"a server takes one text: {key}: '{shown}'", value.at)
    return table


ports = Named(
    what="a mapping of names to ports",
    form="name further ports, as in {metrics: 9090}; the main one is port:, with publish: on this machine",
    pattern=re.compile(r"(?!w[0-9]+\Z)[a-z][a-z0-9_]*"),  # w1 is reserved for a worker
    name="port",
    hint="lower-case letters, digits and _; as in metrics",
)
saved = Named(
    what="a mapping",
    form="as in save: {token: user.token}",
    pattern=re.compile(r"[A-Za-z0-9_]+"),  # an attribute of a reference
    name="value",
    hint="letters, digits and _; as in token",
)


def users(node: Node) -> dict[str, str]:
    """The users of a provider: a mapping of names to claims, or a list of names."""
    if isinstance(node, Items | Table) and len(node) > _MOST_USERS:
        raise mistake(f"has more than {_MOST_USERS:,} users")
    if isinstance(node, Items):
        return {str(fixed(item)): "{}" for item in node}
    if not isinstance(node, Table):
        raise mistake(f"must be a mapping of users to claims, not {described(node)}", "as in users: {jane: {email: …}}")
    for name, claims in node.items():
        if not isinstance(claims, Table | Null):
            wrong = f"has '{name}' with {described(claims)}, which are not claims"
            raise mistake(wrong, "as in {jane: {email: jane@shop.example}}", node.positions[name])
    return {str(name): json.dumps(raw(claims) or {}, ensure_ascii=False) for name, claims in node.items()}


def dependencies(node: Node) -> Node:
    """`depends_on` as a mapping of conditions."""
    if not isinstance(node, Items):
        return node
    table = Table(node.at)
    for item in node:
        name = fixed(item)
        table.put(str(name), text_at(CONDITIONS[0], name.at), name.at)
    return table


def condition(node: Node) -> str:
    """The condition of one dependency."""
    if not isinstance(node, Table):
        return _condition(text(node))
    for key in node:
        if key != "condition":
            raise mistake(f"has the unknown key '{key}'", "only condition: is allowed here", node.positions[key])
    return _condition(text(node["condition"])) if node else CONDITIONS[0]


def _condition(name: Text) -> str:
    if name not in CONDITIONS:
        raise mistake(f"must be one of {', '.join(CONDITIONS)}, not '{name}'", at=name.at)
    return str(name)


def _assignments(items: Items, *, empty: bool = False) -> Table:
    table = Table(items.at)
    for item in items:
        if isinstance(item, Table):
            raise mistake("has a mapping in a list", "write - KEY=value, or KEY: value without the dash", item.at)
        content = text(item)
        key, equals, value = content.partition("=")
        if not equals and not empty:
            raise mistake(
                f"has no value for '{key}'",
                f"write {key}=${{env.{key}}} to use the variable of this machine",
                content.at,
            )
        if key in table:
            raise mistake(f"has '{key}' twice", at=content.at)
        at = content.within(len(key) + len(equals))
        table.put(key, text_at(value, at, plain=content.plain, one_line=content.one_line), content.at)
    return table


@dataclass(frozen=True)
class OneOrMany:
    """One item, or a list of them; `form` creates the list."""

    form: Callable[[Node], Node]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(self.form, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        return {"anyOf": [schema["items"], schema]}


_VARIABLES = {
    "anyOf": [
        {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
        {"type": "array", "items": {"type": "string", "pattern": "="}},
    ]
}
_LABELS = {
    "anyOf": [_VARIABLES["anyOf"][0], {"type": "array", "items": {"type": "string"}}],
}
_AGENTS = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
    ]
}
_CONDITION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "condition": {
            "enum": list(CONDITIONS),
            "description": "service_started: it runs; service_healthy: it is ready; service_completed_successfully: "
            "it has exited with 0.",
        }
    },
    "additionalProperties": False,
}

Listed = Annotated[tuple[T, ...], OneOrMany(listed)]
VariableMap = Annotated[dict[str, T], BeforeValidator(variables), WithJsonSchema(_VARIABLES)]
FormFields = Annotated[dict[str, T], BeforeValidator(fields), WithJsonSchema(_VARIABLES)]
Contexts = Annotated[dict[str, T], BeforeValidator(contexts), WithJsonSchema(_VARIABLES)]
SshAgents = Annotated[tuple[T, ...], BeforeValidator(agents), WithJsonSchema(_AGENTS)]
Labels = Annotated[dict[str, T], BeforeValidator(labels), WithJsonSchema(_LABELS)]
SettingMap = Annotated[dict[str, T], BeforeValidator(setting_texts), WithJsonSchema(_VARIABLES["anyOf"][0])]
Users = Annotated[
    dict[str, str],
    PlainValidator(users),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
                {"type": "array", "items": {"type": "string"}},
            ]
        }
    ),
]
Ports = Annotated[dict[str, T], BeforeValidator(ports)]
Saved = Annotated[
    dict[str, Annotated[str, PlainValidator(fixed), WithJsonSchema({"type": "string"})]], BeforeValidator(saved)
]
Dependencies = Annotated[
    dict[str, Annotated[str, PlainValidator(condition), WithJsonSchema(_CONDITION)]],
    BeforeValidator(
        dependencies, json_schema_input_type=list[str] | dict[str, Annotated[str, WithJsonSchema(_CONDITION)]]
    ),
]
