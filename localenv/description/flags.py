"""Feature flags in the format, read into flagd's own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from localenv.description.raw import described, json_value
from localenv.description.values import mistake, path, text
from localenv.errors.problems import Position
from localenv.sources import Node, Table, Text
from localenv.stubs import flags

_FILE = "file"
_SCHEMA = {"type": "object", "additionalProperties": {}}


@dataclass(frozen=True, kw_only=True)
class WrittenFlags:
    """The flags of a description in flagd's format, and the file with those below them."""

    own: dict[str, Any]
    file: Path | None = None
    at: Position


def flag_set(node: Node) -> WrittenFlags:
    """The flags by name; every mistake in them is reported at once."""
    if not isinstance(node, Table):
        raise mistake(f"must be a mapping of flags, not {described(node)}")
    written = node.get(_FILE)
    file = written if isinstance(written, Text) and written.endswith(".json") else None
    own, wrong = {}, {}
    for name, each in node.items():
        if name == _FILE and file is not None:
            continue
        try:
            own[name] = flags.flag(name, json_value(each, text))
        except ValueError as error:
            wrong[name] = f"flag '{name}' {error}"
    if wrong:
        hint = "see `localenv help description`"
        raise mistake(f"is wrong: {'; '.join(wrong.values())}", hint, node.positions[next(iter(wrong))])
    return WrittenFlags(own=own, file=path(file) if file is not None else None, at=file.at if file else node.at)


def of_file(file: Path) -> dict[str, Any]:
    """The flags of a file in flagd's format; raises ValueError with what is wrong."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{file.name} cannot be read as JSON: {error}") from error
    known = found.get("flags") if isinstance(found, dict) else None
    if not isinstance(known, dict):
        raise ValueError(f"{file.name} is not a flag file in flagd's format: it has no flags")  # noqa: TRY004
    for name, one in known.items():
        variants = one.get("variants") if isinstance(one, dict) else None
        if not isinstance(variants, dict) or not variants or one.get("state") not in ("ENABLED", "DISABLED"):
            raise ValueError(f"flag '{name}' of {file.name} needs variants, and a state: ENABLED or DISABLED")
        default = one.get("defaultVariant")
        if default is not None and default not in variants:
            raise ValueError(f"flag '{name}' of {file.name} has no variant '{default}' (defaultVariant)")
    return dict(found)


FlagSet = Annotated[WrittenFlags, PlainValidator(flag_set), WithJsonSchema(_SCHEMA)]
