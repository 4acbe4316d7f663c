import socket

from localenv.host.loopback import HERE, awaited, listens


def test_an_address_is_awaited_until_a_program_listens_there():
    with socket.create_server((HERE, 0)) as server:
        port = server.getsockname()[1]

        assert listens(HERE, port)
        assert awaited(HERE, port, within=0)

    assert not listens(HERE, port)
    assert not awaited(HERE, port, within=0)
