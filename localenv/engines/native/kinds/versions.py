"""The version asked for and the one that runs, as a person should know them."""

import re

from localenv.stack import Need

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def difference(need: Need, running: str) -> str:
    """What to say besides the two versions; empty where they say it all."""
    return f"running {running}; image {need.image} is used by Compose only" if need.image is not None else ""


def numbers(version: str) -> tuple[int, ...]:
    """The parts of a version, to compare; empty where it has none: `latest`."""
    found = _NUMBERS.match(version)
    return tuple(map(int, found[0].split("."))) if found else ()
