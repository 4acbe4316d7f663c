"""Search the values of a Redis."""

import re
from collections.abc import Iterator
from typing import Any

from localenv.needs.redis.wire import RedisCommand, RedisSession, session
from localenv.stack import Connection

_LONGEST = 60.0  # seconds
_READ: dict[bytes, tuple[str, tuple[str, ...]]] = {
    b"string": ("GET", ()),
    b"list": ("LRANGE", ("0", "-1")),
    b"set": ("SMEMBERS", ()),
    b"zset": ("ZRANGE", ("0", "-1")),
    b"hash": ("HGETALL", ()),
    b"stream": ("XRANGE", ("-", "+")),
}


def search(connection: Connection, expression: str) -> str:
    """The first key with a value that a regular expression matches; empty if none."""
    wanted = re.compile(expression.encode())
    with session(connection, _LONGEST) as asked:
        for number in _numbers(asked):
            asked.ask("SELECT", number)
            for key, value in _values(asked):
                if any(wanted.search(text) for text in _texts(value)):
                    return str(key.decode(errors="replace"))
    return ""


def _numbers(asked: RedisSession) -> list[str]:
    answer = asked.ask("INFO", "keyspace").decode()
    return [line.partition(":")[0].removeprefix("db") for line in answer.splitlines() if line.startswith("db")]


def _values(asked: RedisSession) -> Iterator[tuple[bytes, Any]]:
    cursor: bytes | str = "0"
    while True:
        cursor, keys = asked.ask("SCAN", cursor, "COUNT", 1000)
        kinds = asked.ask_all([("TYPE", key) for key in keys])
        known = [(key, _READ[kind]) for key, kind in zip(keys, kinds, strict=True) if kind in _READ]
        commands: list[RedisCommand] = [(command, key, *more) for key, (command, more) in known]
        yield from zip((key for key, _ in known), asked.ask_all(commands), strict=True)
        if cursor == b"0":
            return


def _texts(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    for item in value if isinstance(value, list) else ():
        yield from _texts(item)
