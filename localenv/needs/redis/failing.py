"""What Redis does itself when it is to fail, as its commands."""

from localenv.needs.server_failures import DISCONNECT, FULL, ServerFailure
from localenv.stack import Need


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


FAILURES = {
    DISCONNECT: ServerFailure(words=lambda _: ("CLIENT", "KILL", "TYPE", "normal")),
    FULL: ServerFailure(words=_full, undo=_not_full, is_setting=True),
}
