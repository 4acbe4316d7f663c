"""The relations of a PostgreSQL database with a state for each: tables, sequences, views, large objects."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from localenv.needs import Refused
from localenv.needs.postgres.wire import PostgresSession

EMPTY = "0 0"  # the state of an empty table
UNPOPULATED = "unpopulated"  # of a materialized view without data

_CATALOG = """
SELECT c.relkind, format('%I.%I', n.nspname, c.relname),
  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''), c.relispopulated
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S', 'm', 'f') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY c.oid
"""

# every new row creates a new row version: its location and transaction identify it
_VERSIONS = "count(*) || ' ' || coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)), 0)"
_CONTENT = "count(*) || ' ' || coalesce(sum(hashtextextended(one::text, 0)), 0)"


@dataclass(frozen=True, kw_only=True)
class PostgresRelation:
    """One relation; names are quoted for SQL."""

    kind: str  # pg_class: r, S, m, f; L: all large objects
    name: str  # with its schema
    columns: str | None = None  # without generated ones; None if there are none
    is_populated: bool = True

    @property
    def is_table(self) -> bool:
        """Whether it stores rows: a partition does, a partitioned table does not."""
        return self.kind == "r"

    @property
    def is_sequence(self) -> bool:
        """Whether it is a sequence."""
        return self.kind == "S"

    @property
    def is_view(self) -> bool:
        """Whether it is a materialized view."""
        return self.kind == "m"

    @property
    def is_foreign(self) -> bool:
        """Whether it is a foreign table."""
        return self.kind == "f"

    @property
    def is_large_objects(self) -> bool:
        """Whether it represents all large objects."""
        return self.kind == "L"

    @property
    def shown(self) -> str:
        """Its name for a person."""
        return "large objects" if self.is_large_objects else self.name.removeprefix("public.")

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


# https://www.postgresql.org/docs/current/catalog-pg-largeobject.html: the pages, and their owners
LARGE_OBJECTS = PostgresRelation(kind="L", name="pg_catalog.pg_largeobject")
OWNERS = "pg_catalog.pg_largeobject_metadata"


def relations(session: PostgresSession) -> dict[str, PostgresRelation]:
    """Every relation in users' schemas, by name, older first, then the large objects."""
    found = [
        PostgresRelation(kind=kind, name=name, columns=columns, is_populated=filled == "t")
        for kind, name, columns, filled in session.ask(_CATALOG)
        if kind and name
    ]
    return {one.name: one for one in (*found, LARGE_OBJECTS)}


def states(session: PostgresSession, found: Iterable[PostgresRelation]) -> Mapping[str, str]:
    """The state of each, by name; equal states mean that nothing was written in between.

    Foreign tables have none: their rows are stored elsewhere.
    """
    known = [one for one in found if not one.is_foreign]
    asked = (f"SELECT {number}, {_state(one)}" for number, one in enumerate(known))
    rows = session.ask(" UNION ALL ".join(asked)) if known else []
    return {known[int(number or 0)].name: state or "" for number, state in rows}


def contents(session: PostgresSession, found: Iterable[PostgresRelation]) -> Mapping[str, str]:
    """A checksum over the rows of each, by name, independent of their order; the reason if it cannot be read."""
    return {one.name: _content(session, one) for one in found if one.is_populated}


def _state(relation: PostgresRelation) -> str:
    if relation.is_sequence:
        return f"last_value || ' ' || is_called FROM {relation.name}"
    if not relation.is_populated:
        return f"'{UNPOPULATED}'"
    if relation.is_large_objects:
        return f"(SELECT {_VERSIONS} FROM {OWNERS}) || ' ' || (SELECT {_VERSIONS} FROM {relation.name})"  # noqa: S608
    return f"{_VERSIONS} FROM ONLY {relation.name}"


def _content(session: PostgresSession, relation: PostgresRelation) -> str:
    try:
        ((content,),) = session.ask(f"SELECT {_CONTENT} FROM {relation.name} one")  # noqa: S608 - quoted
    except Refused as refused:
        return str(refused)
    return content or ""
