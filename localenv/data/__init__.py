"""Data for needs: files read into them by their own clients, at the speed of those."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from localenv import needs
from localenv.data import failures, tables
from localenv.data.source import UNREADABLE, Source, chunks
from localenv.errors import JobError
from localenv.needs import files
from localenv.process import Completed
from localenv.stack import Command, Job, Need, Template

# runs a command with more variables in the place of a service and feeds it, without a terminal, to its end
Execute = Callable[[str, Command, Mapping[str, Template], Iterable[bytes] | None], Completed]


def prepare(need: Need, execute: Execute) -> None:
    """Make what a need holds before its first job: further databases, extensions, rights; raises JobError."""
    kind = needs.kind(need.kind)
    text, client = kind.initial(need), kind.sql(need)
    if not text or client is None:
        return
    completed = execute(need.name, client, kind.variables(need), [text.encode()])
    if completed.code:
        _, reason = kind.culprit(completed.output)
        raise JobError(f"preparing '{need.name}' failed: {reason}", log=failures.end(completed))


def load(job: Job, need: Need, execute: Execute) -> Completed:
    """Read the job's file into the need; raises JobError naming the line that failed, and why.

    A file of rows goes in whole or not at all; a file of SQL statement by statement, as the images' init folders do it.
    """
    assert job.file is not None
    return _rows(job, job.file, need, execute) if job.table else _statements(job, job.file, need, execute)


def feed(job: Job, need: Need) -> tuple[Command, Iterable[bytes]]:
    """The client that reads the job's file, and what it reads; either raises JobError where it cannot be read."""
    assert job.file is not None
    kind = needs.kind(need.kind)
    if not job.table:
        return kind.sql(need) or (), _told(job, job.file, chunks(job.file))
    assert kind.TABLES is not None
    reader, columns = _reader(job, job.file, kind.TABLES)
    if not columns:  # no rows: a client that is told nothing
        return kind.sql(need) or (), ()
    rows = kind.rows(job.table, columns, reader.csv(), kind.TABLES.batch)
    return kind.table(need, job.table, columns) or (), _told(job, job.file, rows)


def _told(job: Job, file: Path, read: Iterable[bytes]) -> Iterator[bytes]:
    """What is read of a file; raises JobError where that cannot go on."""
    try:
        yield from read
    except UNREADABLE as error:
        raise failures.unreadable(job, file, error) from error


def _reader(job: Job, file: Path, how: needs.Tables) -> tuple[tables.Rows, tuple[str, ...]]:
    """The rows of a file and the columns they fill; raises JobError for a file that cannot be read."""
    reader = tables.READERS[files.ending(file)](file, how.booleans)
    try:
        return reader, reader.columns()
    except UNREADABLE as error:
        raise failures.unreadable(job, file, error) from error


def _statements(job: Job, file: Path, need: Need, execute: Execute) -> Completed:
    kind = needs.kind(need.kind)
    client = kind.sql(need)
    assert client is not None
    source = Source(chunks(file))
    completed = execute(need.name, client, kind.variables(need), source)
    if source.failure:
        raise failures.unreadable(job, file, source.failure)
    if completed.code:
        line, reason = kind.culprit(completed.output)
        raise failures.statement(job, file, line, reason, completed)
    return completed


def _rows(job: Job, file: Path, need: Need, execute: Execute) -> Completed:
    kind = needs.kind(need.kind)
    assert kind.TABLES is not None
    assert job.table is not None
    reader, columns = _reader(job, file, kind.TABLES)
    if not columns:
        return Completed(code=0, output="")
    client = kind.table(need, job.table, columns)
    assert client is not None
    for batch in sorted({kind.TABLES.batch, 1}, reverse=True):
        source = Source(kind.rows(job.table, columns, reader.csv(), batch))
        completed = execute(need.name, client, kind.variables(need), source)
        if source.failure:
            raise failures.unreadable(job, file, source.failure)
        if not completed.code:
            return completed  # else once more row by row, until the one that fails
    line, reason = kind.culprit(completed.output)
    raise failures.row(job, file, reader, line, reason, completed)
