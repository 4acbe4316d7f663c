"""The version asked for and the one that runs, as a person should know them."""

import re

from localenv.stack import Need

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def difference(need: Need, running: str) -> str:
    """What to say where they differ; empty where the one that runs is of the version asked for."""
    if need.image is not None:
        return f"{running} runs; the image {need.image} is for Compose"
    asked = _NUMBERS.match(need.version)
    if asked is None or is_of(running, asked[0]):
        return ""
    return f"{running} runs, {need.version} was asked for"


def is_of(running: str, asked: str) -> bool:
    """Whether a version is the one asked for, or a part of it: 17.2 is of 17."""
    return running == asked or running.startswith(f"{asked}.")


def numbers(version: str) -> tuple[int, ...]:
    """The parts of a version, to compare; empty where it has none: `latest`."""
    found = _NUMBERS.match(version)
    return tuple(map(int, found[0].split("."))) if found else ()
