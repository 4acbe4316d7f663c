"""NATS with JetStream."""

import json
from collections.abc import Mapping

from localenv.needs import Kind, Login, NotYet
from localenv.needs.images import image, kept, of, words
from localenv.needs.wire import dialled
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

_CLIENT_SETTINGS = frozenset({
    "NATS_URL", "NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_CREDS", "NATS_NKEY", "NATS_CERT", "NATS_KEY",
    "NATS_CA", "NATS_CONTEXT", "NATS_SOCKS_PROXY",
})  # fmt: skip

_HOME = "/var/lib/localenv"  # part of the container


def service(need: Need, port: Port) -> Service:
    """Run the official image, which contains only the server: no command can check its health."""
    login = () if need.is_open else ("--user", literal(need.user), "--pass", of(need, "password"))
    at = ("--port", str(need.port)) if need.port else ()
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "nats"),
        command=words("--jetstream", "--store_dir", f"{_HOME}/nats", *login, *at),
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, _HOME),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it accepts the login and answers a ping; raise NotYet otherwise, within a second."""
    with dialled(connection) as wire:
        verb, _, about = wire.line().partition(b" ")
        if verb != b"INFO":
            raise ValueError(verb)
        if json.loads(about).get("tls_required"):
            raise NotYet("it requires TLS")
        login = {"user": connection.user, "pass": connection.password} if connection.password else {}
        greeting = {"verbose": False, "pedantic": False, "name": "localenv", "lang": "python", "version": "1"}
        wire.send(f"CONNECT {json.dumps(greeting | login)}\r\nPING\r\n".encode())
        while (answer := wire.line()) != b"PONG":
            if answer.startswith(b"-ERR"):
                raise NotYet(answer[4:].decode(errors="replace").strip(" '").lower())


def variables(need: Need) -> Mapping[str, Template]:
    """The variables of the `nats` program."""
    return {"NATS_URL": of(need, "url")}


KIND = Kind(
    version="2",
    port=4222,
    scheme="nats",
    login=Login(is_required=False),
    # no client: the image contains only the server
    client_settings=_CLIENT_SETTINGS,
    # no settings: it reads them only from a file, and its image has no shell to write one
    service=service,
    ready=ready,
    variables=variables,
)
