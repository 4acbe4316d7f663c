"""PostgreSQL."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import tee

from localenv.needs import Tables
from localenv.needs.images import image, kept, of, words
from localenv.needs.postgres import snapshots, wire
from localenv.needs.postgres.quoting import name as quoted
from localenv.needs.postgres.quoting import text
from localenv.needs.records import records
from localenv.stack import Command, Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

VERSION = "17"
PORT = 5432
SCHEME = "postgresql"
HAS_LOGIN = True
HAS_USERS = True
HAS_DATABASES = True
CLIENT_REACHES = True
CLIENT_SETTINGS = frozenset({  # https://www.postgresql.org/docs/current/libpq-envars.html
    "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGREQUIREAUTH",
    "PGCHANNELBINDING", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS", "PGAPPNAME", "PGSSLMODE", "PGREQUIRESSL",
    "PGSSLNEGOTIATION", "PGSSLCOMPRESSION", "PGSSLCERT", "PGSSLKEY", "PGSSLCERTMODE", "PGSSLROOTCERT", "PGSSLCRL",
    "PGSSLCRLDIR", "PGSSLSNI", "PGSSLKEYLOGFILE", "PGREQUIREPEER", "PGSSLMINPROTOCOLVERSION",
    "PGSSLMAXPROTOCOLVERSION", "PGGSSENCMODE", "PGKRBSRVNAME", "PGGSSLIB", "PGGSSDELEGATION", "PGREALM", "PGTTY",
    "PGCONNECT_TIMEOUT", "PGCLIENTENCODING", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGMINPROTOCOLVERSION",
    "PGMAXPROTOCOLVERSION", "PGDATESTYLE", "PGTZ", "PGGEQO", "PGSYSCONFDIR", "PGLOCALEDIR", "PSQLRC",
})  # fmt: skip
TABLES: Tables | None = Tables()
RESTORES = True
remember, restore, forget = snapshots.remember, snapshots.restore, snapshots.forget

_USERS = "at most 63 bytes, without \" ' $ and \\, not beginning with pg_; and neither public nor none"
_HOME = "/var/lib/localenv"  # outside the volume the image declares: the data is part of the container
_LONGEST = 63  # bytes of a name
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "logical",  # so that changes can be followed
    "max_wal_senders": "20",
    "max_replication_slots": "20",
}
_PSQL = ("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
_FAILED = re.compile(
    r"^psql:(?:<stdin>:(?P<line>\d+):)? *(?:psql: )?(?:ERROR|FATAL|PANIC|error): +(?P<reason>.*)", re.M
)
_FAILED_COPY = re.compile(r"^(?:ERROR|FATAL|PANIC): +(?P<reason>.*)", re.M)
_CONTEXT = re.compile(r"^CONTEXT: +COPY .*?, line (?P<line>\d+)", re.M)
_DETAIL = re.compile(r"^DETAIL: +(.*)", re.M)


def refusal(user: str) -> str:
    """What initdb takes, which the image runs and the native engine too."""
    refused = user in ("public", "none") or user.startswith("pg_") or len(user.encode()) > _LONGEST
    return _USERS if refused or set(user) & set("\"'$\\") else ""


def service(need: Need, port: Port) -> Service:
    """The official image, or one that takes the same variables and settings."""
    database = need.database or "postgres"
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "postgres"),
        command=words("postgres", *(f"-c{name}={value}" for name, value in _SETTINGS.items())),
        environment={
            "POSTGRES_USER": literal(need.user),
            "POSTGRES_PASSWORD": of(need, "password"),
            "POSTGRES_DB": literal(database),
            "POSTGRES_INITDB_ARGS": literal("--no-sync"),
            "PGDATA": literal(f"{_HOME}/pgdata"),
        },
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, _HOME),
        # while the image makes the database its server listens on a socket file only
        healthcheck=("pg_isready", "--quiet", "--host=127.0.0.1", f"--username={need.user}", f"--dbname={database}"),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it lets the user into the database; raise NotYet otherwise, within a second."""
    wire.log_in(connection, connection.database or "postgres")


def variables(need: Need) -> Mapping[str, Template]:
    """What libpq reads."""
    return {
        "PGHOST": of(need, "host"),
        "PGPORT": of(need, "port"),
        "PGUSER": literal(need.user),
        "PGPASSWORD": of(need, "password"),
        "PGDATABASE": literal(need.database or "postgres"),
    }


def client(need: Need) -> Command:
    """Its shell, for a process that has `variables`; a user's `.psqlrc` could connect it to another database."""
    return words("psql", "--no-psqlrc")


def initial(need: Need) -> str:
    """Further databases, and the extensions in every one; where there is none, in the template of all."""
    makes = [
        f"SELECT {text('CREATE DATABASE ' + quoted(database))} WHERE NOT EXISTS "  # noqa: S608 - quoted
        f"(SELECT FROM pg_database WHERE datname = {text(database)}) \\gexec\n"
        for database in need.databases[1:]
    ]
    if need.extensions:
        wanted = "".join(f"CREATE EXTENSION IF NOT EXISTS {quoted(extension)};\n" for extension in need.extensions)
        makes += [f"\\connect {quoted(database)}\n{wanted}" for database in need.databases or ("template1",)]
    return "".join(makes)


def sql(need: Need) -> Command | None:
    """Statements one by one, as the image's own init folder reads them."""
    return words(*_PSQL, "--file=-")


def table(need: Need, table: str, columns: tuple[str, ...]) -> Command | None:
    """One COPY."""
    target = ".".join(map(quoted, table.split(".")))
    fields = ", ".join(map(quoted, columns))
    return words(*_PSQL, "--command", f"COPY {target} ({fields}) FROM STDIN WITH (FORMAT csv, HEADER, ENCODING 'UTF8')")


def rows(table: str, columns: tuple[str, ...], csv: Iterable[bytes], batch: int) -> Iterator[bytes]:
    """CSV, as it is, behind a line that nobody reads: it tells COPY how lines end before it counts those in fields."""
    ahead, whole = tee(csv)
    first = next(records(ahead), b"")
    del ahead  # what it is behind would be held
    yield b"\r\n" if first.endswith(b"\r\n") else b"\n"
    yield from whole


def culprit(output: str) -> tuple[int | None, str]:
    """The line that failed, the last one where a statement or a row has more, and the server's reason."""
    failed = _FAILED.search(output)
    copied = None if failed else _CONTEXT.search(output)
    said = failed or _FAILED_COPY.search(output)
    if not said:
        return None, output.strip().splitlines()[-1].strip() if output.strip() else ""
    line = int(copied["line"]) - 1 if copied else int(said["line"]) if failed and said["line"] else None
    detail = _DETAIL.search(output, said.end())
    return line, said["reason"] + (f" ({detail[1].rstrip('.')})" if detail else "")
