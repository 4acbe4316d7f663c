"""Print overrides: those that are active, or what was done with them."""

import json as json_
from collections.abc import Callable, Iterable
from typing import Any

from localenv import redaction
from localenv.cli.options import Output
from localenv.console import overrides
from localenv.environment.overrides import Override

Document = Callable[[Override], dict[str, Any]]


def show(found: Iterable[Override], output: Output, done: str = "", *, document: Document = Override.document) -> None:
    """Print each override in a line with what was `done`, or all as JSON; without `done` they are the result."""
    if output.json:
        print(redaction.redacted(json_.dumps([document(one) for one in found], indent=2, ensure_ascii=False)))
        return
    for one in () if output.quiet and done else found:
        print(overrides.line(one, done))
