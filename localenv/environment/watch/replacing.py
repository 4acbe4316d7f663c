"""Which container of a service has what was copied into it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from localenv.environment.handle import Environment


@dataclass(kw_only=True)
class SeenContainers:
    """The containers that were seen last, by service."""

    _last: dict[str, str] = field(default_factory=dict)

    def see(self, environment: "Environment", name: str) -> bool:
        """Look at the container of a service; returns whether it is another one than the last."""
        seen = environment.engine.observe(environment.identity).services.get(name)
        now = seen.id if seen else ""
        before = self._last.get(name, now)
        self._last[name] = now or before
        return bool(now) and now != before
