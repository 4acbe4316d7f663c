"""The scalars of the format: how each is parsed, and its JSON Schema for editors."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from localenv.description import shell_words
from localenv.description.raw import described, json_value, raw
from localenv.errors.problems import Position
from localenv.sources import Items, Node, Table, Text, durations
from localenv.stack import Command, Template, references
from localenv.stubs import faults
from localenv.stubs.recognition import is_nameable

_NAME = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE = re.compile(  # as https://pkg.go.dev/github.com/distribution/reference has it
    rf"(?:(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?/)?{_NAME}(?:/{_NAME})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9+._-]*:[0-9A-Fa-f]{32,})?"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_MOST_WORDS = 5000  # of a command line
_CONTEXTS = ("docker-image", "https", "http")  # schemes of contexts that are not folders
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE")


def mistake(reason: str, hint: str = "", at: Position | None = None) -> PydanticCustomError:
    """A mistake as a predicate: "must be …", "contains …"; `at` if a more precise position is known."""
    return PydanticCustomError("mistake", "{reason}", {"reason": reason, "hint": hint, "at": at})


def text(value: Node) -> Text:
    """A scalar as written; raises a mistake for any other node."""
    if isinstance(value, Text):
        if "\0" in value:
            raise mistake("contains a NUL character")
        return value
    raise mistake(f"must be a string, not {described(value)}", _unquoted(value))


def _unquoted(value: Node) -> str:
    """A hint for `- DB: ${db.url}`, which YAML takes for a mapping."""
    if not isinstance(value, Table) or len(value) != 1:
        return ""
    key, content = next(iter(value.items()))
    return f"if it is a text, quote it: '{key}: {content}'" if isinstance(content, Text) else ""


def fixed(value: Node) -> Text:
    """A text in which references are not resolved."""
    content = text(value)
    if "${" in content:
        at = content.within(content.index("${"))
        raise mistake("must not contain references", "write the value", at)
    if not content:
        raise mistake("is empty")
    return content


def build_secret(value: Node) -> Text:
    """The name of a secret; Compose's long form gives it another one in the build."""
    if isinstance(value, Table):
        source = value.get("source")
        name = source if isinstance(source, Text) else "NAME"
        hint = f"write {name} alone, and in the Dockerfile: RUN --mount=type=secret,id={name}"
        raise mistake("must be the name of a secret, not a mapping", hint)
    return fixed(value)


def template(value: Node) -> Template:
    """A text with references."""
    content = text(value)
    try:
        return references.parse(content, content.at)
    except references.MalformedReference as error:
        hint = "a reference is ${NAME.url}, ${port} or ${env.NAME}; write $$ for a dollar sign"
        raise mistake(f"has {_excerpt(content, error.offset)}", hint, content.within(error.offset)) from error


def command(value: Node) -> Command:
    """A command line, split without a shell, or a list of its words."""
    if isinstance(value, Items):
        chain = next((word for word in value if word in shell_words.CHAINS), None)
        if isinstance(chain, Text):
            raise _for_a_shell(chain, chain.at, "[sh, -c, 'FIRST && SECOND']")
        if len(value) > _MOST_WORDS:
            raise _too_long()
        return tuple(template(word) for word in value)
    parsed = template(value)
    if len(text(value).split()) > _MOST_WORDS:
        raise _too_long()
    try:
        words = references.split(parsed)
    except ValueError as error:
        raise mistake("has an unclosed quote", "close it, or write the command as a list") from error
    content = text(value)
    for word in shell_words.operators(content):
        line = json.dumps(" ".join(content.split()), ensure_ascii=False)  # valid in YAML too
        raise _for_a_shell(word[0], content.within(word.start()), f"[sh, -c, {line}]")
    return words


def _too_long() -> PydanticCustomError:
    return mistake(f"has more than {_MOST_WORDS:,} words", "put it into a script")


def _for_a_shell(operator: str, at: Position, form: str) -> PydanticCustomError:
    quoted = f"; quote it if it is an argument: '{operator}'" if operator not in shell_words.CHAINS else ""
    return mistake(f"has a bare {operator}, but no shell reads this command", f"to run a shell: {form}{quoted}", at)


def some_command(value: Node) -> Command:
    """A command that is not empty."""
    words = command(value)
    if not words:
        raise mistake("is empty", "write a program and its arguments")
    return words


def path(value: Node) -> Path:
    """A path, relative to its file, made absolute without a look-up."""
    content = fixed(value)
    return content.at.file.parent / content


def build_context(value: Node) -> Path | Text:
    """A folder as an absolute path; or the URL of an image or a repository."""
    content = fixed(value)
    if content.startswith("service:"):
        raise mistake(
            f"must be a folder or an image, not '{content}'",
            "name the folder, or use a stage of the same Dockerfile",
            content.at,
        )
    scheme, separator, _ = content.partition("://")
    if not separator:
        return path(value)
    if scheme not in _CONTEXTS:
        raise mistake(f"must be a folder, or begin with one of {', '.join(_CONTEXTS)}, not '{content}'")
    return content


def relative(value: Node) -> Path:
    """A relative path or glob whose base is not known here."""
    return Path(fixed(value))


def tag(value: Node) -> Text:
    """An image tag, which is the format of a version."""
    content = fixed(value)
    if not _TAG.fullmatch(content):
        raise mistake(
            f"must be the tag of an image, not '{content}'", "as in 17 or 8.0-alpine; image: names another image"
        )
    return content


def image(value: Node) -> Template:
    """The name of an image; one with references is checked when they are resolved."""
    name = template(value)
    if not name.references and not _IMAGE.fullmatch("".join(map(str, name.parts))):
        raise mistake(
            f"must be the name of an image, not '{text(value)}'", "as in redis:8 or registry.example/shop/api:1.2"
        )
    return name


def host_name(value: Node) -> Text:
    """A host name or address, with or without a port, as in a Host header."""
    content = fixed(value)
    if not is_nameable(content):
        raise mistake(f"must be a host as in a Host header, not '{content}'", "as in api.partner.example")
    return content


def truth(value: Node) -> bool:
    """True or false."""
    content = text(value)
    if content in _TRUE or content in _FALSE:
        return content in _TRUE
    raise mistake(f"must be true or false, not '{content}'")


def number(low: int, high: int) -> Any:
    """The type of an integer between two bounds, both included."""

    def whole(value: Node) -> int:
        content = value if isinstance(value, Text) else described(value)
        if re.fullmatch(r"[0-9]{1,9}", content) and low <= int(content) <= high:
            return int(content)
        if "${" in content:
            raise mistake("must not contain references", "write the number")
        shown = f"'{content}'" if isinstance(value, Text) else content
        raise mistake(f"must be a number from {low} to {high}, not {shown}")

    schema = {
        "anyOf": [{"type": "integer", "minimum": low, "maximum": high}, {"type": "string", "pattern": "^[0-9]+$"}]
    }
    return PlainValidator(whole), WithJsonSchema(schema)


def choice(*names: str) -> Any:
    """The type of a text with a few valid values."""

    def chosen(value: Node) -> str:
        content = text(value)
        if content not in names:
            valid = f"one of {', '.join(names)}" if len(names) > 1 else names[0]
            raise mistake(f"must be {valid}, not '{content}'")
        return str(content)

    return PlainValidator(chosen), WithJsonSchema({"enum": list(names)})


def duration(value: Node) -> float:
    """Seconds: `60s`, `2m`, `1m30s`, `500ms` or a number."""
    content = text(value)
    try:
        seconds = durations.seconds(content)
    except ValueError as error:
        raise mistake(f"must be a duration such as 60s or 2m, not '{content}'") from error
    if not 0 < seconds <= 86_400:
        raise mistake(f"must be a time between 0 s and a day, not '{content}'")
    return seconds


def profile(value: Node) -> tuple[str, ...]:
    """The words of a failure: one, or several that combine."""
    items = value if isinstance(value, Items) else [value]
    words = [fixed(item) for item in items]
    for word in words:
        _fault([word], word.at)
    _fault(words, words[0].at if words else None)
    return tuple(map(str, words))


def _fault(words: list[Text], at: Position | None) -> None:
    try:
        faults.parsed(words)
    except ValueError as error:
        raise mistake(f"is not a failure: {error}", "as in degraded: [slow=2s, flaky=10%]", at) from error


def _excerpt(content: str, offset: int) -> str:
    excerpt = content[offset : offset + 40]
    end = excerpt.find("}") + 1
    return f"'{excerpt[:end] if end else excerpt}', which is not a reference"


_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_COMMAND = {"anyOf": [{"type": "string"}, {"type": "array", "items": _SCALAR}]}
_PORT = number(1, 65535)
_COUNT = number(0, 999_999_999)
_STATUS = number(100, 599)

PlainText = Annotated[str, PlainValidator(text), WithJsonSchema(_SCALAR)]
Fixed = Annotated[str, PlainValidator(fixed), WithJsonSchema(_SCALAR)]
BuildSecret = Annotated[str, PlainValidator(build_secret), WithJsonSchema(_SCALAR)]
HostName = Annotated[str, PlainValidator(host_name), WithJsonSchema({"type": "string"})]
Tag = Annotated[str, PlainValidator(tag), WithJsonSchema(_SCALAR)]
Templated = Annotated[Template, PlainValidator(template), WithJsonSchema(_SCALAR)]
ImageName = Annotated[Template, PlainValidator(image), WithJsonSchema(_SCALAR)]
CommandLine = Annotated[Command, PlainValidator(command), WithJsonSchema(_COMMAND)]
SomeLine = Annotated[Command, PlainValidator(some_command), WithJsonSchema(_COMMAND)]
FilePath = Annotated[Path, PlainValidator(path), WithJsonSchema({"type": "string"})]
BuildContext = Annotated[Path | str, PlainValidator(build_context), WithJsonSchema({"type": "string"})]
Relative = Annotated[Path, PlainValidator(relative), WithJsonSchema({"type": "string"})]
Truth = Annotated[bool, PlainValidator(truth), WithJsonSchema({"type": "boolean"})]
PortNumber = Annotated[int, *_PORT]
Count = Annotated[int, *_COUNT]
StatusCode = Annotated[int, *_STATUS]
Seconds = Annotated[float, PlainValidator(duration), WithJsonSchema({"type": ["string", "number"]})]
Raw = Annotated[Any, PlainValidator(raw), WithJsonSchema({})]
ProfileNames = Annotated[
    tuple[str, ...],
    PlainValidator(profile),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
JsonValue = Annotated[Any, PlainValidator(lambda value: json_value(value, template)), WithJsonSchema({})]
