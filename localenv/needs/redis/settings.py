"""Settings of a running Redis server that clients changed by `CONFIG SET`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256

from localenv.needs import Refused, Restored
from localenv.needs.redis.wire import RedisSession

_SECRET = ("pass", "auth")  # ends of names whose values are kept as digests
_OF_FAULTS = frozenset({"maxmemory", "maxmemory-policy"})
_FULL = "1"  # the maxmemory of a server that a fault has made full
_NO_SECRETS = "changed by CONFIG, and passwords are not put back"


def read(asked: RedisSession) -> dict[str, str]:
    """All settings; empty for a client that may not see them, and cannot change them either."""
    try:
        found = [text.decode(errors="replace") for text in asked.ask("CONFIG", "GET", "*")]
    except Refused:
        return {}
    pairs = zip(found[::2], found[1::2], strict=True)
    return {name: sha256(value.encode()).hexdigest() if name.endswith(_SECRET) else value for name, value in pairs}


def restore(asked: RedisSession, wanted: Mapping[str, str]) -> Restored:
    """Set again what differs; what a fault has set stays."""
    changed: list[str] = []
    left_alone: dict[str, str] = {}
    now = read(asked) if wanted else {}
    kept = _OF_FAULTS if now.get("maxmemory") == _FULL else frozenset()
    for name in now.keys() & wanted.keys() - kept:
        if now[name] == wanted[name]:
            continue
        if why := _NO_SECRETS if name.endswith(_SECRET) else _refusal(asked, name, wanted[name]):
            left_alone[f"setting {name}"] = why
        else:
            changed.append(f"setting {name}")
    return Restored(changed=tuple(sorted(changed)), left_alone=left_alone)


@contextmanager
def with_room(asked: RedisSession) -> Iterator[None]:
    """Inside the block, a server that a fault has made full takes writes."""
    if read(asked).get("maxmemory") != _FULL:
        yield
        return
    asked.ask("CONFIG", "SET", "maxmemory", "0")
    try:
        yield
    finally:
        asked.ask("CONFIG", "SET", "maxmemory", _FULL)


def _refusal(asked: RedisSession, name: str, value: str) -> str:
    """Set it; returns why that is not possible."""
    try:
        asked.ask("CONFIG", "SET", name, value)
    except Refused as refused:
        return str(refused)
    return ""
