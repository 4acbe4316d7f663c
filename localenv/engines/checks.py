"""The checks of each engine; imported by `localenv doctor` alone."""

from collections.abc import Mapping

from localenv.engines.compose import examining as compose
from localenv.engines.examining import Checks
from localenv.engines.native import examining as native

CHECKS: Mapping[str, Checks] = {"compose": compose.CHECKS, "native": native.CHECKS}
