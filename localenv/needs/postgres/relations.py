"""What a database of PostgreSQL holds: tables, sequences and materialized views, and a word on the state of each."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from localenv.needs.postgres.wire import Session

EMPTY = "0 0"  # the state of a table without rows

_CATALOG = """
SELECT c.relkind, format('%I.%I', n.nspname, c.relname),
  (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S', 'm') AND c.relpersistence <> 't' AND c.relispopulated
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY c.oid
"""

# A row version is new whenever a row is: where it stands and which transaction wrote it tell versions apart.
_VERSIONS = "count(*) || ' ' || coalesce(sum(hashtextextended(ctid::text || xmin::text, 0)), 0)"


@dataclass(frozen=True, kw_only=True)
class Relation:
    """One of them; names are quoted as they stand in SQL."""

    kind: str  # of pg_class: r, S, m
    name: str  # with its schema
    columns: str | None = None  # those that are not generated; None where there are none

    @property
    def is_table(self) -> bool:
        """Whether it holds rows of its own; a partition does, a partitioned table does not."""
        return self.kind == "r"

    @property
    def is_sequence(self) -> bool:
        """Whether it counts."""
        return self.kind == "S"

    @property
    def shown(self) -> str:
        """Its name as a person calls it."""
        return self.name.removeprefix("public.")

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def relations(session: Session) -> dict[str, Relation]:
    """Everything in the schemas of users, by name, older first."""
    rows = session.ask(_CATALOG)
    return {name: Relation(kind=kind, name=name, columns=columns) for kind, name, columns in rows if kind and name}


def states(session: Session, found: Iterable[Relation]) -> Mapping[str, str]:
    """The state of each, by name: the same where nothing was written, whatever became of it in between."""
    known = list(found)
    asked = (f"SELECT {number}, {_state(one)}" for number, one in enumerate(known))
    rows = session.ask(" UNION ALL ".join(asked)) if known else []
    return {known[int(number or 0)].name: state or "" for number, state in rows}


def _state(relation: Relation) -> str:
    if relation.is_sequence:
        return f"last_value || ' ' || is_called FROM {relation.name}"
    return f"{_VERSIONS} FROM ONLY {relation.name}"
