"""Snapshots of the keys of Redis, restored in one transaction while clients stay connected.

A restored time to live starts again with the time left at the snapshot. Changed users are not restored.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from localenv.needs import Refused, Restored, snapshot_files
from localenv.needs.redis import settings
from localenv.needs.redis.wire import RedisCommand, RedisSession, session
from localenv.stack import Connection

_LONGEST = 120.0  # seconds
_FUNCTIONS = "functions"
_USERS = "users"
_SETTINGS = "settings"
_ALL = ""  # the name of its file: a client always has access to all databases of Redis

_NO_PASSWORDS = "changed by ACL, and passwords are not put back"

# if all are unchanged, no client has written: changes are counted from the last save
_COUNTERS = ("run_id", "rdb_last_save_time", "rdb_saves", "rdb_changes_since_last_save", "expired_keys", "evicted_keys")


def snapshot(connection: Connection, folder: Path) -> None:
    """Dump every key of every database, every function and the server's settings into a file on this machine."""
    with session(connection, _LONGEST) as asked:
        counters = _counters(_info(asked))
        keys = {number: list(_keys(asked, number)) for number in _numbers(_info(asked))}
        apart = {_FUNCTIONS: _functions(asked), _USERS: _users(asked), _SETTINGS: settings.read(asked)}
        snapshot_files.write(folder, _ALL, {"counters": counters, "keys": keys, **apart})


def restore(connection: Connection, folder: Path) -> Restored:
    """Restore settings, and all keys and functions if there was any write; returns the databases with keys too."""
    taken = snapshot_files.read(folder, _ALL)
    with session(connection, _LONGEST) as asked:
        info = _info(asked)
        others = settings.restore(asked, taken.get(_SETTINGS, {}))
        if (users := _users(asked)) != taken.get(_USERS, users):
            others += Restored(left_alone={_USERS: _NO_PASSWORDS})
        if _counters(info) == taken["counters"] and not _lives(taken["keys"]):
            return others
        functions = list(_reload(asked, taken.get(_FUNCTIONS)))
        numbers = sorted({*_numbers(info), *taken["keys"]}, key=int)
        # a write to another database at this moment stays, as if it came after the restore
        commands = [command for number in numbers for command in _refill(number, taken["keys"].get(number, ()))]
        with settings.with_room(asked):
            *_, answers = asked.ask_all([("MULTI",), *functions, *commands, ("INFO",), ("EXEC",)])
        _check(answers)
        snapshot_files.write(folder, _ALL, {**taken, "counters": _counters(_parsed(answers[-1]))})
    changed = (*(f"db{number}" for number in numbers), *([_FUNCTIONS] if functions else []))
    return Restored(changed=changed) + others


def discard(connection: Connection, folder: Path) -> None:
    """Remove the file; nothing is stored in Redis itself."""
    snapshot_files.remove(folder, _ALL)


def _keys(asked: RedisSession, number: str) -> Iterator[tuple[str, int, str]]:
    """Every key, its time to live in milliseconds or 0, and its dump."""
    asked.ask("SELECT", number)
    cursor: bytes | str = "0"
    seen: set[bytes] = set()
    while True:
        cursor, found = asked.ask("SCAN", cursor, "COUNT", 1000)
        new = [key for key in found if key not in seen]  # SCAN can return a key twice
        seen.update(new)
        answers = asked.ask_all([command for key in new for command in (("PTTL", key), ("DUMP", key))])
        for key, left, dump in zip(new, answers[::2], answers[1::2], strict=True):
            if dump is not None:
                yield b64encode(key).decode(), max(left, 0), b64encode(dump).decode()
        if cursor == b"0":
            return


def _refill(number: str, keys: list[tuple[str, int, str]]) -> Iterator[RedisCommand]:
    yield "SELECT", number
    yield ("FLUSHDB",)
    for key, left, dump in keys:
        yield "RESTORE", b64decode(key), left, b64decode(dump)


def _functions(asked: RedisSession) -> str:
    """A dump of all function libraries; a server before Redis 7 has none."""
    try:
        return b64encode(asked.ask("FUNCTION", "DUMP")).decode()
    except Refused:
        return ""


def _reload(asked: RedisSession, taken: str | None) -> Iterator[RedisCommand]:
    """The commands that restore the functions of the snapshot, if they differ."""
    if taken and _functions(asked) != taken:
        yield "FUNCTION", "RESTORE", b64decode(taken), "FLUSH"


def _users(asked: RedisSession) -> str:
    """A hash over users' permissions; a client without access to them cannot change them either."""
    try:
        return sha256(b"\n".join(sorted(asked.ask("ACL", "LIST")))).hexdigest()
    except Refused:
        return ""


def _check(answers: list[Any] | None) -> None:
    for answer in answers or ():
        if isinstance(answer, Refused):
            raise answer


def _lives(keys: Mapping[str, list[tuple[str, int, str]]]) -> bool:
    """Whether any key has a time to live: it may have expired without a write."""
    return any(left for found in keys.values() for _, left, _ in found)


def _info(asked: RedisSession) -> dict[str, str]:
    return _parsed(asked.ask("INFO"))


def _parsed(info: bytes) -> dict[str, str]:
    return dict(line.split(":", 1) for line in info.decode(errors="replace").splitlines() if ":" in line)


def _counters(info: Mapping[str, str]) -> list[str]:
    return [info.get(name, "") for name in _COUNTERS]


def _numbers(info: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("db") for name in info if name.removeprefix("db").isdecimal()]
