"""Compare the requested version with the running one."""

import re

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


def numbers(version: str) -> tuple[int, ...]:
    """The parts of a version, to compare; empty if it has none, such as `latest`."""
    found = _NUMBERS.match(version)
    return tuple(map(int, found[0].split("."))) if found else ()


def differs(asked: str, running: str) -> bool:
    """Whether another major version, or another server, runs; False if either is unknown."""
    wanted = numbers(asked)
    return bool(wanted and running) and wanted[:1] != numbers(running)[:1]
