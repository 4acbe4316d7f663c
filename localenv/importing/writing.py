"""Write a sketch as YAML: block style, scalars quoted only where they would mean something else."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from localenv.importing.sketch import Sketch, SketchPath

_ORDER = ("name", "services", "needs", "secrets", "configs", "upstreams", "jobs", "smoke", "notes")
_SPACED = frozenset({"services", "needs", "secrets", "configs", "upstreams", "jobs", "smoke"})
_PLAIN = re.compile(r"[A-Za-z0-9_./(][A-Za-z0-9_./@%+=:~,()*<>!?;^ -]*")
_SPECIAL = re.compile(  # what a reader of YAML takes for another type, or for a key
    r"(~|null|true|false|yes|no|on|off)|[-+]?(\.?\d[\d_]*\.?[\d_]*([eE][-+]?\d+)?|0[xo][0-9a-fA-F]+|\.inf|\.nan)"
    r"|\d+(:[0-5]?\d)+(\.\d*)?|\d{4}-\d\d?-\d\d?.*",
    re.IGNORECASE,
)
_NULL = re.compile(r"~|null", re.IGNORECASE)
_WIDE = 100  # characters of a list or mapping on one line
_FLOW = re.compile(r"[,\[\]{}]")


class _Comments:
    """The comments of a sketch, and the paths around them."""

    def __init__(self, sketch: Sketch) -> None:
        self.known = sketch.comments
        self.around = {path[:length] for path in self.known for length in range(1, len(path))}


def text(sketch: Sketch, head: Sequence[str] = ()) -> str:
    """The file, with lines of comment at its top and what was left out at its end."""
    lines, comments = [*head], _Comments(sketch)
    for key in _ORDER:
        value = sketch.document.get(key)
        if value in (None, {}, []):
            continue
        if lines and key in _SPACED:
            lines.append("")
        lines += _entry(comments, (key,), key, value, 0)
    if sketch.left_out:
        lines += ["", f"# Left out of {sketch.source}:", *(f"# - {_one_line(one)}" for one in sketch.listed)]
    return "\n".join(lines) + "\n"


def _entry(comments: _Comments, path: SketchPath, key: str, value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    comment = f"  # {_one_line(comments.known[path])}" if path in comments.known else ""
    name = f"{indent}{scalar(key)}:"
    flow = _on_one_line(comments, path, value)
    is_short = flow is not None and len(name) + len(flow) < _WIDE and len(name) + len(flow) + len(comment) < 2 * _WIDE
    if flow is not None and (is_short or not value or not isinstance(value, Mapping | list | tuple)):
        yield f"{name} {flow}{comment}"
    elif isinstance(value, Mapping):
        yield f"{name}{comment}"
        for inner, one in value.items():
            yield from _entry(comments, (*path, str(inner)), str(inner), one, depth + 1)
    elif isinstance(value, list | tuple):
        yield f"{name}{comment}"
        for number, one in enumerate(value):
            yield from _item(comments, (*path, str(number)), one, depth + 1)
    elif isinstance(value, str) and _is_block(value):
        yield f"{name} |{'' if value.endswith(chr(10)) else '-'}{comment}"
        yield from (f"{indent}  {line}".rstrip() for line in value.rstrip("\n").split("\n"))
    else:
        yield f"{name} {scalar(value, is_raw=_is_raw(path))}{comment}"


def _item(comments: _Comments, path: SketchPath, value: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    comment = f"  # {_one_line(comments.known[path])}" if path in comments.known else ""
    if isinstance(value, Mapping | list | tuple):
        yield f"{indent}- {_flow(value, is_raw=_is_raw(path))}{comment}"
    else:
        yield f"{indent}- {scalar(value, is_raw=_is_raw(path))}{comment}"


def _on_one_line(comments: _Comments, path: SketchPath, value: Any) -> str | None:
    """A short scalar, list or mapping without comments inside; None for what needs lines of its own."""
    if isinstance(value, str):
        return None if _is_block(value) else scalar(value, is_raw=_is_raw(path))
    if not isinstance(value, Mapping | list | tuple):
        return scalar(value)
    is_commented = path in comments.around
    is_deep = len(path) < 2 or (len(path) == 2 and path[0] == "services") or path[-1] in ("environment", "compose")
    if value and (is_commented or (isinstance(value, Mapping) and is_deep)):
        return None
    inner = value.values() if isinstance(value, Mapping) else value
    if any(isinstance(one, str) and ("\n" in one or len(one) > _WIDE) for one in inner):
        return None if isinstance(value, Mapping) else _flow(value, is_raw=_is_raw(path))
    return _flow(value, is_raw=_is_raw(path))


def _is_raw(path: SketchPath) -> bool:
    return "compose" in path[2:]


def _flow(value: Any, *, is_raw: bool) -> str:
    match value:
        case Mapping():
            return (
                "{" + ", ".join(f"{scalar(str(key))}: {_flow(one, is_raw=is_raw)}" for key, one in value.items()) + "}"
            )
        case list() | tuple():
            return "[" + ", ".join(_flow(one, is_raw=is_raw) for one in value) + "]"
        case str() if _FLOW.search(value):
            return _quoted(value)
        case _:
            return scalar(value, is_raw=is_raw)


def scalar(value: Any, *, is_raw: bool = False) -> str:
    """A scalar as YAML; a text under `compose:` is quoted if Compose would read another type."""
    match value:
        case None:
            return "null"
        case True | False:
            return str(value).lower()
        case str():
            is_other = (_SPECIAL if is_raw else _NULL).fullmatch(value)
            is_plain = _PLAIN.fullmatch(value) and not is_other and not value.endswith((":", " "))
            return value if is_plain and ": " not in value and " #" not in value else _quoted(value)
        case _:
            return str(value)


def _quoted(value: str) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in written)


def _is_block(value: str) -> bool:
    """Whether a text is easier to read as several lines; one that a block would change is quoted."""
    lines = value.rstrip("\n").split("\n")
    is_printable = all(character.isprintable() or character in "\n" for character in value)
    ends_once = len(value) - len(value.rstrip("\n")) <= 1
    keeps = all(line == line.rstrip() for line in lines)  # also no tabs at ends
    return len(lines) > 1 and is_printable and ends_once and keeps and not lines[0].startswith((" ", "\t"))


def _one_line(value: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())
