"""Errors for a file that could not be loaded into a need: the line, the reason, the text that failed."""

import gzip
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from localenv.data import pieces, source
from localenv.data.source import UNREADABLE, Malformed, chunks
from localenv.data.tables import Rows
from localenv.errors import JobError, shown
from localenv.needs import files
from localenv.process import Completed
from localenv.stack import Job

_MOST = 5  # lines of a statement
_WIDEST = 200  # characters of a line
_LOG = 20  # lines of output


def statement(job: Job, file: Path, line: int | None, reason: str, completed: Completed) -> JobError:
    """The error of a failed statement in an SQL file, or in one that it includes; `line` is its first or its last."""
    if file != job.file and source.is_wide(file):
        hint = f"save it as UTF-8, or list it under seed: of {job.need}, where UTF-16 is read"
        return _error(job, file, None, "an included file must be UTF-8, and this is UTF-16", [], end(completed), hint)
    return _error(job, file, line, reason, _statement(file, line) if line else [], end(completed))


def row(job: Job, file: Path, rows: Rows, number: int | None, reason: str, completed: Completed) -> JobError:
    """The error of a failed row, counted from 1."""
    found = next(islice((line for line, _ in rows.rows()), number - 1, None), None) if number else None
    return _error(job, file, found, reason, _region(file, found, found) if found else [], end(completed))


def unreadable(job: Job, file: Path, error: Exception) -> JobError:
    """The error of an unreadable file."""
    match error:
        case Malformed():
            return _error(job, file, error.line, str(error), _region(file, error.line, error.line), [], error.hint)
        case UnicodeDecodeError():
            return _error(job, file, None, f"the file is not {error.encoding.upper()}", [], [])
        case EOFError() | zlib.error() | gzip.BadGzipFile():
            return _error(job, file, None, "the compressed data is damaged or incomplete", [], [])
        case RecursionError():
            return _error(job, file, None, "nested too deeply", [], [])
        case OSError():
            return _error(job, file, None, (error.strerror or str(error)).lower(), [], [])
    return _error(job, file, None, str(error), [], [])


def end(completed: Completed) -> list[str]:
    """The end of the output."""
    return list(completed.lines[-_LOG:])


def _error(
    job: Job, file: Path, line: int | None, reason: str, text: list[str], log: list[str], hint: str = ""
) -> JobError:
    where = f"{shown(file)}:{line}" if line else shown(file)
    quoted = "".join(f"\n    {one[:_WIDEST]}" for one in text)
    return JobError(f"{job.need}.seed failed at {where}: {reason}{quoted}", hint=hint, log=log)


def _statement(file: Path, line: int) -> list[str]:
    """The lines of the statement at this line, as far as line ends show."""
    before = _region(file, max(1, line - _MOST + 1), line)
    begins = next((n for n in range(len(before) - 1, 0, -1) if before[n - 1].rstrip().endswith(";")), 0)
    after = [] if before and before[-1].rstrip().endswith(";") else _rest(file, line + 1)
    return [*before[begins:], *after][:_MOST]


def _rest(file: Path, line: int) -> list[str]:
    following = _region(file, line, line + _MOST - 1)
    ends = next((n for n, text in enumerate(following) if text.rstrip().endswith(";")), len(following))
    return following[: ends + 1]


def _region(file: Path, first: int, last: int) -> list[str]:
    """Lines of a file, counted from 1, as far as it can be read."""
    try:
        return list(islice(_lines(file), first - 1, last))
    except UNREADABLE:
        return []


def _lines(file: Path) -> Iterator[str]:
    is_csv = files.ending(file) == ".csv"  # CSV lines may end in CR alone
    texts = (line.encode(errors="surrogateescape") for line in source.lines(file)) if is_csv else ()
    return (line.decode(errors="replace").rstrip("\r\n") for line in (texts or pieces.lines(chunks(file))))
