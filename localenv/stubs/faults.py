"""Failures on demand, in words: `status=503`, `slow=3s`, `flaky=30%`; several words combine."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction

from localenv.sources import durations
from localenv.stubs.answers import UNSAID as UNSAID

_LONGEST = 3600.0  # seconds of a delay; also how long an answer that hangs is held back
_PERIODS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_RATE = re.compile(r"(\d{1,6})/([smh])")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)%?")
_BROKEN = ("malformed", "truncated", "empty", "reset", "garbage")
_CUT = ("empty", "reset", "garbage")  # without an answer that could drip


Profiles = Mapping[str, Sequence[str]]  # words of failures by name
_NO_PROFILES: Profiles = {}


@dataclass(frozen=True, kw_only=True)
class Rate:
    """The number of requests that are answered in each period, in seconds."""

    requests: int
    period: float


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A failure: the answer instead of the upstream's own, its manner, and how often."""

    words: str = ""
    answer: int | str | None = None  # a status, or one of the words for a broken answer; None: the upstream's own
    slow: float = 0  # seconds before an answer
    drip: float = 0  # seconds during which it arrives
    hangs: bool = False
    flaky: Fraction | None = None  # the part of the requests that fail
    rate: Rate | None = None

    @property
    def needs_answers(self) -> bool:
        """Whether some requests get the upstream's own answers, changed or counted."""
        return self.rate is not None or self.flaky is not None or (self.answer is None and not self.hangs)


def parsed(words: Iterable[str], profiles: Profiles = _NO_PROFILES) -> Fault:
    """The failure that words describe together, or profiles they name; raises ValueError with what to write."""
    words = [each for one in words for each in profiles.get(one, (one,))]
    found = Fault(words=" ".join(words))
    given: set[str] = set()
    for word in words:
        name, equals, value = word.strip().partition("=")
        if name not in KINDS:
            raise ValueError(_unknown(word, name, profiles))
        if name in given:
            raise ValueError(f"{name} is given twice")
        given.add(name)
        kind = KINDS[name]
        if bool(equals) != bool(kind.example):
            raise ValueError(f"{name} takes a value: {kind.example}" if kind.example else f"{name} takes no value")
        found = kind.read(found, value)
    return _checked(found, given)


def word(kind: int | str, **values: float | str | None) -> list[str]:
    """The words of a call such as `fails("drip", seconds=5)`; raises ValueError."""
    if isinstance(kind, int):
        return [f"status={kind}"]
    given = {name: value for name, value in values.items() if value is not None}
    if "=" in kind or " " in kind:
        if given:
            raise ValueError(f"{kind!r} is whole; leave out {', '.join(given)}")
        return kind.split()
    wanted = KINDS[kind].value if kind in KINDS else ""
    if set(given) != ({wanted} if wanted else set()):
        raise ValueError(f'"{kind}" takes {wanted}=' if wanted else f'"{kind}" takes no {", ".join(given)}')
    return [with_value(kind, given[wanted])] if wanted else [kind]


def with_value(kind: str, value: float | str) -> str:
    """The word for a kind with its value; a number gets the unit of the kind."""
    known = KINDS.get(kind)
    return f"{kind}={value}{known.unit if known and isinstance(value, int | float) else ''}"


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """One word: how it is read; if it takes a value, an example, and its name and unit in Python."""

    read: Callable[[Fault, str], Fault]
    example: str = ""
    value: str = ""
    unit: str = ""  # of a bare number


def _status(fault: Fault, value: str) -> Fault:
    if not value.isdigit() or not 200 <= int(value) <= 599:
        raise ValueError(f"'{value}' is not a status from 200 to 599, as in status=503")
    return _answered(fault, int(value), f"status={value}")


def _broken(kind: str) -> Callable[[Fault, str], Fault]:
    return lambda fault, _: _answered(fault, kind, kind)


def _answered(fault: Fault, answer: int | str, given: str) -> Fault:
    if fault.answer is not None:
        first = f"status={fault.answer}" if isinstance(fault.answer, int) else fault.answer
        raise ValueError(f"{first} and {given} exclude each other: an answer has one of status=, {', '.join(_BROKEN)}")
    return replace(fault, answer=answer)


def _slow(fault: Fault, value: str) -> Fault:
    return replace(fault, slow=durations.of_word("slow", value, longest=_LONGEST))


def _drip(fault: Fault, value: str) -> Fault:
    return replace(fault, drip=durations.of_word("drip", value, longest=_LONGEST))


def _hang(fault: Fault, value: str) -> Fault:
    return replace(fault, hangs=True)


def _flaky(fault: Fault, value: str) -> Fault:
    found = _PERCENT.fullmatch(value)
    if not found or not 0 < (part := Fraction(found[1])) <= 100:
        raise ValueError(f"'{value}' is not a percentage over 0 and up to 100, as in flaky=30%")
    return replace(fault, flaky=part / 100)


def _rate(fault: Fault, value: str) -> Fault:
    found = _RATE.fullmatch(value)
    if not found or not int(found[1]):
        raise ValueError(f"'{value}' is not a rate, as in rate-limit=5/s or rate-limit=100/m")
    return replace(fault, rate=Rate(requests=int(found[1]), period=_PERIODS[found[2]]))


KINDS: Mapping[str, FaultKind] = {
    "status": FaultKind(read=_status, example="status=503", value="status"),
    **{kind: FaultKind(read=_broken(kind)) for kind in _BROKEN},
    "slow": FaultKind(read=_slow, example="slow=3s", value="seconds", unit="s"),
    "drip": FaultKind(read=_drip, example="drip=5s", value="seconds", unit="s"),
    "hang": FaultKind(read=_hang),
    "rate-limit": FaultKind(read=_rate, example="rate-limit=5/s", value="rate"),
    "flaky": FaultKind(read=_flaky, example="flaky=30%", value="percent", unit="%"),
}
WORDS = tuple(kind.example or name for name, kind in KINDS.items())
_OTHER_WORDS = {
    "delay": "slow=3s", "latency": "slow=3s", "timeout": "hang", "truncate": "truncated", "cut": "truncated",
    "partial": "truncated", "close": "empty", "disconnect": "reset", "refused": "reset", "random": "garbage",
    "error": "status=500", "down": "status=503", "ratelimit": "rate-limit=5/s", "throttle": "rate-limit=5/s",
    "limit": "rate-limit=5/s", "chaos": "flaky=30%", "error-rate": "flaky=30%", "invalid": "malformed",
    "dribble": "drip=5s", "stop": "status=503", "pause": "hang", "refuse": "reset",
}  # fmt: skip


def _checked(fault: Fault, given: set[str]) -> Fault:
    if not given:
        raise ValueError(f"missing the kind of failure: {', '.join(WORDS)}")
    if fault.hangs and len(given) > 1:
        raise ValueError(f"hang gives no answer; leave out {', '.join(sorted(given - {'hang'}))}")
    if fault.drip and fault.answer in _CUT:
        raise ValueError(f"{fault.answer} has no body that could drip")
    if fault.rate and (fault.answer is not None or fault.flaky is not None):
        raise ValueError("rate-limit answers 429 above the limit; leave out the other answer")
    if fault.flaky is not None and fault.answer is None:
        return replace(fault, answer=503)
    return fault


def _unknown(word: str, name: str, profiles: Profiles) -> str:
    """A word of no kind: a synonym, a misspelling, a bare number."""
    known = {**{name: kind.example or name for name, kind in KINDS.items()}, **{name: name for name in profiles}}
    plain = name.strip().lower().replace("_", "-")
    near = f"status={plain}" if plain.isdigit() else _OTHER_WORDS.get(plain, "")
    close = get_close_matches(plain, known, n=1)
    near = near or (known[close[0]] if close else "")
    meant = f"did you mean {near}? " if near else ""
    return f"unknown failure '{word}'; {meant}available: {', '.join(known.values())}"
