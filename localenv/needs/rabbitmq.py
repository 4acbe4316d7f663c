"""RabbitMQ."""

import struct
from collections.abc import Mapping
from dataclasses import replace

from localenv.needs import Client, Kind, Login, NotYet
from localenv.needs.images import image, kept, of, setting_lines, words
from localenv.needs.settings import own
from localenv.needs.wire import Wire, dialled
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

_CLIENT_SETTINGS = frozenset({
    "RABBITMQ_NODENAME", "RABBITMQ_NODE_PORT", "RABBITMQ_USE_LONGNAME", "RABBITMQ_CONF_ENV_FILE",
    "RABBITMQ_CTL_ERL_ARGS", "RABBITMQ_ERLANG_COOKIE",
})  # fmt: skip
_SERVER_SETTINGS = own(
    "listeners.tcp", "listeners.tcp.default", "listeners.tcp.local", "listeners.tcp.1", "log.console",
    default_user="use user: of the need", default_pass="use password: of the need",  # noqa: S106
)  # fmt: skip

# class and method of AMQP 0-9-1
_START, _START_OK, _TUNE, _TUNE_OK = (10, 10), (10, 11), (10, 30), (10, 31)
_OPEN, _OPEN_OK, _CLOSE, _CLOSE_OK = (10, 40), (10, 41), (10, 50), (10, 51)
_END = b"\xce"
_OTHER_HOST = "vhost / not found"

MANAGEMENT = "management"  # its second port, in images whose tag says so: its page and API
_MANAGEMENT_PORT = 15672

_BYTES = "+fnl"  # makes Erlang read variables as bytes; RabbitMQ would encode decoded ones as Latin-1, if possible
_SETTINGS = "LOCALENV_SETTINGS"
_NODE = "rabbit@localhost"
_FOLDER = "/etc/rabbitmq/conf.d"
_WITH_SETTINGS = (
    f'mkdir -p {_FOLDER} && printf "%s" "${_SETTINGS}" >{_FOLDER}/90-localenv.conf && unset {_SETTINGS} && '
    f"RABBITMQ_CONFIG_FILES={_FOLDER} exec docker-entrypoint.sh rabbitmq-server"
)


def service(need: Need, port: Port) -> Service:
    """Run the official image, with a node name that stays the same in a new container."""
    at = (f"listeners.tcp.default = {need.port}\n",) if need.port else ()
    given = replace(settings(need), parts=(*at, *settings(need).parts))
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "rabbitmq"),
        command=words("sh", "-c", _WITH_SETTINGS) if given.parts else None,
        environment={
            **({_SETTINGS: given} if given.parts else {}),
            "RABBITMQ_DEFAULT_USER": literal(need.user),
            "RABBITMQ_DEFAULT_PASS": of(need, "password"),
            "RABBITMQ_NODENAME": literal(_NODE),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": literal(_BYTES),
            # its tools read the login too and fail if it is not ASCII; otherwise they decode typed input
            **({} if _is_ascii(need) else {"RABBITMQ_CTL_ERL_ARGS": literal(_BYTES)}),
            # Erlang reserves space for the maximum number of open files, which is a billion on some machines
            "ERL_MAX_PORTS": literal("65536"),
        },
        port=port,
        extra_ports=tuple(Port(name=f"{need.name}.{one}", target=_MANAGEMENT_PORT) for one in further(need.version)),
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, "/var/lib/rabbitmq"),
        own_healthcheck=("rabbitmq-diagnostics", "--quiet", "check_port_connectivity"),
        at=need.at,
    )


def further(tag: str) -> tuple[str, ...]:
    """The port of its management, if the image has it."""
    return (MANAGEMENT,) if MANAGEMENT in tag else ()


def ready(connection: Connection) -> None:
    """Return when it accepts the login; raise NotYet otherwise, within a second."""
    with dialled(connection) as wire:
        wire.send(b"AMQP\x00\x00\x09\x01")
        _expect(wire, _START)
        login = f"\0{connection.user}\0{connection.password}".encode()
        _say(wire, _START_OK, _properties() + _short(b"PLAIN") + _long(login) + _short(b"en_US"))
        limits = _expect(wire, _TUNE)
        _say(wire, _TUNE_OK, limits[:8])
        _say(wire, _OPEN, _short(b"/") + b"\0\0")
        try:
            _expect(wire, _OPEN_OK)
        except NotYet as error:
            if str(error).endswith(_OTHER_HOST):  # a setting names another: the login is accepted all the same
                return
            raise
        _say(wire, _CLOSE, struct.pack("!H", 200) + _short(b"") + b"\0\0\0\0")
        _expect(wire, _CLOSE_OK)


def variables(need: Need) -> Mapping[str, Template]:
    """The node that its tools ask; natively scripts in front of them name another."""
    return {"RABBITMQ_NODENAME": literal(_NODE)}


def settings(need: Need) -> Template:
    """Lines of `rabbitmq.conf`."""
    return setting_lines(need, " = ")


def _is_ascii(need: Need) -> bool:
    given = [part for part in need.password.parts if isinstance(part, str)] if need.password else []
    return all(text.isascii() for text in (need.user, *given))


def _properties() -> bytes:
    refusals = _short(b"authentication_failure_close") + b"t\x01"  # request a reason before the connection is closed
    return _long(_short(b"capabilities") + b"F" + _long(refusals))


def _say(wire: Wire, method: tuple[int, int], arguments: bytes) -> None:
    payload = struct.pack("!HH", *method) + arguments
    wire.send(struct.pack("!BHI", 1, 0, len(payload)) + payload + _END)


def _expect(wire: Wire, expected: tuple[int, int]) -> bytes:
    kind, _, size = struct.unpack("!BHI", wire.exactly(7))
    if not 4 <= size <= 1 << 20:
        raise ValueError(size)
    payload = wire.exactly(size + 1)[:-1]
    method = struct.unpack("!HH", payload[:4])
    if method == _CLOSE:
        raise NotYet(payload[7 : 7 + payload[6]].decode(errors="replace").lower())
    if kind != 1 or method != expected:
        raise ValueError(method)
    return payload[4:]


def _short(text: bytes) -> bytes:
    return struct.pack("!B", len(text)) + text


def _long(text: bytes) -> bytes:
    return struct.pack("!I", len(text)) + text


KIND = Kind(
    version="4",
    port=5672,
    scheme="amqp",
    further_ports=further,
    # no databases: clients without a virtual host use the only one
    login=Login(),
    # uses Erlang's own protocol, with a cookie
    client=Client(command=lambda need: words("rabbitmq-diagnostics", "observer"), is_remote=False),
    tools_read=("/var/lib/rabbitmq/.erlang.cookie",),
    client_settings=_CLIENT_SETTINGS,
    settings=_SERVER_SETTINGS,
    service=service,
    ready=ready,
    variables=variables,
)
