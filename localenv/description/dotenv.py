"""Parse files of `KEY=value` lines like Compose; values are literal, with each `$` a dollar sign, until `filled_in`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from localenv.errors.problems import MOST_PROBLEMS, Position, Problem
from localenv.stack import Reference, Template

# Compose's grammar, https://docs.docker.com/reference/compose-file/services/#env_file-format
_NAME = r"[ \t]*(?:export[ \t]+)?([\w.\-\[\]]+)[ \t]*"
_SEPARATED = _NAME + r"[=:][ \t]*"
_QUOTED = re.compile(_SEPARATED + r"""(['"])((?:(?!\2)[^\\]|\\.)*)\2[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)""", re.DOTALL)
_BROKEN = re.compile(_SEPARATED + r"""(['"])(?P<closed>(?:(?!\2)[^\\]|\\.)*\2)?""", re.DOTALL)
_PLAIN = re.compile(_SEPARATED + r"([^\n]*?)[ \t]*\r?(?:\n|\Z)")
_ALONE = re.compile(_NAME + r"\r?(?:\n|\Z)")
_NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::?-(?P<default>[^{}]*))?\})"
)
_LARGEST = 1 << 20  # bytes of a file
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "$": "$"}


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """The content of a file: `values`, in which the last duplicate wins; names `alone`; invalid lines.

    `verbatim` are the names whose values stand in single quotes.
    """

    values: Mapping[str, str]
    verbatim: frozenset[str] = frozenset()
    alone: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def read(file: Path) -> EnvFile:
    """The variables in a file; an unreadable file is a problem too.

    Names have letters and digits of any language, `_`, `.`, `-`, `[` and `]`; `KEY: value` is accepted too. Quotes
    around a value are removed, and a quoted value may span lines; ` #` outside quotes starts a comment. `"…"` supports
    `\\n`, `\\t`, `\\$`, `\\"` and the like, `'…'` only `\\'`.
    """
    try:
        if file.stat().st_size > _LARGEST:
            return EnvFile(values={}, problems=(Problem("the file is larger than 1 MiB", Position(file)),))
        return parse(file.read_bytes().decode("utf-8-sig"), file)
    except UnicodeDecodeError:
        return EnvFile(values={}, problems=(Problem("the file is not UTF-8 text", Position(file), "save it as UTF-8"),))
    except OSError as error:
        return EnvFile(values={}, problems=(Problem(f"cannot be read: {error.strerror}", Position(file)),))


def parse(text: str, file: Path) -> EnvFile:
    """The variables in the text of a file."""
    values: dict[str, str] = {}
    verbatim: set[str] = set()
    alone: list[str] = []
    problems: list[Problem] = []
    for offset, name, value, is_verbatim in _entries(text):
        if len(problems) > MOST_PROBLEMS:
            break
        if not name:
            at = Position(file, text.count("\n", 0, offset) + 1)
            problems.append(Problem(value or "not a KEY=value line", at, "" if value else "a comment begins with #"))
        elif value is None:
            alone.append(name)
        else:
            values[name] = value
            (verbatim.add if is_verbatim else verbatim.discard)(name)
    return EnvFile(values=values, verbatim=frozenset(verbatim), alone=tuple(alone), problems=tuple(problems))


def filled_in(found: EnvFile, before: Mapping[str, Template]) -> dict[str, Template]:
    """The values as templates, with their variables filled in as Compose does.

    A variable is that of the user or of a `.env` beside `envs/` or of the repository, else of an earlier line, also in
    the files `before`.
    """
    filled: dict[str, Template] = {}
    for name, value in found.values.items():
        parts = (value,) if name in found.verbatim else _parts(value, {**before, **filled})
        filled[name] = Template(tuple(part for part in parts if part))
    return filled


def _parts(value: str, before: Mapping[str, Template]) -> Iterator[str | Reference]:
    end = 0
    for match in _VARIABLE.finditer(value):
        yield value[end : match.start()]
        end = match.end()
        name = match["plain"] or match["braced"]
        known = before[name].parts if name in before else ()
        if match["dollar"]:
            yield "$"
        elif all(isinstance(part, str) for part in known):
            default = "".join(map(str, known)) or match["default"] or ""
            yield Reference(name="env", attribute=name, default=default)
        else:
            yield from known
    yield value[end:]


def _entries(text: str) -> Iterator[tuple[int, str, str | None, bool]]:
    """Each name with its offset, its value (None without one), and whether that is in single quotes.

    An invalid line has no name, and the reason as its value, if there is a special one.
    """
    offset = 0
    while offset < len(text):
        if match := _NOTHING.match(text, offset):
            pass
        elif match := _QUOTED.match(text, offset):
            is_plain = match[2] == '"'
            yield offset, match[1], _unescaped(match[3]) if is_plain else match[3].replace("\\'", "'"), not is_plain
        elif match := _BROKEN.match(text, offset):
            yield (
                offset,
                "",
                f"{match[1]} has {'text after a closed' if match['closed'] else 'an unclosed'} quote",
                False,
            )
            match = _LINE.match(text, offset)
        elif match := _PLAIN.match(text, offset):
            yield offset, match[1], match[2].partition(" #")[0].strip(), False
        elif match := _ALONE.match(text, offset):
            yield offset, match[1], None, False
        else:
            yield offset, "", None, False
            match = _LINE.match(text, offset)
        assert match
        offset = match.end()


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text, flags=re.DOTALL)
