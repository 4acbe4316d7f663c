"""What the guard answers to a request that it cannot carry out."""

import errno
import json
import os
import socket
from selectors import DefaultSelector

import pytest

from localenv.guard.connection import GuardConnection

NUMBER = errno.EAGAIN


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OSError(NUMBER, os.strerror(NUMBER)), {"error": os.strerror(NUMBER), "errno": NUMBER}),
        (KeyError("do"), {"error": "KeyError: 'do'"}),
    ],
    ids=["of the kernel", "of the request"],
)
def test_an_error_is_answered_with_its_number(error: Exception, answer: dict[str, object]) -> None:
    def fails(*_: object) -> None:
        raise error

    own, other = socket.socketpair()
    with own, other, DefaultSelector() as selector:
        GuardConnection(own, selector, fails)
        other.sendall(b"{}\n")
        ((key, _),) = selector.select(5)
        key.data()
        assert json.loads(other.recv(1000)) == answer
