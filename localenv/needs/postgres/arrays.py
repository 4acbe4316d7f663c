"""Columns of arrays, and how an array is written."""

from collections.abc import Sequence
from typing import Any

from localenv.needs.postgres.quoting import name, text

_COLUMNS = r"""\pset tuples_only on
\pset format unaligned
SELECT (CASE WHEN format_type(t.oid, NULL) IN ('json[]', 'jsonb[]') THEN 'json' ELSE '' END) || ':' || a.attname
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = {table}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND t.typcategory = 'A';
"""


def columns(table: str) -> str:
    """What the client is told to print each column of arrays of a table: `:tags`, or `json:more` for one of JSON."""
    return _COLUMNS.format(table=text(".".join(map(name, table.split(".")))))


def literal(items: Sequence[Any]) -> str:
    """An array of texts, None and sequences of these.

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    return "{" + ",".join(map(_element, items)) + "}"


def _element(item: Any) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, str):
        return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return literal(item)
