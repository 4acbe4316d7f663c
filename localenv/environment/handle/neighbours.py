"""What an environment does with others, which are real servers of its upstreams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from localenv.environment.handle import Environment
    from localenv.environment.request import Request


class Neighbours(Protocol):
    """Looks at other environments, and brings them up."""

    def look(self, request: Request) -> Environment:
        """The environment of a description as it is now."""

    def up(self, request: Request) -> Environment:
        """Bring it up; returns when everything is ready."""
