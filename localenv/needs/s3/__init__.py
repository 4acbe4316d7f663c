"""Object storage with the API of S3, as Moto answers it: in memory, for any credentials."""

from collections.abc import Callable, Mapping

from localenv.needs import Client, Copies, Login, Memory, NotYet, Snapshots, Sql
from localenv.needs.images import image, of, words
from localenv.needs.s3 import snapshots
from localenv.needs.settings import ServerSettings
from localenv.needs.wire import dialled
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

VERSION = "5.1.0"
PORT = 5000
FURTHER_PORTS: tuple[str, ...] = ()
SCHEME = "http"
HAS_DATABASES = False
HAS_USERS = False
KEEPS_DATA = False
LOGIN: Login | None = None  # any credentials are accepted
CLIENT: Client | None = None
CLIENT_SETTINGS = frozenset({
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
})  # fmt: skip
SQL: Sql | None = None
SNAPSHOTS: Snapshots | None = snapshots
COPIES: Copies | None = None
SETTINGS: ServerSettings | None = None
SEARCH: Callable[[Connection, str], str] | None = None
MEMORY: Callable[[Connection], Memory] | None = None


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
    with dialled(connection) as wire:
        wire.send(f"GET / HTTP/1.0\r\nHost: {connection.address}\r\n\r\n".encode())
        answer = wire.line()
        if not answer.startswith(b"HTTP/1."):
            raise ValueError(answer)
        if b" 200 " not in answer:
            raise NotYet(f"it answers {answer.decode(errors='replace')}")


def variables(need: Need) -> Mapping[str, Template]:
    """The variables of Amazon's clients; the credentials are good for nothing else."""
    return {
        "AWS_ENDPOINT_URL_S3": of(need, "url"),
        "AWS_ACCESS_KEY_ID": literal("test"),
        "AWS_SECRET_ACCESS_KEY": literal("test"),
        "AWS_DEFAULT_REGION": literal("us-east-1"),
    }
