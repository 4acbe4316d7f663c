"""The Redis protocol (RESP2): commands and responses.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from localenv.needs import NotYet, Refused
from localenv.needs.wire import SILENCE, Wire, dialled
from localenv.stack import Connection

RedisCommand = Sequence[str | bytes | int]

_MOST = 1000  # pipelined commands, so that neither side blocks on a full buffer


def log_in(connection: Connection) -> None:
    """Return when it answers a ping with the password; raise NotYet otherwise, within a second."""
    with session(connection, 1.0) as asked:
        try:
            answer = asked.ask("PING")
        except Refused as refused:
            raise NotYet(str(refused)) from refused
        if answer != b"PONG":
            raise ValueError(answer)


@contextmanager
def session(connection: Connection, seconds: float) -> Iterator["RedisSession"]:
    """Open a session of at most `seconds`; raises NotYet if that is not possible."""
    with dialled(connection, seconds, lambda: _ask(connection)) as wire:
        asked = RedisSession(wire)
        if connection.password:
            try:
                asked.ask("AUTH", *filter(None, (connection.user, connection.password)))
            except Refused as refused:
                raise NotYet(str(refused)) from refused
        yield asked


def _ask(connection: Connection) -> None:
    with session(connection, SILENCE) as asked:
        asked.ask("PING")


class RedisSession:
    """A logged-in client."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def ask(self, *command: str | bytes | int) -> Any:
        """The response to one command: bytes, a number, None or a list of them; raises Refused."""
        return self.ask_all([command])[0]

    def ask_all(self, commands: Sequence[RedisCommand]) -> list[Any]:
        """The responses to pipelined commands; raises Refused for the first refused command."""
        answers: list[Any] = []
        for begin in range(0, len(commands), _MOST):
            part = commands[begin : begin + _MOST]
            self._wire.send(b"".join(map(_encoded, part)))
            answers += [self._answer() for _ in part]
        for answer in answers:
            if isinstance(answer, Refused):
                raise answer
        return answers

    def _answer(self) -> Any:
        line = self._wire.line()
        kind, rest = line[:1], line[1:]
        match kind:
            case b"+":
                return rest
            case b"-":
                return Refused(rest.decode(errors="replace"), code=rest.split()[0].decode(errors="replace"))
            case b":":
                return int(rest)
            case b"$":
                return None if rest == b"-1" else self._wire.exactly(int(rest) + 2)[:-2]
            case b"*":
                return None if rest == b"-1" else [self._answer() for _ in range(int(rest))]
        raise ValueError(line)


def _encoded(command: RedisCommand) -> bytes:
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
