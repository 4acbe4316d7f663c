"""Hints for common YAML mistakes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

_TRAPS = (
    (re.compile(r"[\[{,:][^\"']*\$\{[^\"']*$"), 'inside {…} and […], quote references: "${…}"'),
    (re.compile(r"[\w.-]+\[[\w,. -]*\]"), "inside {…} and […], quote strings with brackets: 'psycopg[binary]'"),
    (re.compile(r"(^|[\[{,:-])\s*\*"), "quote strings beginning with *: '*.sql'"),
    (re.compile(r"(^|[\[{,:-])\s*[@`%|>&!]"), "quote strings beginning with a special character"),
)
_SECOND_COLON = (re.compile(r":\s.*:(\s|$)"), "quote strings with ': '")

_NEAR = 500  # characters to each side: the check is quadratic in the length of a line

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
    """A hint for an error of YAML whose cause is in an earlier line: what is not closed, or indented otherwise."""
    problem, context = error.problem or "", error.context or ""
    if "expected ','" in problem and error.context_mark:
        return f"the bracket opened in line {error.context_mark.line + 1} is not closed"
    if "flow node" in context or "expected node content" in problem:
        return "a bracket [ or { before it is not closed"
    if "quoted scalar" in context:
        return "the quote that begins here is not closed"
    if error.problem_mark and any(one in problem for one in _AFTERWARDS):
        return _indented(error.problem_mark.line, lines)
    return ""


def _indented(number: int, lines: Sequence[str]) -> str:
    before = next((one for one in range(min(number, len(lines)) - 1, -1, -1) if lines[one].split("#")[0].strip()), None)
    if before is None or number >= len(lines):
        return ""
    spaces, here = (len(line) - len(line.lstrip()) for line in (lines[before], lines[number]))
    if lines[number].lstrip().startswith("- ") and spaces == here:
        return f"a list stands under a key of its own, not beside the keys of line {before + 1}"
    return f"indent it like line {before + 1}, with {spaces} spaces, if it belongs beside it" if spaces != here else ""


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
