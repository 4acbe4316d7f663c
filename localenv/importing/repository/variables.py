"""Variables that programs read: in `.env` and its examples, in settings and source code. No value of `.env` is kept."""

import re
from collections.abc import Iterator

from localenv.description import dotenv
from localenv.host import contained
from localenv.importing.repository.finds import Finds, FoundVariable

_EXAMPLES = (".env.example", ".env.sample", ".env.dist", ".env.template", "env.example", ".env.development.example")
_PRIVATE = (".env", ".env.local", ".env.development", ".env.dev")
_NAME = r"[A-Z][A-Z0-9_]{2,60}"
_QUOTED = r"\s*,\s*['\"](?P<default>[^'\"\n]*)['\"]"
_READS = (  # how languages read a variable, with a default
    re.compile(rf"os\.(?:environ\.get|getenv)\(\s*['\"](?P<name>{_NAME})['\"](?:{_QUOTED})?"),
    re.compile(rf"os\.environ\[\s*['\"](?P<name>{_NAME})['\"]\s*\]"),
    re.compile(
        rf"(?<![\w.])(?:env|config|env\.(?:str|url|db|int|bool))\(\s*['\"](?P<name>{_NAME})['\"]"
        rf"(?:\s*,\s*default\s*=\s*['\"](?P<default>[^'\"\n]*)['\"]|{_QUOTED.replace('default', 'second')})?"
    ),
    re.compile(rf"process\.env\.(?P<name>{_NAME})\b(?:\s*(?:\|\||\?\?)\s*['\"`](?P<default>[^'\"`\n]*)['\"`])?"),
    re.compile(rf"process\.env\[\s*['\"](?P<name>{_NAME})['\"]\s*\]"),
    re.compile(rf"ENV(?:\.fetch\(\s*|\[\s*)['\"](?P<name>{_NAME})['\"](?:{_QUOTED})?"),
    re.compile(rf"os\.(?:Getenv|LookupEnv)\(\s*\"(?P<name>{_NAME})\"\s*\)"),
    re.compile(rf"(?:std::env::var|env::var|System\.getenv|getenv)\(\s*['\"](?P<name>{_NAME})['\"]\s*\)"),
    re.compile(rf"\$\{{(?P<name>{_NAME})(?::(?P<default>[^}}\n]*))?\}}"),
)
_REQUIRED = (_READS[1], _READS[2])
_FIELD = re.compile(  # of a class, at the depth of its body
    r"^(?: {4}|\t)(?P<name>[A-Za-z][A-Za-z0-9_]*)[ \t]*:[ \t]*(?P<type>[\w\[\]|., ]+?)[ \t]*"
    r"(?:=[ \t]*(?:['\"](?P<default>[^'\"\n]*)['\"])?|$|#)",
    re.MULTILINE,
)
_SETTINGS = re.compile(r"class \w+\(\s*(?:\w+\.)?BaseSettings\b[^)]*\):\n(?P<body>(?:[ \t]+.*\n|\n)+)")
_PREFIX = re.compile(r"env_prefix\s*=\s*['\"](\w+)['\"]")
_CONFIGS = (".yml", ".yaml", ".properties", ".toml")


def detect(finds: Finds) -> None:
    """Add every variable, with its default and its example."""
    for file, text in finds.sources:
        if "compose" in file.name or file.name.startswith((".", "mkdocs", "openapi")):
            continue
        where = file.relative_to(finds.home).as_posix()
        for name, default, is_required in (*_read(text, is_config=file.suffix in _CONFIGS), *_fields(text)):
            known = finds.variables.setdefault(name, FoundVariable(name=name, where=where))
            known.default = known.default if known.default is not None else default
            known.is_required = known.is_required or (is_required and default is None)
            known.readers.append(file)
    for names, is_private in ((_EXAMPLES, False), (_PRIVATE, True)):
        for name in names:
            file = finds.home / name
            if file.is_file() and contained.is_within(file, [finds.place.repository]):
                _from_file(finds, name, is_private=is_private)


def _from_file(finds: Finds, name: str, *, is_private: bool) -> None:
    for key, value in dotenv.read(finds.home / name).values.items():
        known = finds.variables.setdefault(key, FoundVariable(name=key, where=name))
        known.is_private = known.is_private or is_private
        if not is_private and known.example is None:
            known.example = value


def _read(text: str, *, is_config: bool) -> Iterator[tuple[str, str | None, bool]]:
    for pattern in _READS[-1:] if is_config else _READS[:-1]:
        for found in pattern.finditer(text):
            groups = found.groupdict()
            written = (groups[key] for key in ("default", "second") if groups.get(key) is not None)
            yield found["name"], next(written, None), pattern in _REQUIRED


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
                yield name, field["default"] if field["default"] is not None else "" if has_default else None, True
