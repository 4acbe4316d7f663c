"""Hints for common YAML mistakes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from localenv.errors.counting import counted

_TRAPS = (
    (re.compile(r"[\[{,:][^\"']*\$\{[^\"']*$"), 'inside {…} and […], quote references: "${…}"'),
    (re.compile(r"[\w.-]+\[[\w,. -]*\]"), "inside {…} and […], quote strings with brackets: 'psycopg[binary]'"),
    (re.compile(r"(^|[\[{,:-])\s*\*"), "quote strings beginning with *: '*.sql'"),
    (re.compile(r"(^|[\[{,:-])\s*[@`%|>&!]"), "quote strings beginning with a special character"),
)
_SECOND_COLON = (re.compile(r":\s.*:(\s|$)"), "quote strings with ': '")

_NEAR = 500  # characters to each side: the check is quadratic in the length of a line

_QUOTES = ("'", '"')
_OPENING = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
_CLOSING = (yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_AFTERWARDS = ("mapping values are not allowed", "expected key", "expected <block end>")  # of two parsers
_COLON = re.compile(r":(?:\s|$)")
_KEY = re.compile(r"(?P<key>[A-Za-z_][\w.-]*)(?:(?P<colon>:)(?=[^/])|\s+|$)(?P<value>.*)$")


def hint_for(line: str, column: int) -> str:
    """A hint for a YAML error in a line at a column counted from 0; empty if unknown."""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or line[column : column + 1] == "\t":
        return "indent with spaces; YAML does not allow tabs"
    if line[max(column - 1, 0) : column + 1] == "${":
        return _TRAPS[0][1]
    if re.match(r"\w\[", line[max(column - 1, 0) : column + 1]):
        return _TRAPS[1][1]
    near = line[max(column - _NEAR, 0) : column + _NEAR]
    is_of_key = line[column : column + 1] == ":" and not _COLON.search(line[:column])  # its line is indented otherwise
    traps = _TRAPS if is_of_key else (*_TRAPS, _SECOND_COLON)
    return next((hint for trap, hint in traps if trap.search(near)), "")


def hint_around(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> str:
    """A hint for an error of YAML whose cause is in an earlier line: a line that is indented otherwise."""
    if error.problem_mark and any(one in (error.problem or "") for one in (*_AFTERWARDS, "expected '-'")):
        return _indented(error.problem_mark.line, lines)
    return ""


def _indented(number: int, lines: Sequence[str]) -> str:
    """A hint for a line that is indented otherwise than the earlier one which is nearest to it in that."""
    if number >= len(lines):
        return ""
    here = _indent(lines[number])
    earlier = [one for one in range(number) if lines[one].split("#")[0].strip()]
    if earlier and lines[number].lstrip().startswith("- ") and _indent(lines[earlier[-1]]) == here:
        return f"a list stands under a key of its own, not beside the keys of line {earlier[-1] + 1}"
    others = [one for one in earlier if _indent(lines[one]) != here]
    if not others:
        return ""
    like = min(reversed(others), key=lambda one: abs(_indent(lines[one]) - here))
    spaces = _indent(lines[like])
    return f"indent it like line {like + 1}, with {counted(spaces, 'space')}, if it belongs beside it"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def unclosed(error: yaml.MarkedYAMLError, text: str, loader: Any) -> yaml.Mark | None:
    """Where the quote or bracket begins that is not closed, which an error of YAML at a later place is about."""
    problem, context = error.problem or "", error.context or ""
    if "quoted scalar" in context and "end of stream" in problem:
        return error.context_mark
    in_brackets = "flow" in context or "expected node content" in problem
    return _opened(text, loader, error.problem_mark.line if error.problem_mark else -1, in_brackets=in_brackets)


def _opened(text: str, loader: Any, line: int, *, in_brackets: bool) -> yaml.Mark | None:
    """Where a quote begins that is closed by one of a later line, or a bracket not closed by one of its kind."""
    opened: list[yaml.Token] = []
    try:
        for token in yaml.scan(text, Loader=loader):
            if isinstance(token, yaml.ScalarToken) and token.style in _QUOTES:
                if token.start_mark.line < token.end_mark.line == line:
                    opened = [token]
                    break
            elif not in_brackets:
                continue
            elif isinstance(token, _OPENING):
                opened.append(token)
            elif isinstance(token, _CLOSING):
                if not opened or _OPENING.index(type(opened[-1])) != _CLOSING.index(type(token)):
                    break
                opened.pop()
    except yaml.YAMLError:
        return None
    begin: yaml.Mark | None = opened[-1].start_mark if opened else None
    return begin


@dataclass(frozen=True, kw_only=True)
class WithoutColon:
    """A line whose key has no colon, or no space after it: a parser complains about a later line."""

    line: int
    column: int
    missing: str
    hint: str


def without_colon(error: yaml.MarkedYAMLError, lines: Sequence[str]) -> WithoutColon | None:
    """Where the colon is missing that a parser expected; None for another mistake."""
    problem, at = error.problem or "", error.problem_mark
    if "expected ':'" in problem and error.context_mark:
        number = error.context_mark.line
    elif any(one in problem for one in _AFTERWARDS) and at:
        earlier = range(min(at.line, len(lines)) - 1, -1, -1)
        number = next((one for one in earlier if lines[one].split("#")[0].strip()), -1)
    else:
        return None
    line = lines[number] if 0 <= number < len(lines) else ""
    text, column = line.split(" #")[0].strip(), len(line) - len(line.lstrip())
    found = None if _COLON.search(text) else _KEY.match(text)
    if found is None:
        return None
    missing = "a space after ':'" if found["colon"] else "':'"
    return WithoutColon(line=number, column=column, missing=missing, hint=f"{found['key']}: {found['value'] or '…'}")
