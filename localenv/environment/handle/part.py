"""What the parts of an environment's operations have in common."""

from __future__ import annotations

TYPE_CHECKING = False  # without `typing`: see the docstring of `localenv`
if TYPE_CHECKING:
    from localenv.environment.handle import Environment


class Part:
    """Operations of an environment on one subject, a base of `Environment`."""

    @property
    def _environment(self) -> Environment:
        return self  # type: ignore[return-value]  # `Environment` is made of these parts
