"""Variables that programs read: in `.env` and its examples, in settings and source code. No value of `.env` is kept."""

import re
from collections.abc import Iterator
from pathlib import Path

from localenv.description import dotenv
from localenv.host import contained
from localenv.importing import examples
from localenv.importing.repository import spring
from localenv.importing.repository.finds import Finds, FoundVariable

PRIVATE = (".env", ".env.local", ".env.development", ".env.dev")
_NAME = r"[A-Z][A-Z0-9_]{2,60}"
_KNOWN = r"DATABASE_URL|POSTGRES_URL|REDIS_URL|MONGO(?:DB)?_UR[IL]|AMQP_URL|RABBITMQ_URL|NATS_URL"
_QUOTED = rf"['\"](?P<name>{_NAME})['\"]"
_CALLS = (  # how languages read a variable, with a default as their second argument
    re.compile(rf"(?<![\w.])(?:env|config|env\.(?:str|url|db|int|bool))\(\s*{_QUOTED}"),
    re.compile(
        rf"(?:os\.environ\.get|getenv|Getenv|LookupEnv|env::var|ENV\.fetch|env\.get|BindEnv|System\.(?:get|fetch)_env!?)"
        rf"\(\s*{_QUOTED}"
    ),
    re.compile(
        rf"(?<![\w.])(?!set|put|unset|Set)\w*(?:env(?=[a-z_])|_env|[a-z]Env|Env)\w*\(\s*{_QUOTED}"
    ),  # own helpers
)
_SERVICE = re.compile(rf"(?:\.getOrThrow|[cC]onf(?:ig)?\w*\)?\.get)(?:<[^<>\n]{{1,40}}>)?\(\s*{_QUOTED}")  # of Nest
_TAG = re.compile(rf"\b(?:env|envconfig|mapstructure):\"(?P<name>{_NAME})[\",]")  # of a field in Go
_NAMES = (
    re.compile(rf"os\.environ\[\s*{_QUOTED}\s*\]"),
    re.compile(rf"(?:process|import\.meta|Bun)\.env\.(?P<name>{_NAME})\b"),
    re.compile(rf"(?:(?:process|Bun)\.env|ENV)\[\s*{_QUOTED}\s*\]"),
    _TAG,
    re.compile(rf"['\"](?P<name>{_KNOWN})['\"]"),
)
_DEFAULT = re.compile(r"\b(?:default|envDefault|env-default):\"(?P<text>[^\"\n]*)\"")
_SCHEMA = re.compile(  # of zod, valibot, Joi, envalid
    rf"(?<![\w.])(?P<name>{_NAME})['\"]?\s*:\s*(?:z|v|Joi|str|url|num|port|host|email|bool)\s*[.(]"
    rf"(?P<rest>(?:(?!\b{_NAME}['\"]?\s*:)[^\n]|\n\s*\.)*)"
)
_SCHEMA_DEFAULT = re.compile(
    r"\b(?:default\(|default:|optional\([^()]*\(\),)\s*(?:['\"`](?P<text>[^'\"`\n]*)['\"`]|(?P<number>\d{1,5})\b|\S)"
)
_REQUIRED = (_CALLS[0], _NAMES[0])
_ARGUMENT = re.compile(
    r"\s*,\s*(?:\w+\s*=\s*(?!default)[\w.]+\s*,\s*)*(?:default\s*=\s*)?"
    r"(?P<value>(?!\w+\s*=)['\"](?P<text>[^'\"\n]*)['\"]|(?P<number>\d{2,5})(?=\s*[,)])|[^\s)=][^=]{0,60}?[,)\n])"
)
_ELSE = re.compile(
    r"['\"]?\s*[\])]?\s*(?:\|\||\?\?|\bor\b)\s*(?P<value>['\"`](?P<text>[^'\"`\n]*)['\"`]|(?P<number>\d{2,5})\b|\S)"
)
_ASSIGNED = re.compile(r"[^,]*?=\s*(?P<value>['\"`](?P<text>[^'\"`\n]*)['\"`]|(?P<number>\d{2,5})\b|\S)")
_PLACEHOLDER = re.compile(rf"\$\{{(?P<name>{_NAME})(?::(?P<default>[^}}\n]*))?\}}")
_TAKEN_APART = re.compile(r"\{(?P<names>[^{}]*)\}\s*=\s*(?:process|Bun)\.env\b")
_PART = re.compile(rf"(?<![\w.])(?P<name>{_NAME})\b(?P<rest>[^,]*)")
_FIELD = re.compile(  # of a class, at the depth of its body
    r"^(?: {4}|\t)(?P<name>[A-Za-z][A-Za-z0-9_]*)[ \t]*:[ \t]*(?P<type>[\w\[\]|., ]+?)[ \t]*"
    r"(?:=[ \t]*(?:['\"](?P<default>[^'\"\n]*)['\"]|(?P<number>\d{2,5})\b)?|$|#)",
    re.MULTILINE,
)
_SETTINGS = re.compile(r"class \w+\(\s*(?:\w+\.)?BaseSettings\b[^)]*\):\n(?P<body>(?:[ \t]+.*\n|\n)+)")
_PREFIX = re.compile(r"env_prefix\s*=\s*['\"](\w+)['\"]")
_CONFIGS = (".yml", ".yaml", ".properties", ".toml")


def detect(finds: Finds) -> None:
    """Add every variable, with its default and its example."""
    inactive = spring.inactive(finds)
    for file, text in finds.sources:
        if file in inactive or "compose" in file.name or file.name.startswith((".", "mkdocs", "openapi")):
            continue
        where = file.relative_to(finds.home).as_posix()
        for name, default, is_required in (*_read(text, is_config=file.suffix in _CONFIGS), *_fields(text)):
            known = finds.variables.setdefault(name, FoundVariable(name=name, where=where))
            known.default = known.default if known.default is not None else default
            is_needed = is_required and default is None and file.suffix != ".php"  # whose `env` gives null for it
            known.is_required = known.is_required or is_needed
            known.readers.append(file)
    files = [service.dockerfile for service in finds.services.values() if service.dockerfile]
    folders = (finds.home, *(service.folder for service in finds.services.values()), *(file.parent for file in files))
    for folder in dict.fromkeys(folders):
        private = [folder / name for name in PRIVATE]
        shown = dict.fromkeys(one for file in private if (one := examples.of(file)))
        for file in (*shown, *private):
            if file.is_file() and contained.is_within(file, [finds.place.repository]):
                is_example = file in shown
                _from_file(finds, file, is_private=not is_example and folder == finds.home, is_example=is_example)


def _from_file(finds: Finds, file: Path, *, is_private: bool, is_example: bool) -> None:
    """Add the variables of a file; below the home they are those of the service there, which gets its `.env` whole."""
    for key, value in dotenv.read(file).values.items():
        known = finds.variables.setdefault(key, FoundVariable(name=key, where=file.relative_to(finds.home).as_posix()))
        known.is_private = known.is_private or is_private
        if is_example and known.example is None:
            known.example = value
        if file.parent != finds.home:
            known.readers.append(file)


def _read(text: str, *, is_config: bool) -> Iterator[tuple[str, str | None, bool]]:
    if is_config:
        yield from ((found["name"], found["default"], False) for found in _PLACEHOLDER.finditer(text))
    if is_config and "<%" not in text:  # as in those of Rails
        return
    calls = (*_CALLS, _SERVICE) if "ConfigService" in text else _CALLS
    for pattern in (*calls, *_NAMES):
        for found in pattern.finditer(text):
            argument = _ARGUMENT.match(text, found.end()) if pattern in calls else None
            if pattern is _TAG:
                argument = _DEFAULT.search(_tag(text, found.start()))
            yield found["name"], _given(argument or _ELSE.match(text, found.end())), pattern in _REQUIRED
    if "process.env" in text:
        for found in _SCHEMA.finditer(text):
            given = _SCHEMA_DEFAULT.search(found["rest"])
            yield found["name"], _given(given), not given and "optional" not in found["rest"]
    for taken in _TAKEN_APART.finditer(text):
        for part in _PART.finditer(taken["names"]):
            yield part["name"], _given(_ASSIGNED.match(part["rest"])), False


def _tag(text: str, at: int) -> str:
    """The tag of a field in Go around a place."""
    return text[text.rfind("`", 0, at) + 1 :].partition("`")[0]


def _given(found: re.Match[str] | None) -> str | None:
    """A default; empty if it is neither a text nor a number."""
    return None if found is None else found["text"] or found.groupdict().get("number") or ""


def _fields(text: str) -> Iterator[tuple[str, str | None, bool]]:
    """Fields of settings of pydantic, which are variables in capitals."""
    for block in _SETTINGS.finditer(text):
        prefix = _PREFIX.search(block["body"])
        for field in _FIELD.finditer(block["body"]):
            if field["name"] not in ("model_config", "env_file", "env_prefix", "class", "return", "case_sensitive"):
                has_default = (
                    "=" in field[0] or "None" in field[0] or "=" in block["body"][field.end() :].partition("\n")[0]
                )
                name = f"{prefix[1] if prefix else ''}{field['name']}".upper()
                default = field["number"] if field["default"] is None else field["default"]
                yield name, default if default is not None else "" if has_default else None, True
