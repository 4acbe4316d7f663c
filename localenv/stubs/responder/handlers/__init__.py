"""What the responder answers, by subject: the first segment of the path that WireMock proxies to."""

from collections.abc import Callable, Mapping
from pathlib import Path

from localenv.stubs.responder.values import Handler


def of(subject: str, state: Path) -> Handler | None:
    """The handler of a subject, which reads its files in the folder of the environment's state; None if unknown."""
    make = _HANDLERS.get(subject)
    return make(state) if make else None


def _flags(state: Path) -> Handler:
    from localenv.stubs.responder.handlers import flags  # each handler is loaded when it is first asked

    return flags.handler(state)


def _resources(state: Path) -> Handler:
    from localenv.stubs.responder.handlers import resources

    return resources.handler(state)


_HANDLERS: Mapping[str, Callable[[Path], Handler]] = {"flags": _flags, "resources": _resources}
