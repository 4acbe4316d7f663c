"""Find errors in the output of a program."""

import json
import re
from collections.abc import Iterator, Sequence

_TRACEBACK = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"^(?:Caused by: )?(?:\w+[.$])*\w*(?:Error|Exception|Interrupt|Exit)\b.*")
_ERROR = re.compile(r"error|exception|traceback|fatal|critical|panic|denied|refused|fail", re.IGNORECASE)
_OF_PSQL = re.compile(r"(?:psql:.+:\d+: (?:error|ERROR|FATAL): |ERROR:  ).*")
_OF_A_GROUP = re.compile(r"^[ |+-]*\| ")  # the prefix of a Python exception group


def error_line(lines: Sequence[str]) -> str:
    """The last exception, else the last line that mentions an error; empty if there is neither.

    The last line of a Python traceback counts as an exception, whatever its name, also inside a JSON log.
    """
    return exception_line(lines) or next((line.strip() for line in reversed(lines) if _ERROR.search(line)), "")


def exception_line(lines: Sequence[str]) -> str:
    """The last exception; empty if there is none."""
    return next(reversed([*_exceptions(lines)]), "")


def ignored_error(lines: Sequence[str]) -> str:
    """The first error after which psql went on, as it does with a file unless it is told otherwise; empty if none."""
    return next((line.strip() for line in lines if _OF_PSQL.fullmatch(line.strip())), "")


def _exceptions(lines: Sequence[str]) -> Iterator[str]:
    is_in_traceback = False
    for line in _unfolded(lines):
        text = _OF_A_GROUP.sub("", line)
        ends = is_in_traceback and text[:1] not in ("", " ")  # frames are indented
        if ends or _EXCEPTION.match(text.strip()):
            yield text.strip()
        is_in_traceback = text.strip().endswith(_TRACEBACK) or (is_in_traceback and not ends)


def _unfolded(lines: Sequence[str]) -> Iterator[str]:
    """The lines, with tracebacks inside JSON strings split into lines."""
    for line in lines:
        for text in _texts(line) if line.startswith("{") and _TRACEBACK in line else (line,):
            yield from text.splitlines() or [text]


def _texts(line: str) -> list[str]:
    try:
        return [text for text in json.loads(line).values() if isinstance(text, str) and _TRACEBACK in text] or [line]
    except ValueError:
        return [line]
