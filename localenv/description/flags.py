"""Feature flags in the format, read into flagd's own."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from localenv.description.raw import described, json_value
from localenv.description.values import mistake, path, text
from localenv.errors import DescriptionError
from localenv.errors.problems import Position
from localenv.sources import LARGEST, Node, Table, Text, read
from localenv.stubs import flag_words, flagd, flags

RULES = "rules"  # those of the description in words, beside its flags

_FILE = "file"
_FORMATS = (".json", ".yaml", ".yml")  # that flagd reads
_SCHEMA = {"type": "object", "additionalProperties": {}}


@dataclass(frozen=True, kw_only=True)
class WrittenFlags:
    """The flags of a description in flagd's format, and the file with those below them."""

    own: dict[str, Any]
    rules: dict[str, list[str]]  # in words
    file: Path | None = None
    at: Position


def flag_set(node: Node) -> WrittenFlags:
    """The flags by name; every mistake in them is reported at once."""
    if not isinstance(node, Table):
        raise mistake(f"must be a mapping of flags, not {described(node)}")
    written = node.get(_FILE)
    file = written if isinstance(written, Text) and written.endswith(_FORMATS) else None
    own, rules, wrong = {}, {}, {}
    for name, each in node.items():
        if name == _FILE and file is not None:
            continue
        try:
            value = json_value(each, text)
            own[name] = flags.flag(name, value)
            if "targeting" in own[name]:
                rules[name] = flag_words.rules(value["rules"])
        except ValueError as error:
            wrong[name] = f"flag '{name}' {error}"
    if wrong:
        hint = "see `localenv help description`"
        raise mistake(f"is wrong: {'; '.join(wrong.values())}", hint, node.positions[next(iter(wrong))])
    return WrittenFlags(
        own=own, rules=rules, file=path(file) if file is not None else None, at=file.at if file else node.at
    )


def of_file(file: Path) -> dict[str, Any]:
    """The flags of a file in flagd's format; raises ValueError with what is wrong."""
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST >> 20} MiB")  # noqa: TRY301 - as any other reason
        found = json_value(read(file), str) if file.suffix != ".json" else json.loads(file.read_text("utf-8"))
    except DescriptionError as error:
        first = error.problems[0]
        raise ValueError(f"{file.name} cannot be read as YAML: {first.at or ''} {first.message}") from error
    except RecursionError as error:
        raise ValueError(f"{file.name} is nested too deeply") from error
    except (OSError, ValueError) as error:
        raise ValueError(f"{file.name} cannot be read as JSON: {error}") from error
    try:
        return flagd.checked(found)
    except ValueError as error:
        raise ValueError(f"{file.name} {error}") from error


FlagSet = Annotated[WrittenFlags, PlainValidator(flag_set), WithJsonSchema(_SCHEMA)]
