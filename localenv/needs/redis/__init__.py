"""Redis and compatible servers."""

from collections.abc import Mapping

from localenv.needs import Client, Kind, Login
from localenv.needs.images import image, kept, of, words
from localenv.needs.redis import copies, failing, memory, search, snapshots, wire
from localenv.needs.settings import own
from localenv.stack import Command, Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal, split

_PORT = 6379
_SERVER_SETTINGS = own(
    "bind", "dir", "daemonize", "unixsocket", "tls_port", "protected_mode", "logfile", "pidfile", "include", "user",
    "aclfile", "cluster_enabled", "supervised", requirepass="use password: of the need", port="use port: of the need",
)  # fmt: skip
_SETTINGS = {"save": "86400 1", "appendonly": "no"}  # nothing is written to disk except once on SIGTERM


def service(need: Need, port: Port) -> Service:
    """Run the official image."""
    at = str(need.port or _PORT)
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "redis"),
        command=words("redis-server", *_options(need), *_login(need), *(("--port", at) if need.port else ())),
        environment={} if need.is_open else {"REDISCLI_AUTH": of(need, "password")},
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, "/data"),
        own_healthcheck=("sh", "-c", f"redis-cli -p {at} ping | grep -q PONG"),
        at=need.at,
    )


def _options(need: Need) -> Command:
    """Options, with each value split into separate arguments, as in `redis.conf`."""
    options = {**{name: literal(value) for name, value in _SETTINGS.items()}, **need.settings}
    return tuple(word for name, value in options.items() for word in (literal(f"--{name}"), *_values(value)))


def _values(value: Template) -> Command:
    try:
        return split(value) or (value,)
    except ValueError:  # an unclosed quote: the server reports it
        return (value,)


def _login(need: Need) -> Command:
    return () if need.is_open else words("--requirepass", of(need, "password"))


def ready(connection: Connection) -> None:
    """Return when it answers a ping with the password; raise NotYet otherwise, within a second."""
    wire.log_in(connection)


def variables(need: Need) -> Mapping[str, Template]:
    """The variables of redis-cli."""
    return {} if need.is_open else {"REDISCLI_AUTH": of(need, "password")}


def _client(need: Need) -> Command:
    return words("redis-cli", "-h", of(need, "host"), "-p", of(need, "port"))


KIND = Kind(
    version="8",
    port=_PORT,
    scheme="redis",
    login=Login(is_required=False, has_user=False),
    client=Client(command=_client, bare=dict.fromkeys(("redis-cli", "valkey-cli"), _client)),
    client_settings=frozenset({"REDISCLI_AUTH", "REDISCLI_RCFILE", "VALKEYCLI_AUTH", "VALKEYCLI_RCFILE"}),
    snapshots=snapshots,
    copies=copies,
    settings=_SERVER_SETTINGS,
    search=search.search,
    failures=failing.FAILURES,
    memory=memory.look,
    service=service,
    ready=ready,
    variables=variables,
)
