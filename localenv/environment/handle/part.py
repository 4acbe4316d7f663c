"""What the parts of an environment's operations have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


class Part:
    """Operations of an environment on one subject, a base of `Environment`."""

    @property
    def _environment(self) -> Environment:
        return cast("Environment", self)
