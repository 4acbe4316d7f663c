"""Hints for common YAML mistakes."""

import re

_TRAPS = (
    (re.compile(r"[\[{,:][^\"']*\$\{[^\"']*$"), 'inside {…} and […], quote references: "${…}"'),
    (re.compile(r"[\w.-]+\[[\w,. -]*\]"), "inside {…} and […], quote strings with brackets: 'psycopg[binary]'"),
    (re.compile(r"(^|[\[{,:-])\s*\*"), "quote strings beginning with *: '*.sql'"),
    (re.compile(r"(^|[\[{,:-])\s*[@`%|>&!]"), "quote strings beginning with a special character"),
    (re.compile(r":\s.*:(\s|$)"), "quote strings with ': '"),
)

_NEAR = 500  # characters to each side: the check is quadratic in the length of a line


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
    return next((hint for trap, hint in _TRAPS if trap.search(near)), "")
