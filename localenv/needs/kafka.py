"""Kafka, as one broker without ZooKeeper."""

import struct
from collections.abc import Mapping
from dataclasses import replace

from localenv.needs import Kind
from localenv.needs.images import image, kept, of, setting_lines
from localenv.needs.settings import own
from localenv.needs.wire import dialled
from localenv.stack import Connection, Need, Port, Probe, ProbeKind, Role, Service, Template
from localenv.stack.references import literal

_SETTINGS = own(
    "listeners", "advertised_listeners", "listener_security_protocol_map", "process_roles", "node_id", "log_dirs",
    "controller_quorum_voters", "controller_listener_names", "inter_broker_listener_name",
)  # fmt: skip

SINGLE: Mapping[str, str] = {  # the settings of a broker that has no others
    "node.id": "1",
    "process.roles": "broker,controller",
    "inter.broker.listener.name": "INSIDE",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
}
_DATA = "/var/lib/kafka/data"
_API_VERSIONS = 18


def service(need: Need, port: Port) -> Service:
    """Run Apache's image.

    A broker tells its clients where it is: those in containers by its name, those on this machine by its published
    port, which leads to a listener of its own.
    """
    outside, controller = port.target + 1, port.target + 2
    at = f"INSIDE://:{port.target},OUTSIDE://:{outside},CONTROLLER://127.0.0.1:{controller}"
    listeners = Template((*of(need, "address", "INSIDE://").parts, *of(need, "published_address", ",OUTSIDE://").parts))
    options = {
        **{name: literal(value) for name, value in SINGLE.items()},
        "listeners": literal(at),
        "advertised.listeners": listeners,
        "controller.quorum.voters": literal(f"1@127.0.0.1:{controller}"),
        "log.dirs": literal(_DATA),
        **need.settings,
    }
    return Service(
        name=need.name,
        role=Role.NEED,
        image=image(need, "apache/kafka"),
        environment={_variable(name): value for name, value in options.items()},
        port=replace(port, entry=outside),
        probe=Probe(kind=ProbeKind.NEED),
        volumes=kept(need, _DATA),
        at=need.at,
    )


def ready(connection: Connection) -> None:
    """Return when it says which requests it takes; raise NotYet otherwise, within a second."""
    with dialled(connection) as wire:
        name = b"localenv"
        asked = struct.pack(f"!hhih{len(name)}s", _API_VERSIONS, 0, 1, len(name), name)
        wire.send(struct.pack("!i", len(asked)) + asked)
        (size,) = struct.unpack("!i", wire.exactly(4))
        if not 6 <= size <= 1 << 20:
            raise ValueError(size)
        number, error = struct.unpack("!ih", wire.exactly(size)[:6])
        if number != 1 or error:
            raise ValueError(error)


def variables(need: Need) -> Mapping[str, Template]:
    """The variable that many programs read."""
    return {"KAFKA_BOOTSTRAP_SERVERS": of(need, "address")}


def settings(need: Need) -> Template:
    """Lines of `server.properties`."""
    return setting_lines(need, "=")


def _variable(name: str) -> str:
    """How the image takes a setting."""
    return "KAFKA_" + name.replace("_", "__").replace("-", "___").replace(".", "_").upper()


KIND = Kind(
    version="4.1.0",
    port=9092,
    scheme="kafka",
    settings=_SETTINGS,
    service=service,
    ready=ready,
    variables=variables,
)
