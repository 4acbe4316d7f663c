"""What the server of a need does itself when it is to fail, as words for its client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localenv.stack import Need

REFUSE, DISCONNECT = "refuse", "disconnect"


@dataclass(frozen=True, kw_only=True)
class OfServer:
    """What a kind of server does itself: the words for its client, and those that undo it (empty: it does not last).

    With `is_setting` they change its configuration, which natively its users may not.
    """

    words: Callable[[Need], tuple[str, ...]]
    undo: Callable[[Need], tuple[str, ...]] = lambda _: ()
    is_setting: bool = False


_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname IS NOT NULL"
_ALLOW = 'ALTER DATABASE "{}" ALLOW_CONNECTIONS {}'


def _full(need: Need) -> tuple[str, ...]:
    policy = ("maxmemory-policy", "noeviction") if "maxmemory_policy" in _settings(need) else ()  # it would evict all
    return ("CONFIG", "SET", "maxmemory", "1", *policy)


def _not_full(need: Need) -> tuple[str, ...]:
    own = _settings(need)
    policy = own.get("maxmemory_policy")
    return ("CONFIG", "SET", "maxmemory", own.get("maxmemory", "0"), *(("maxmemory-policy", policy) if policy else ()))


def _settings(need: Need) -> dict[str, str]:
    """The described settings without references."""
    texts = {name.replace("-", "_"): "".join(map(str, one.parts)) for name, one in need.settings.items()}
    return {name: text for name, text in texts.items() if name in ("maxmemory", "maxmemory_policy")}


SERVERS: Mapping[str, Mapping[str, OfServer]] = {
    "postgres": {
        DISCONNECT: OfServer(words=lambda _: ("-qtAc", _CUT)),
        REFUSE: OfServer(
            words=lambda need: ("-d", "template1", "-qc", _ALLOW.format(need.database, "false")),
            undo=lambda need: ("-d", "template1", "-qc", _ALLOW.format(need.database, "true")),
        ),
    },
    "redis": {
        DISCONNECT: OfServer(words=lambda _: ("CLIENT", "KILL", "TYPE", "normal")),
        "full": OfServer(words=_full, undo=_not_full, is_setting=True),
    },
}
