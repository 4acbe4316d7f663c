"""Files that can be loaded into a need: their format and compression, by name."""

from pathlib import Path

from localenv.needs.kinds import KINDS

SQL = ".sql"
ROWS = (".csv", ".json", ".ndjson", ".jsonl")
ENDINGS = f"{', '.join((SQL, *ROWS))}, each also with .gz"
_COMPRESSED = ".gz"


def ending(file: Path) -> str:
    """The format of a file, in lower case and without compression: `.sql` for `SCHEMA.SQL.gz`."""
    return (Path(file.stem) if is_compressed(file) else file).suffix.lower()


def is_compressed(file: Path) -> bool:
    """Whether it is compressed with gzip."""
    return file.suffix.lower() == _COMPRESSED


def problem(file: Path, table: str | None, into: str, shown: str = "") -> tuple[str, str] | None:
    """Why a file, written as `shown` in the description, cannot be loaded into a need of that kind, and a hint.

    None if it can.
    """
    if KINDS[into].sql is None:
        return f"{into} cannot load files", "use a command: {command: …, service: …}"
    if ending(file) in ROWS:
        hint = f"as in {{file: {shown or file.name}, table: {file.name.partition('.')[0]}}}"
        return None if table else (f"{file.name} needs table:", hint)
    if ending(file) != SQL:
        return f"{file.name} cannot be loaded into a need", f"supported: {ENDINGS}"
    return (f"{file.name} is SQL; table: is not allowed", "remove table:") if table else None
