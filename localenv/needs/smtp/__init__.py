"""A mail server that delivers nothing: what is sent to it is kept for a look, as Mailpit has it."""

from collections.abc import Mapping

from localenv.needs import Kind
from localenv.needs.images import image, kept, of, words
from localenv.needs.smtp import snapshots
from localenv.needs.wire import dialled
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

MAILBOX = "mailbox"  # its second port: Mailpit's pages and API

_MAILBOX_PORT = 8025
_HOME = "/var/lib/localenv"  # part of the container


def service(need: Need, port: Port) -> Service:
    """Run Mailpit's image."""
    kept_in = ("--database", f"{_HOME}/mail.db") if need.keep else ()
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "axllent/mailpit"),
        command=words("--smtp", f"0.0.0.0:{port.target}", "--listen", f"0.0.0.0:{_MAILBOX_PORT}", *kept_in),
        environment={
            "MP_SMTP_AUTH_ACCEPT_ANY": literal("1"),
            "MP_SMTP_AUTH_ALLOW_INSECURE": literal("1"),
            "MP_DISABLE_VERSION_CHECK": literal("1"),
        },
        port=port,
        extra_ports=(Port(name=f"{need.name}.{MAILBOX}", target=_MAILBOX_PORT),),
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, _HOME),
        own_healthcheck=("/mailpit", "readyz"),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it greets; raise NotYet otherwise, within a second."""
    with dialled(connection) as wire:
        if not wire.line().startswith(b"220"):
            raise ValueError
        wire.send(b"QUIT\r\n")


def variables(need: Need) -> Mapping[str, Template]:
    """The variables that many programs read."""
    return {"SMTP_HOST": of(need, "host"), "SMTP_PORT": of(need, "port")}


KIND = Kind(
    version="latest",
    port=1025,
    scheme="smtp",
    further_ports=lambda tag: (MAILBOX,),
    # no login: any login is accepted
    snapshots=snapshots,
    service=service,
    ready=ready,
    variables=variables,
)
