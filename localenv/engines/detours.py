"""What an engine offers to lead the clients of a need somewhere else: late, or nowhere."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from localenv.engines import Deployment


class Detours(Protocol):
    """A part of an engine's services. The forwarder has the key `bridging.detour(name)`."""

    def detour(self, deployment: "Deployment", name: str, delay: float | None) -> None:
        """Let the clients of a need reach it `delay` seconds late, or, with None, not at all; may restart it."""

    def direct(self, deployment: "Deployment", name: str) -> None:
        """Undo `detour`; it may be half done, or gone."""
