"""The description: whether there is one, in a version that this localenv reads, without mistakes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from localenv.engines.examining import CheckResult, Health
from localenv.environment.locating import locate
from localenv.environment.request import Request
from localenv.environment.up.preparing import stack as stack_of
from localenv.errors import DescriptionError, LocalenvError, UsageError, shown
from localenv.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Described:
    """The stack of a description; None without one, or with mistakes in it."""

    title: str = ""
    stack: Stack | None = None
    error: LocalenvError | None = field(default=None, compare=False)


def found(env: str | None) -> Described:
    """The description that `up` would use."""
    try:
        target = locate(env)
    except LocalenvError as error:
        return Described(error=error)
    title = shown(target.file)
    try:
        return Described(title=title, stack=stack_of(Request(target=target)))
    except LocalenvError as error:
        return Described(title=title, error=error)


def results(described: Described) -> Iterator[CheckResult]:
    """What there is to say of it."""
    error = described.error
    if described.stack is not None:
        yield CheckResult(name="description", health=Health.OK, found=described.title)
    elif isinstance(error, DescriptionError):
        count = len(error.problems)
        text = f"{count} mistakes, the first: {error.problems[0]}" if count > 1 else str(error.problems[0])
        yield CheckResult(
            name="description", health=Health.PROBLEM, found=text.partition("\n")[0], hint="localenv check"
        )
    elif isinstance(error, UsageError) and not described.title:
        yield CheckResult(name="description", health=Health.PROBLEM, found=error.message, hint="localenv init")
    elif error is not None:
        yield CheckResult(name="description", health=Health.PROBLEM, found=error.message, hint=error.hint)
