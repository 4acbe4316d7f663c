"""A provider of OpenID Connect with a login page, for the users that the description names; it asks for no password."""

import json
from collections.abc import Callable, Iterator, Mapping

from localenv.needs import Client, Copies, Login, Memory, NotYet, Snapshots, Sql
from localenv.needs.images import image, of, words
from localenv.needs.settings import ServerSettings
from localenv.needs.wire import dialled
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template

VERSION = "latest"
PORT = 9400
FURTHER_PORTS: tuple[str, ...] = ()
SCHEME = "http"
HAS_DATABASES = False
HAS_USERS = True
KEEPS_DATA = False
LOGIN: Login | None = None  # clients need not be registered
CLIENT: Client | None = None
CLIENT_SETTINGS: frozenset[str] = frozenset()
SQL: Sql | None = None
SNAPSHOTS: Snapshots | None = None
COPIES: Copies | None = None
SETTINGS: ServerSettings | None = None
SEARCH: Callable[[Connection, str], str] | None = None
MEMORY: Callable[[Connection], Memory] | None = None


def service(need: Need, port: Port) -> Service:
    """Run the image of oidc-provider-mock, whose entrypoint is its server."""
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "ghcr.io/geigerzaehler/oidc-provider-mock"),
        command=words("--port", str(port.target), *users(need)),
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        at=need.at,
    )


def users(need: Need) -> Iterator[str]:
    """The options of its server for the users of the description."""
    for subject, claims in need.users.items():
        yield "--user-claims"
        yield json.dumps({**json.loads(claims), "sub": subject}, ensure_ascii=False)


def ready(connection: Connection) -> None:
    """Return when it describes itself; raise NotYet otherwise, within a second."""
    with dialled(connection) as wire:
        wire.send(f"GET /.well-known/openid-configuration HTTP/1.0\r\nHost: {connection.address}\r\n\r\n".encode())
        answer = wire.line()
        if not answer.startswith(b"HTTP/1."):
            raise ValueError(answer)
        if b" 200 " not in answer:
            raise NotYet(f"it answers {answer.decode(errors='replace')}")


def variables(need: Need) -> Mapping[str, Template]:
    """The issuer."""
    return {"OIDC_ISSUER": of(need, "url")}
