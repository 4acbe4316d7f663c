"""A provider of OpenID Connect with a login page, for the users that the description names; it asks for no password."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from localenv.needs import Kind
from localenv.needs.images import image, of, words
from localenv.needs.oidc import snapshots
from localenv.needs.wire import answers_http
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template

_PACKAGE = "oidc-provider-mock"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - of its container, as in the image
_SERVER = Path(__file__).with_name("server.py")


def service(need: Need, port: Port) -> Service:
    """Run the image of oidc-provider-mock; another image has its server as its entrypoint."""
    is_known = need.image is None or _PACKAGE in str(need.image)
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, f"ghcr.io/geigerzaehler/{_PACKAGE}"),
        entrypoint=words("python", "-c", _SERVER.read_text(), "--host", _EVERYWHERE) if is_known else None,
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
