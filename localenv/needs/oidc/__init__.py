"""A provider of OpenID Connect with a login page, for the users that the description names; it asks for no password."""

import json
from collections.abc import Iterator, Mapping

from localenv.needs import Kind
from localenv.needs.images import image, of, words
from localenv.needs.oidc import snapshots
from localenv.needs.wire import answers_http
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template


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
    answers_http(connection, "/.well-known/openid-configuration")


def variables(need: Need) -> Mapping[str, Template]:
    """The issuer."""
    return {"OIDC_ISSUER": of(need, "url")}


KIND = Kind(
    version="latest",
    port=9400,
    scheme="http",
    has_users=True,
    keeps_data=False,
    # no login: clients need not be registered
    snapshots=snapshots,
    service=service,
    ready=ready,
    variables=variables,
)
