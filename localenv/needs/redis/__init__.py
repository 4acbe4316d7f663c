"""Redis, and what speaks its protocol."""

from collections.abc import Mapping

from localenv.needs import any_user, no_sql
from localenv.needs.images import image, kept, of, words
from localenv.needs.redis import snapshots, wire
from localenv.stack import Command, Connection, Need, Port, Probe, ProbeKind, Role, Service, Template

VERSION = "8"
PORT = 6379
SCHEME = "redis"
HAS_LOGIN = False
HAS_USERS = False
HAS_DATABASES = False
CLIENT_REACHES = True
CLIENT_SETTINGS = frozenset({"REDISCLI_AUTH", "REDISCLI_RCFILE", "VALKEYCLI_AUTH", "VALKEYCLI_RCFILE"})
TABLES = no_sql.TABLES
initial, sql, table, rows, culprit = no_sql.initial, no_sql.sql, no_sql.table, no_sql.rows, no_sql.culprit
RESTORES = True
remember, restore, forget = snapshots.remember, snapshots.restore, snapshots.forget
refusal = any_user.refusal


def service(need: Need, port: Port) -> Service:
    """The official image; nothing is written to disk but once, when it is told to end."""
    command = ["redis-server", "--save", "86400", "1", "--appendonly", "no"]
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "redis"),
        command=words(*command, *(("--requirepass", of(need, "password")) if need.password else ())),
        environment={"REDISCLI_AUTH": of(need, "password")} if need.password else {},
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, "/data"),
        healthcheck=("sh", "-c", "redis-cli ping | grep -q PONG"),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it answers a ping of whoever knows the password; raise NotYet otherwise, within a second."""
    wire.log_in(connection)


def variables(need: Need) -> Mapping[str, Template]:
    """What redis-cli reads."""
    return {"REDISCLI_AUTH": of(need, "password")} if need.password else {}


def client(need: Need) -> Command:
    """Its shell, for a process that has `variables`."""
    return words("redis-cli", "-h", of(need, "host"), "-p", of(need, "port"))
