"""Parse durations."""

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_NUMBER = r"\d+(?:\.\d+)?"
_PART = re.compile(rf"({_NUMBER})(ms|s|m|h|d)")


def seconds(text: str) -> float:
    """`90`, `90s`, `10m` or `1h30m` in seconds; raises ValueError."""
    plain = text.strip().lower()
    if re.fullmatch(_NUMBER, plain, re.ASCII):
        return float(plain)
    if not plain or _PART.sub("", plain):
        raise ValueError(f"'{text}' is not a duration; write 90s, 10m or 1h30m")
    return sum(float(amount) * _UNITS[unit] for amount, unit in _PART.findall(plain))


def of_word(name: str, value: str, *, longest: float) -> float:
    """The seconds of a word such as `slow=3s`, more than 0 and at most `longest`; raises ValueError."""
    try:
        found = seconds(value)
    except ValueError:
        raise ValueError(f"'{value}' is not a duration, as in {name}=3s or {name}=300ms") from None
    if not 0 < found <= longest:
        raise ValueError(f"{name}={value} must be longer than 0 s and at most {longest:g} s")
    return found
