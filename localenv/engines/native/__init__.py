"""The native engine: the same stack as processes on this machine, without Docker."""

from localenv.engines import EngineModule
from localenv.engines.examining import Checks


def module() -> EngineModule:
    """The engine."""
    from localenv.engines.native import engine

    return engine


def checks() -> Checks:
    """What it needs of this machine."""
    from localenv.engines.native import examining

    return examining.CHECKS
