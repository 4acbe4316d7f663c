"""The paths of matching rules, a small part of JSONPath, and which rule is for which value."""

import re
from functools import lru_cache

PathStep = str | int  # a key, an index; `ANY` for every one
ValuePath = tuple[PathStep, ...]

ANY = "*"

_STEP = re.compile(
    r"\.(?P<any>\*)|\.(?P<key>[^.\[\]*\s]+)|\[(?P<each>\*)\]|\[(?P<index>\d+)\]"
    r"|\['(?P<quoted>(?:[^'\\]|\\.)*)'\]|\[\"(?P<double>(?:[^\"\\]|\\.)*)\"\]"
)


class _Every(str):
    """Every key or index."""

    __slots__ = ()


EVERY = _Every(ANY)


@lru_cache(4096)  # those of thousands of interactions are the same
def parse(text: str) -> ValuePath:
    """The steps below `$`; raises ValueError."""
    if not text.startswith("$"):
        raise ValueError(f"a path begins with $: {text}")
    at, steps = 1, list[PathStep]()
    while at < len(text):
        found = _STEP.match(text, at)
        if not found:
            raise ValueError(f"cannot read the path {text} at character {at + 1}")
        if found["any"] or found["each"]:
            steps.append(EVERY)
        elif found["index"]:
            steps.append(int(found["index"]))
        else:
            quoted = found["quoted"] if found["quoted"] is not None else found["double"]
            steps.append(found["key"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = found.end()
    return tuple(steps)


def of_parameter(key: str) -> ValuePath:
    """The steps of a parameter's or header's name, such as `ids[*]` and `ids[0]`."""
    found = re.fullmatch(r"(.+?)\[(\*|\d+)\]", key)
    if not found:
        return (key,)
    return (found[1], EVERY if found[2] == ANY else int(found[2]))


def weight(rule: ValuePath, value: ValuePath) -> int:
    """How well a rule fits a value or one of its parents: the larger the better; 0 if it does not."""
    if len(rule) > len(value):
        return 0
    found = 2
    for wanted, step in zip(rule, value, strict=False):
        if isinstance(wanted, _Every):
            continue
        if wanted != step:
            return 0
        found *= 2
    return found * (len(rule) + 1)
