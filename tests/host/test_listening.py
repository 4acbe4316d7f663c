"""Who listens on a port, and whether other machines can reach it."""

import os
import socket
import sys

import pytest

from localenv.host import listening

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="another kernel says it elsewhere")


@pytest.mark.parametrize(
    ("host", "is_exposed"),
    [("127.0.0.1", False), ("127.8.1.2", False), ("0.0.0.0", True), ("::1", False), ("::", True)],
)
def test_a_port_is_exposed_where_somebody_listens_on_more_than_the_loopback_interface(host, is_exposed):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with opened:
        assert listening.is_exposed(opened.getsockname()[1]) == is_exposed


def test_what_listens_on_the_same_port_at_another_address_is_another_program():
    with socket.create_server(("127.8.1.2", 0)) as own:
        port = own.getsockname()[1]
        try:
            other = socket.create_server(("::", port), family=socket.AF_INET6)
        except OSError:
            pytest.skip("this machine has no IPv6")
        with other:
            assert not listening.is_exposed(port, "127.8.1.2")
            assert listening.is_exposed(port)


def test_a_port_on_which_nobody_listens_is_not():
    with socket.socket() as opened:
        opened.bind(("0.0.0.0", 0))
        assert not listening.is_exposed(opened.getsockname()[1])


def test_the_holder_of_a_port_is_a_process_unless_a_container_publishes_it():
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
        assert listening.holder(port, lambda port: "shop-db-1").endswith(f"(pid {os.getpid()})")

    assert listening.holder(port, lambda port: f"shop-{port}") == f"the container shop-{port}"
    assert listening.holder(port, lambda port: "") == ""
