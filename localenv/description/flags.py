"""Feature flags in the format, read into flagd's own."""

import json
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from localenv.description.raw import described, json_value
from localenv.description.values import mistake, path, text
from localenv.errors import Position
from localenv.sources import Node, Table, Text
from localenv.stubs import flags

_FILE = "file"
_SCHEMA = {"type": "object", "additionalProperties": {}}


def flag_set(node: Node) -> dict[str, Any]:
    """The flags by name, with those of a file of flagd's below."""
    if not isinstance(node, Table):
        raise mistake(f"must be a mapping of flags, not {described(node)}")
    found = _of_file(node[_FILE]) if _is_file(node) else {"flags": {}}
    own = {}
    for name, written in node.items():
        if name == _FILE and _is_file(node):
            continue
        try:
            own[name] = flags.flag(name, json_value(written, text))
        except ValueError as error:
            raise _wrong(f"flag '{name}' {error}", node.positions[name]) from error
    return {**found, "flags": {**found["flags"], **own}}


def _is_file(node: Table) -> bool:
    written = node.get(_FILE)
    return isinstance(written, Text) and written.endswith(".json")


def _of_file(node: Node) -> dict[str, Any]:
    file, at = path(node), node.at
    try:
        found = json.loads(file.read_text())
        known = found["flags"]
        for name, one in known.items():
            if not isinstance(one["variants"], dict) or one.get("state") not in ("ENABLED", "DISABLED"):
                raise _wrong(f"flag '{name}' of {file.name} needs state: and variants:", at)
    except (OSError, UnicodeDecodeError) as error:
        raise _wrong(f"cannot be read: {error}", at) from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _wrong(f"{file.name} is not a flag file in flagd's format: {error}", at) from error
    return dict(found)


def _wrong(reason: str, at: Position) -> PydanticCustomError:
    return mistake(f"is wrong: {reason}", "see `localenv help description`", at)


FlagSet = Annotated[dict[str, Any], PlainValidator(flag_set), WithJsonSchema(_SCHEMA)]
