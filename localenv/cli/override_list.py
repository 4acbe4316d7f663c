"""Print overrides: those that are active, or what was done with them."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from localenv.cli import documents
from localenv.cli.options import Output
from localenv.console import overrides
from localenv.environment.overrides.entries import Override

AsDocument = Callable[[Override], dict[str, Any]]


def show(
    found: Sequence[Override],
    output: Output,
    done: str = "",
    *,
    none: str = "",
    document: AsDocument = Override.document,
) -> None:
    """Print each override in a line with what was `done`, or all as JSON; without `done` they are the result.

    If there are none, `none` says so on stderr.
    """
    if output.json:
        documents.show([document(one) for one in found])
        return
    for one in () if output.quiet and done else found:
        print(overrides.shown(one, sys.stdout, done))
    if not found:
        missing(none, output)


def show_removed(
    found: Sequence[Override],
    output: Output,
    done: str = "removed",
    *,
    none: str = "",
    document: AsDocument = Override.document,
) -> None:
    """Print overrides that are no longer active, as `show` does."""
    if output.json or not found:
        show(found, output, none=none, document=document)
    elif not output.quiet:
        print("\n".join(overrides.shown(one, sys.stdout, done, is_over=True) for one in found))


def missing(none: str, output: Output) -> None:
    """Say on stderr that there is nothing to list, where a program does not read it."""
    if not output.json and not output.quiet:
        print(none, file=sys.stderr)
