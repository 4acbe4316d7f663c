"""A login to MongoDB by its own protocol, and its first user."""

import struct
from typing import Any

from localenv.needs import NotYet
from localenv.needs.mongo import bson
from localenv.needs.mongo.scram import Scram
from localenv.needs.wire import Wire, dialled
from localenv.stack import Connection

_MESSAGE = 2013  # OP_MSG
_LARGEST = 1 << 20  # bytes of an answer


def log_in(connection: Connection) -> None:
    """Log in; raises NotYet."""
    with dialled(connection) as wire:
        _logged_in(wire, connection.user, connection.password)


def create_user(connection: Connection) -> None:
    """Create the user of a connection with all rights, which a server without any allows from its own machine.

    Raises NotYet.
    """
    with dialled(connection) as wire:
        _run(wire, {"createUser": connection.user, "pwd": connection.password, "roles": ["root"]})


def _logged_in(wire: Wire, user: str, password: str) -> None:
    scram = Scram(user=user, password=password)
    begun = _run(wire, {"saslStart": 1, "mechanism": "SCRAM-SHA-256", "payload": scram.first})
    continued = {"saslContinue": 1, "conversationId": begun["conversationId"]}
    answer = _run(wire, {**continued, "payload": scram.final(begun["payload"])})
    while not answer["done"]:
        answer = _run(wire, {**continued, "payload": b""})


def _run(wire: Wire, command: dict[str, Any]) -> dict[str, Any]:
    """The answer to a command; raises NotYet with the reason of a refusal."""
    body = struct.pack("<IB", 0, 0) + bson.encoded({**command, "$db": "admin"})
    wire.send(struct.pack("<iiii", len(body) + 16, 1, 0, _MESSAGE) + body)
    size, _, _, kind = struct.unpack("<iiii", wire.exactly(16))
    if kind != _MESSAGE or not 21 < size < _LARGEST:
        raise ValueError(kind)
    answer = bson.decoded(wire.exactly(size - 16)[5:])
    if answer.get("ok") != 1:
        raise NotYet(str(answer.get("errmsg", "it refuses the login")).rstrip(".").lower())
    return answer
