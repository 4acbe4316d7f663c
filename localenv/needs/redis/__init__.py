"""Redis, and what speaks its protocol."""

from collections.abc import Callable, Mapping

from localenv.needs import Client, Copies, Login, Memory, Snapshots, Sql
from localenv.needs.images import image, kept, of, words
from localenv.needs.redis import copies, memory, snapshots, wire
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template

VERSION = "8"
PORT = 6379
SCHEME = "redis"
HAS_DATABASES = False
LOGIN: Login | None = Login(is_required=False, has_user=False)
CLIENT: Client | None = Client(command=lambda need: words("redis-cli", "-h", of(need, "host"), "-p", of(need, "port")))
CLIENT_SETTINGS = frozenset({"REDISCLI_AUTH", "REDISCLI_RCFILE", "VALKEYCLI_AUTH", "VALKEYCLI_RCFILE"})
SQL: Sql | None = None
SNAPSHOTS: Snapshots | None = snapshots
COPIES: Copies | None = copies
MEMORY: Callable[[Connection], Memory] | None = memory.look


def service(need: Need, port: Port) -> Service:
    """The official image; nothing is written to disk but once, when it is told to end."""
    command = ["redis-server", "--save", "86400", "1", "--appendonly", "no"]
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "redis"),
        command=words(*command, *(() if need.is_open else ("--requirepass", of(need, "password")))),
        environment={} if need.is_open else {"REDISCLI_AUTH": of(need, "password")},
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
    return {} if need.is_open else {"REDISCLI_AUTH": of(need, "password")}
