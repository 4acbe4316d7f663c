"""Errors in the output of a program."""

import re
from collections.abc import Sequence

_EXCEPTION = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Interrupt|Exit)\b.*")
_ERROR = re.compile(r"error|exception|traceback|fatal|critical|panic|denied|refused|fail", re.IGNORECASE)


def error_line(lines: Sequence[str]) -> str:
    """The last exception of a traceback, else the last line that mentions an error; empty if there is neither."""
    for pattern in (_EXCEPTION.match, _ERROR.search):
        if found := [line for line in lines if pattern(line.strip())]:
            return found[-1].strip()
    return ""
