"""Array columns, and the text format of arrays."""

from collections.abc import Sequence
from typing import Any

from localenv.needs.postgres.quoting import name, text
from localenv.needs.postgres.sequences import moved

_COLUMNS = r"""\pset tuples_only on
\pset format unaligned
SELECT (CASE WHEN format_type(t.oid, NULL) IN ('json[]', 'jsonb[]') THEN 'json' ELSE '' END) || ':' || a.attname
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = {table}::regclass AND a.attnum > 0 AND NOT a.attisdropped AND t.typcategory = 'A';
"""


# inserts rows of texts as COPY would read them, with JSON lists as arrays
_INSERT = """DO $localenv$
DECLARE target text; list text;
BEGIN
  SELECT string_agg(CASE WHEN t.typcategory = 'A'
      THEN format('(json_populate_record(NULL::%s, json_build_object(%L, r.%I::json))).%I',
        a.attrelid::regclass, a.attname, a.attname, a.attname)
      ELSE format('r.%I::%I.%I', a.attname, n.nspname, t.typname) END, ', ' ORDER BY a.attnum),
    string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
  INTO list, target
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE a.attrelid = {table}::regclass AND a.attname IN ({columns}) AND NOT a.attisdropped;
  EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM localenv_rows r',
    {table}::regclass, target, list);
END $localenv$"""


def staged(table: str, columns: tuple[str, ...]) -> tuple[str, str]:
    """SQL before and after rows, for a table whose array columns cannot be determined in advance.

    Loads all rows or none.
    """
    texts = ", ".join(f"{name(column)} text" for column in columns)
    whole = text(".".join(map(name, table.split("."))))
    insert = _INSERT.format(table=whole, columns=", ".join(map(text, columns)))
    begin = f"BEGIN;\nCREATE TEMPORARY TABLE localenv_rows ({texts}) ON COMMIT DROP;\n"
    copy = f"COPY localenv_rows ({', '.join(map(name, columns))}) FROM STDIN WITH (FORMAT text, ENCODING 'UTF8');\n"
    return begin + copy, f"\\.\n{insert};\n{moved(table, columns)};\nCOMMIT;\n"


def columns(table: str) -> str:
    """SQL that prints each array column of a table: `:tags`, or `json:more` for one of JSON."""
    return _COLUMNS.format(table=text(".".join(map(name, table.split(".")))))


def literal(items: Sequence[Any]) -> str:
    """Format an array of texts, None and sequences of these.

    https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    return "{" + ",".join(map(_element, items)) + "}"


def _element(item: Any) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, str):
        return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return literal(item)
