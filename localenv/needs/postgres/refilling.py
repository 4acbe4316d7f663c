"""Restore the rows of PostgreSQL tables without side effects of triggers and rules."""

from collections.abc import Iterable, Iterator, Mapping

from localenv.needs.postgres.quoting import text
from localenv.needs.postgres.relations import EMPTY, OWNERS, UNPOPULATED, PostgresRelation
from localenv.needs.postgres.wire import PostgresSession

# triggers and rules that are active even in a replica, which is the session's role
_ACTING = """
SELECT format('ALTER TABLE ONLY %s %%s TRIGGER %I', t.tgrelid::regclass, t.tgname), t.tgenabled
FROM pg_trigger t WHERE t.tgenabled IN ('A', 'R') AND t.tgrelid IN ({tables})
UNION ALL
SELECT format('ALTER TABLE ONLY %s %%s RULE %I', r.ev_class::regclass, r.rulename), r.ev_enabled
FROM pg_rewrite r WHERE r.ev_enabled IN ('A', 'R') AND r.rulename <> '_RETURN' AND r.ev_class IN ({tables})
"""
_AGAIN = {"A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}

# tables whose rows cannot be removed while a publication requires a replica identity that they lack
_WITHOUT_IDENTITY = """
SELECT c.oid, c.relreplident FROM pg_class c
WHERE c.oid IN ({tables}) AND EXISTS (SELECT FROM pg_publication WHERE pubdelete)
  AND (c.relreplident = 'n' OR c.relreplident <> 'f' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid
    AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END))
"""
# ALTER TABLE would wait for every reader of the table
_IDENTITY = "UPDATE pg_catalog.pg_class SET relreplident = '{identity}' WHERE oid = {table}"

_FORGET_OWNERS = """
DELETE FROM pg_catalog.pg_shdepend WHERE classid = 'pg_catalog.pg_largeobject'::regclass
  AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND objid NOT IN (SELECT oid FROM pg_catalog.pg_largeobject_metadata)
"""


def saved(relation: PostgresRelation, state: str, file: str) -> Iterator[str]:
    """The statements that save a relation's data to a file beside the server's data."""
    if relation.is_large_objects and state != f"{EMPTY} {EMPTY}":
        yield f"COPY {relation.name} TO {text(file)}"
        yield f"COPY {OWNERS} TO {text(owners_file(file))}"
    elif relation.is_table and state != EMPTY:
        yield f"COPY {_target(relation)} TO {text(file)}"


def owners_file(file: str) -> str:
    """The file with the owners of the large objects."""
    return f"{file}_owners"


def refill(
    session: PostgresSession,
    changed: Iterable[PostgresRelation],
    known: Mapping[str, PostgresRelation],
    before: Mapping[str, str],
    files: Mapping[str, str],
) -> None:
    """Restore relations from `files` (rows) and `before` (states); relations that are not `known` are emptied."""
    changed = list(changed)
    tables = [one for one in changed if one.is_table]
    off, on = _silenced(session, tables)
    statements = ["SET LOCAL session_replication_role = replica", *off]  # no triggers, no foreign keys
    statements += [f"DELETE FROM ONLY {one.name}" for one in tables]  # noqa: S608 - quoted; TRUNCATE would stop readers
    statements += [
        f"COPY {_target(known[one.name])} FROM {text(files[one.name])}" for one in tables if one.name in files
    ]
    for one in changed:
        if one.is_large_objects:
            statements += _large_objects(one, files.get(one.name))
        elif one.is_sequence:
            statements.append(_sequence(one, before.get(one.name)))
    statements += on
    for one in changed:
        if one.is_view:
            empty = " WITH NO DATA" if before.get(one.name) == UNPOPULATED else ""
            statements.append(f"REFRESH MATERIALIZED VIEW {one.name}{empty}")
    session.ask("; ".join(statements))


def _silenced(session: PostgresSession, tables: list[PostgresRelation]) -> tuple[list[str], list[str]]:
    """Statements that disable every side effect on these tables, and those that enable them again."""
    if not tables:
        return [], []
    among = ", ".join(f"{text(one.name)}::regclass" for one in tables)
    off: list[str] = []
    on: list[str] = []
    for alter, enabled in session.ask(_ACTING.format(tables=among)):
        off.append(str(alter).replace("%s", "DISABLE"))
        on.append(str(alter).replace("%s", _AGAIN[str(enabled)]))
    for table, identity in session.ask(_WITHOUT_IDENTITY.format(tables=among)):
        off.append(_IDENTITY.format(identity="f", table=table))
        on.append(_IDENTITY.format(identity=identity, table=table))
    return off, on


def _large_objects(relation: PostgresRelation, file: str | None) -> Iterator[str]:
    yield f"DELETE FROM {relation.name}"  # noqa: S608 - a name of the catalog
    yield f"DELETE FROM {OWNERS}"  # noqa: S608
    if file:
        yield f"COPY {OWNERS} FROM {text(owners_file(file))}"
        yield f"COPY {relation.name} FROM {text(file)}"
    yield _FORGET_OWNERS


def _sequence(relation: PostgresRelation, before: str | None) -> str:
    if before is None:  # created since the snapshot
        return f"ALTER SEQUENCE {relation.name} RESTART"
    last, called = before.split()
    return f"SELECT setval({text(relation.name)}, {last}, {called})"


def _target(relation: PostgresRelation) -> str:
    return f"{relation.name} ({relation.columns})" if relation.columns else relation.name
