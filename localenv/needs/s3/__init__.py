"""Object storage with the API of S3, as Moto answers it: in memory, for any credentials."""

import os
from collections.abc import Mapping

from localenv.needs import Kind
from localenv.needs.images import image, of, words
from localenv.needs.s3 import snapshots
from localenv.needs.wire import answers_http
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

_CLIENT_SETTINGS = frozenset({
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_CA_BUNDLE", "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
})  # fmt: skip
# they may name another endpoint, and forbid the one that a variable names
_NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def service(need: Need, port: Port) -> Service:
    """Run Moto's image, whose entrypoint is its server."""
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "motoserver/moto"),
        command=words("--port", str(port.target)),
        port=port,
        probe=Probe(kind=ProbeKind.NEED),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it lists its buckets; raise NotYet otherwise, within a second."""
    answers_http(connection, "/")


def variables(need: Need) -> Mapping[str, Template]:
    """The variables of Amazon's clients; the credentials are good for nothing else."""
    return {
        "AWS_ENDPOINT_URL_S3": of(need, "url"),
        "AWS_ACCESS_KEY_ID": literal("test"),
        "AWS_SECRET_ACCESS_KEY": literal("test"),
        "AWS_DEFAULT_REGION": literal("us-east-1"),
    }


KIND = Kind(
    version="5.1.0",
    port=5000,
    scheme="http",
    keeps_data=False,
    # no login: any credentials are accepted
    client_settings=_CLIENT_SETTINGS,
    no_files=_NO_FILES,
    snapshots=snapshots,
    service=service,
    ready=ready,
    variables=variables,
)
