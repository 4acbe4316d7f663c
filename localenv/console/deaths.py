"""Format the exit of a service for a person."""

from typing import TextIO

from localenv import redaction
from localenv.console.ink import Ink
from localenv.environment.deaths import Death


def death(one: Death, stream: TextIO) -> str:
    """`worker exited (exit code 3); its last lines:`, followed by these lines."""
    ink = Ink(stream)
    head = ink(f"{one.name} {ink.safe(one.reason)}" + ("; its last lines:" if one.log else ""), "red")
    return redaction.redacted("\n".join([head, *(f"    {ink.safe(line)}" for line in one.log)]))
