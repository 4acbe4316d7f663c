"""A Kafka broker tells each client where to find it."""

import struct
import threading
from socket import create_server

import pytest

from localenv.needs import NotYet, kafka
from localenv.stack import Connection, Need, Port
from localenv.stack.references import literal


def test_clients_in_containers_and_on_this_machine_have_a_listener_each() -> None:
    need = Need(name="bus", kind="kafka", version="4.1.0", user="u", settings={"num.partitions": literal("3")})
    service = kafka.service(need, Port(name="bus", target=9092))
    variables = {name: str(value) for name, value in service.environment.items()}

    assert variables["KAFKA_LISTENERS"] == "INSIDE://:9092,OUTSIDE://:9093,CONTROLLER://127.0.0.1:9094"
    assert variables["KAFKA_ADVERTISED_LISTENERS"] == "INSIDE://${bus.address},OUTSIDE://${bus.published_address}"
    assert variables["KAFKA_NUM_PARTITIONS"] == "3"
    assert service.port is not None
    assert (service.port.target, service.port.entry) == (9092, 9093)


@pytest.mark.parametrize(("error", "is_ready"), [(0, True), (35, False)])
def test_a_broker_that_says_its_requests_is_ready(error: int, is_ready: bool) -> None:
    with create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client, client.makefile("rb") as reader:
                (size,) = struct.unpack("!i", reader.read(4))
                key, version, number = struct.unpack("!hhi", reader.read(size)[:8])
                assert (key, version) == (18, 0)
                client.sendall(struct.pack("!iih", 6, number, error))

        thread = threading.Thread(target=serve)
        thread.start()
        at = Connection(scheme="kafka", host="127.0.0.1", port=str(listener.getsockname()[1]))
        try:
            if is_ready:
                kafka.ready(at)
            else:
                with pytest.raises(NotYet):
                    kafka.ready(at)
        finally:
            thread.join(10)
