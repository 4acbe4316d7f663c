"""Snapshots of the keys of Redis, restored in one transaction while clients stay connected.

Times to live begin anew at what was left of them in the snapshot. Functions and users are not restored.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from localenv.needs import Refused, Restored, snapshot_files
from localenv.needs.redis.wire import Command, RedisSession, session
from localenv.stack import Connection

_LONGEST = 120.0  # seconds
_ALL = ""  # the name of its file: no client is given one database of Redis alone

# together they are the same as long as nobody has written: changes are counted from the last save
_COUNTERS = ("run_id", "rdb_last_save_time", "rdb_saves", "rdb_changes_since_last_save", "expired_keys", "evicted_keys")


def snapshot(connection: Connection, folder: Path) -> None:
    """Dump every key of every database into a file of this machine."""
    with session(connection, _LONGEST) as asked:
        counters = _counters(_info(asked))
        keys = {number: list(_keys(asked, number)) for number in _numbers(_info(asked))}
        snapshot_files.write(folder, _ALL, {"counters": counters, "keys": keys})


def restore(connection: Connection, folder: Path) -> Restored:
    """Restore all keys where anybody has written at all; the databases that then hold or held keys."""
    taken = snapshot_files.read(folder, _ALL)
    with session(connection, _LONGEST) as asked:
        info = _info(asked)
        if _counters(info) == taken["counters"] and not _lives(taken["keys"]):
            return Restored()
        numbers = sorted({*_numbers(info), *taken["keys"]}, key=int)
        # what was written to a further database in this moment stays, as if it had been written after
        commands = [command for number in numbers for command in _refill(number, taken["keys"].get(number, ()))]
        *_, answers = asked.ask_all([("MULTI",), *commands, ("INFO",), ("EXEC",)])
        _check(answers)
        snapshot_files.write(folder, _ALL, {**taken, "counters": _counters(_parsed(answers[-1]))})
    return Restored(changed=tuple(f"db{number}" for number in numbers))


def discard(connection: Connection, folder: Path) -> None:
    """Remove the file; Redis itself holds nothing."""
    snapshot_files.remove(folder, _ALL)


def _keys(asked: RedisSession, number: str) -> Iterator[tuple[str, int, str]]:
    """Every key, the milliseconds it has left or 0, and its dump."""
    asked.ask("SELECT", number)
    cursor: bytes | str = "0"
    seen: set[bytes] = set()
    while True:
        cursor, found = asked.ask("SCAN", cursor, "COUNT", 1000)
        new = [key for key in found if key not in seen]  # a key may come twice
        seen.update(new)
        answers = asked.ask_all([command for key in new for command in (("PTTL", key), ("DUMP", key))])
        for key, left, dump in zip(new, answers[::2], answers[1::2], strict=True):
            if dump is not None:
                yield b64encode(key).decode(), max(left, 0), b64encode(dump).decode()
        if cursor == b"0":
            return


def _refill(number: str, keys: list[tuple[str, int, str]]) -> Iterator[Command]:
    yield "SELECT", number
    yield ("FLUSHDB",)
    for key, left, dump in keys:
        yield "RESTORE", b64decode(key), left, b64decode(dump)


def _check(answers: list[Any] | None) -> None:
    for answer in answers or ():
        if isinstance(answer, Refused):
            raise answer


def _lives(keys: Mapping[str, list[tuple[str, int, str]]]) -> bool:
    """Whether a key lives for some time only: it may be gone, and nobody has written."""
    return any(left for found in keys.values() for _, left, _ in found)


def _info(asked: RedisSession) -> dict[str, str]:
    return _parsed(asked.ask("INFO"))


def _parsed(info: bytes) -> dict[str, str]:
    return dict(line.split(":", 1) for line in info.decode(errors="replace").splitlines() if ":" in line)


def _counters(info: Mapping[str, str]) -> list[str]:
    return [info.get(name, "") for name in _COUNTERS]


def _numbers(info: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("db") for name in info if name.removeprefix("db").isdecimal()]
