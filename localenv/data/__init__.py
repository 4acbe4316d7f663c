"""Load files into needs with the needs' own clients, at their speed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

from localenv.data import failures, tables, values
from localenv.data.csv_rows import CsvRows
from localenv.data.source import UNREADABLE, DataFile, chunks
from localenv.errors import JobError
from localenv.errors.problems import Position
from localenv.needs import Row, Sql, files, includes
from localenv.needs.kinds import KINDS
from localenv.process import Completed
from localenv.stack import Command, Job, Need, Template
from localenv.stack.references import literal

# runs a command with more variables inside a service to completion, with input and without a terminal
ExecuteInNeed = Callable[[str, Command, Mapping[str, Template], Iterable[bytes] | None], Completed]

_READ = 'exec "$@" <"$0"'
_UNPACKED = 'gzip -t "$0" && gzip -dc "$0" | "$@"'


def prepare(need: Need, execute: ExecuteInNeed) -> None:
    """Create what a need requires before its first job: further databases, extensions, rights; raises JobError."""
    sql = KINDS[need.kind].sql
    text = sql.initial(need) if sql else ""
    if not sql or not text:
        return
    completed = execute(need.name, sql.client(need), _variables(need), [text.encode()])
    if completed.code:
        _, reason = sql.culprit(completed.output)
        raise JobError(f"preparing '{need.name}' failed: {reason}", log=failures.end(completed))


def script(job: Job, need: Need, place: str) -> Job:
    """Convert an SQL file that includes others to a command in the image of `place`, the need's server."""
    assert job.file is not None
    how = _UNPACKED if files.is_compressed(job.file) else _READ
    read = (literal(word) for word in ("sh", "-c", how, job.file.name))
    command = (*read, *_sql(need).client(need))
    at, environment = Position(job.file), _variables(need)
    return replace(job, file=None, command=command, service=place, need=place, environment=environment, at=at)


def load(job: Job, need: Need, execute: ExecuteInNeed, run: Callable[[Job], Completed] | None = None) -> Completed:
    """Load the job's file into the need; raises JobError naming the line that failed, and why.

    An SQL file that includes others is read beside them, by `run`, which runs the `script` of the job.

    A file of rows is loaded completely or not at all; an SQL file statement by statement, like the images' init
    folders.
    """
    assert job.file is not None
    if job.table:
        return _rows(job, job.file, need, execute)
    if run and includes.is_any(job.file, need.kind):
        return _checked(job, job.file, need, run(job))
    return _statements(job, job.file, need, execute)


def feed(job: Job, need: Need) -> tuple[Command, Iterable[bytes]]:
    """The client that loads the job's file, and its input; either raises JobError if the file cannot be read."""
    assert job.file is not None
    sql = _sql(need)
    if not job.table:
        return sql.client(need), _readable(job, job.file, chunks(job.file))
    reader, columns = _reader(job, job.file)
    if not columns:  # no rows: nothing to send
        return sql.client(need), ()
    rows = sql.rows(job.table, columns, _texts(reader, sql, {}), sql.BATCH)
    if sql.ARRAYS and _has_lists(job, job.file, reader):
        before, behind = sql.ARRAYS.staged(job.table, columns)
        return sql.client(need), _readable(job, job.file, chain([before.encode()], rows, [behind.encode()]))
    return sql.table(need, job.table, columns), _readable(job, job.file, rows)


def _has_lists(job: Job, file: Path, reader: tables.Rows) -> bool:
    """Whether any JSON value is a list, which may be for an array column."""
    if isinstance(reader, CsvRows):
        return False
    try:
        return any(isinstance(value, list) for _, row in reader.rows() for value in row)
    except UNREADABLE as error:
        raise failures.unreadable(job, file, error) from error


def _sql(need: Need) -> Sql:
    """The SQL support of a kind; files of other kinds are refused earlier."""
    sql = KINDS[need.kind].sql
    assert sql is not None
    return sql


def _variables(need: Need) -> Mapping[str, Template]:
    return KINDS[need.kind].variables(need)


def _readable(job: Job, file: Path, read: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a file; raises JobError if it cannot be read any further."""
    try:
        yield from read
    except UNREADABLE as error:
        raise failures.unreadable(job, file, error) from error


def _reader(job: Job, file: Path) -> tuple[tables.Rows, tuple[str, ...]]:
    """The rows of a file and their columns; raises JobError for an unreadable file."""
    reader = tables.READERS[files.ending(file)](file)
    try:
        return reader, reader.columns()
    except UNREADABLE as error:
        raise failures.unreadable(job, file, error) from error


def _texts(reader: tables.Rows, sql: Sql, arrays: Mapping[int, bool]) -> Iterator[Row]:
    """The rows in the columns' text format."""
    if isinstance(reader, CsvRows):
        return (row for _, row in reader.rows())
    return (values.row(row, line, sql, arrays) for line, row in reader.rows())


def _arrays(table: str, columns: tuple[str, ...], file: Path, need: Need, execute: ExecuteInNeed) -> Mapping[int, bool]:
    """The indices of array columns, and whether each holds JSON; queried only if the file may contain lists."""
    arrays = _sql(need).ARRAYS
    if arrays is None or files.ending(file) == ".csv":
        return {}
    asked = execute(need.name, _sql(need).client(need), _variables(need), [arrays.columns(table).encode()])
    if asked.code:  # no such table: reported when the rows are loaded
        return {}
    found = {name: kind == "json" for kind, mark, name in (line.partition(":") for line in asked.lines) if mark}
    return {place: found[name] for place, name in enumerate(columns) if name in found}


def _statements(job: Job, file: Path, need: Need, execute: ExecuteInNeed) -> Completed:
    sql, source = _sql(need), DataFile(chunks(file))
    completed = execute(need.name, sql.client(need), _variables(need), source)
    if source.failure:
        raise failures.unreadable(job, file, source.failure)
    return _checked(job, file, need, completed)


def _checked(job: Job, file: Path, need: Need, completed: Completed) -> Completed:
    """Raise JobError for the statement that failed, also in an included file."""
    if completed.code:
        sql = _sql(need)
        line, reason = sql.culprit(completed.output)
        included = sql.included(completed.output)
        raise failures.statement(job, file.parent / included if included else file, line, reason, completed)
    return completed


def _rows(job: Job, file: Path, need: Need, execute: ExecuteInNeed) -> Completed:
    sql = _sql(need)
    assert job.table is not None
    reader, columns = _reader(job, file)
    if not columns:
        return Completed(code=0, output="")
    client = sql.table(need, job.table, columns)
    arrays = _arrays(job.table, columns, file, need, execute)
    for batch in sorted({sql.BATCH, 1}, reverse=True):
        source = DataFile(sql.rows(job.table, columns, _texts(reader, sql, arrays), batch))
        completed = execute(need.name, client, _variables(need), source)
        if source.failure:
            raise failures.unreadable(job, file, source.failure)
        if not completed.code:
            return completed  # otherwise repeat row by row, until one fails
    line, reason = sql.culprit(completed.output)
    raise failures.row(job, file, reader, line, reason, completed)
