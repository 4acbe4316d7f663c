"""Parse files of `KEY=value` lines like Compose; values are literal, with each `$` a dollar sign, until `filled_in`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localenv.description.interpolation import Interpolated, filled
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
_LARGEST = 1 << 20  # bytes of a file
_LONGEST, _MOST_FILLED = 128 << 10, 2 << 20  # characters of a value and of a file, filled in: no program is given more
_MOST_VARIABLES = 200  # in one value
_ESCAPE = re.compile(r"\\(0\d{0,3}|.)", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "$": "$"}


@dataclass(frozen=True, kw_only=True)
class EnvFile:
    """The content of a file: `values`, in which the last duplicate wins; names `alone`; invalid lines.

    `fillable` are the same values with variables, in which a literal dollar sign is `$$`; `at` are their lines.
    """

    values: Mapping[str, str]
    fillable: Mapping[str, str] = field(default_factory=dict)
    at: Mapping[str, Position] = field(default_factory=dict)
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
    fillable: dict[str, str] = {}
    positions: dict[str, Position] = {}
    alone: list[str] = []
    problems: list[Problem] = []
    line, counted = 1, 0
    for offset, name, value, to_fill in _entries(text):
        if len(problems) > MOST_PROBLEMS:
            break
        line, counted = line + text.count("\n", counted, offset), offset
        at = Position(file, line)
        if not name:
            problems.append(Problem(value or "not a KEY=value line", at, "" if value else "a comment begins with #"))
        elif value is None:
            alone.append(name)
        else:
            for earlier in (values, fillable):  # the last duplicate may name the lines before it
                earlier.pop(name, None)
            values[name], fillable[name], positions[name] = value, to_fill, at
    return EnvFile(values=values, fillable=fillable, at=positions, alone=tuple(alone), problems=tuple(problems))


def filled_in(
    found: EnvFile, before: Mapping[str, Template], environ: Mapping[str, str]
) -> tuple[dict[str, Template], list[Problem]]:
    """The values as templates, with their variables filled in as Compose does, and the mistakes in them.

    A variable is that of `environ`, else of an earlier line, also in the files `before`.
    """
    templates: dict[str, Template] = {}
    texts = {name: _text(template, environ) for name, template in before.items()}
    problems: list[Problem] = []

    def lookup(name: str) -> Interpolated | None:
        if name in environ:
            return Interpolated(text=environ[name], parts=(Reference(name="env", attribute=name, default=""),))
        if name not in texts:
            return None
        parts = (templates.get(name) or before[name]).parts
        is_literal = all(isinstance(part, str) for part in parts)
        own = Reference(name="env", attribute=name, default=texts[name])
        return Interpolated(text=texts[name], parts=(own,) if is_literal else parts)

    left = _MOST_FILLED
    for name, text in found.fillable.items():
        try:
            known = _bounded(text, lookup, left)
        except ValueError as error:
            hint = "" if isinstance(error, _TooLarge) else "write $$ for a dollar sign"
            problems.append(Problem(f"{name}: {error}", found.at[name], hint))
            if len(problems) > MOST_PROBLEMS:
                break
            continue
        left -= len(known.text)
        templates[name], texts[name] = Template(known.parts, found.at[name]), known.text
    return templates, problems


class _TooLarge(ValueError):  # noqa: N818 - says what is the matter
    """A value that would become too large."""


def _bounded(text: str, lookup: Callable[[str], Interpolated | None], most: int) -> Interpolated:
    """The text with its variables filled in; raises _TooLarge where it becomes so: lines can double others."""
    if "$" in text and (text.count("$") > _MOST_VARIABLES or len(text) > _LONGEST):
        raise _TooLarge(f"has more than {_MOST_VARIABLES} variables, or is longer than {_LONGEST >> 10} KiB")
    known = filled(text, lookup)
    if len(known.text) > min(_LONGEST, most) or len(known.parts) > _MOST_VARIABLES:
        raise _TooLarge("becomes too large with its variables filled in")
    return known


def _text(template: Template, environ: Mapping[str, str]) -> str:
    return "".join(
        part if isinstance(part, str) else environ.get(part.attribute) or part.default or "" for part in template.parts
    )


def _entries(text: str) -> Iterator[tuple[int, str, str | None, str]]:
    """Each name with its offset, its value (None without one), and that value as `filled_in` takes it.

    An invalid line has no name, and the reason as its value, if there is a special one.
    """
    offset = 0
    while offset < len(text):
        if match := _NOTHING.match(text, offset):
            pass
        elif match := _QUOTED.match(text, offset):
            is_double = match[2] == '"'
            value = _unescaped(match[3]) if is_double else match[3].replace("\\'", "'")
            yield offset, match[1], value, _unescaped(match[3], "$$") if is_double else value.replace("$", "$$")
        elif match := _BROKEN.match(text, offset):
            yield (
                offset,
                "",
                f"{match[1]} has {'text after a closed' if match['closed'] else 'an unclosed'} quote",
                "",
            )
            match = _LINE.match(text, offset)
        elif match := _PLAIN.match(text, offset):
            value = match[2].partition(" #")[0].strip()
            yield offset, match[1], value, value
        elif match := _ALONE.match(text, offset):
            yield offset, match[1], None, ""
        else:
            yield offset, "", None, ""
            match = _LINE.match(text, offset)
        assert match
        offset = match.end()


def _unescaped(text: str, dollar: str = "$") -> str:
    """The text of double quotes; `dollar` stands for an escaped dollar sign."""
    return _ESCAPE.sub(lambda found: dollar if found[1] == "$" else _ESCAPES.get(found[1]) or _octal(found), text)


def _octal(found: re.Match[str]) -> str:
    number = int(found[1][1:] or "0", 8) if re.fullmatch("0[0-7]{3}", found[1]) else 256
    return chr(number) if number < 256 else found[0]  # of another length or size: as written
