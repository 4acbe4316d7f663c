"""Listening sockets, from the kernel's tables."""

import os
import socket
import sys

import pytest

from localenv.host import sockets

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9001 1 0000000000000000 100 0
   1: 00000000:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9002 1 0000000000000000 100 0
   2: 0100007F:1F41 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 9003 1 0000000000000000 100 0
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt
   0: 00000000000000000000000000000000:1F42 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 9004 1 0
   1: 00000000000000000000000001000000:1F43 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 9005 1 0
"""  # noqa: E501


@pytest.mark.skipif(sys.byteorder != "little", reason="the table is that of a machine with the other order of bytes")
def test_both_tables_are_read_and_connections_left_out():
    found = list(sockets.parsed(TABLE))

    assert list(map(str, found)) == ["127.0.0.1:8000", "0.0.0.0:3000", "[::]:8002", "[::1]:8003"]
    assert [one.is_loopback for one in found] == [True, False, False, True]
    assert [one.is_wildcard for one in found] == [False, True, True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no such tables")
def test_what_a_process_has_opened_is_found():
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = sockets.opened_by([os.getpid()])

        assert f"127.0.0.1:{server.getsockname()[1]}" in map(str, found)
