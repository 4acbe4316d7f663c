"""MongoDB."""

from collections.abc import Mapping

from localenv.needs import Client, Kind, Login
from localenv.needs.images import image, kept, of, words
from localenv.needs.mongo import wire
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

_CONNECT = "db = connect(process.env.MONGODB_URL)"
_PING = "quit(db.runCommand({ping: 1}).ok ? 0 : 1)"


def service(need: Need, port: Port) -> Service:
    """Run the official image; while it creates the user, its server listens only inside the container."""
    at = ("--port", str(need.port)) if need.port else ()
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "mongo"),
        command=words("mongod", "--bind_ip_all", "--nounixsocket", *at),
        environment={
            "MONGO_INITDB_ROOT_USERNAME": literal(need.user),
            "MONGO_INITDB_ROOT_PASSWORD": of(need, "password"),
        },
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, "/data/db"),
        own_healthcheck=("mongosh", "--quiet", "--port", str(port.target), "--eval", _PING),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it accepts the login; raise NotYet otherwise, within a second."""
    wire.log_in(connection)


def variables(need: Need) -> Mapping[str, Template]:
    """The variable that the client of this kind is given its address and login by."""
    return {"MONGODB_URL": of(need, "url")}


KIND = Kind(
    version="8",
    port=27017,
    scheme="mongodb",
    # no databases: a client names one itself, because in a URL it would be the database of the login too
    login=Login(),
    # a URL among the words of a command would show the password to every user of the machine; a .mongoshrc.js could
    # connect to another server
    client=Client(command=lambda need: words("mongosh", "--quiet", "--norc", "--nodb", "--shell", "--eval", _CONNECT)),
    client_settings=frozenset({"MONGODB_URL"}),
    service=service,
    ready=ready,
    variables=variables,
)
