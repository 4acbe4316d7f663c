"""The ways in which a need can fail on demand, in words: `stop`, `latency=200ms`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from localenv.needs.server_failures import FULL, ServerFailure
from localenv.sources import durations

KINDS = ("stop", "pause", "disconnect", "refuse", "full", "latency=200ms")
LATENCY = "latency"
_OWN = (FULL,)  # that only a server itself can do
SETTING = "-settings"  # behind the name of a client that may change settings, where that of users may not
_BY_NAME = {one.partition("=")[0]: one for one in KINDS}
_OTHER_WORDS = {
    **dict.fromkeys(("down", "kill", "exit", "crash", "status"), "stop"),
    **dict.fromkeys(("hang", "freeze", "suspend", "timeout"), "pause"),
    **dict.fromkeys(("reset", "drop", "cut", "close", "empty"), "disconnect"),
    **dict.fromkeys(("reject", "deny", "unreachable"), "refuse"),
    **dict.fromkeys(("oom", "memory", "disk"), "full"),
    **dict.fromkeys(("slow", "delay", "drip", "lag"), LATENCY),
}
_LONGEST = 60.0  # seconds


@dataclass(frozen=True, kw_only=True)
class NeedFailure:
    """A failure of a need: `seconds` of a latency."""

    kind: str
    words: str
    seconds: float | None = None


def check(kind: str, own: Mapping[str, ServerFailure], wanted: NeedFailure) -> None:
    """Raise ValueError for a failure that no engine has for a kind of need with these of its own."""
    if wanted.kind in _OWN and wanted.kind not in own:
        can = ", ".join(one for one in KINDS if one in own or one not in _OWN)
        raise ValueError(f"{kind} cannot do '{wanted.kind}'; available: {can}")


def parsed(words: Sequence[str]) -> NeedFailure:
    """The failure that the words describe; raises ValueError with what to write."""
    if len(words) != 1:
        raise ValueError(f"a need fails in one way: one of {', '.join(KINDS)}")
    kind, equals, value = words[0].strip().partition("=")
    if kind not in _BY_NAME:
        raise ValueError(f"unknown failure '{words[0]}' of a need; {_meant(kind)}available: {', '.join(KINDS)}")
    if bool(equals) != (kind == LATENCY):
        raise ValueError(f"{kind} takes no value" if equals else f"{kind} takes a value: {_BY_NAME[kind]}")
    if kind != LATENCY:
        return NeedFailure(kind=kind, words=kind)
    seconds = durations.of_word(kind, value, longest=_LONGEST)
    return NeedFailure(kind=kind, words=f"{kind}={value}", seconds=seconds)


def _meant(kind: str) -> str:
    plain = kind.strip().lower()
    close = get_close_matches(plain, _BY_NAME, n=1)
    near = _OTHER_WORDS.get(plain, close[0] if close else "")
    return f"did you mean {_BY_NAME[near]}? " if near else ""
