"""The error that a service has logged while it does not become ready."""

from contextlib import suppress
from dataclasses import dataclass
from math import inf

from localenv.engines import Deployment, Engine
from localenv.environment.logs.errors import logged_error
from localenv.errors import LocalenvError
from localenv.stack import Role, Service

_FIRST = 2.0  # seconds to become ready before its log is read
_AGAIN = 2.0  # seconds between two readings
_LINES = 100


@dataclass(kw_only=True)
class LoggedError:
    """The last error in the log of one service, which is read from time to time."""

    engine: Engine
    deployment: Deployment
    service: Service
    began: float
    _line: str = ""
    _read_at: float = -inf

    def line(self, now: float, *, is_last: bool = False) -> str:
        """The error as of the last reading, or as it is now if this `is_last`; empty if there is none."""
        is_due = now - self.began >= _FIRST and now - self._read_at >= _AGAIN
        if self.service.role is Role.SERVICE and (is_due or is_last):
            self._read_at = now
            with suppress(LocalenvError):  # a removed service has no log
                self._line = self._read()
        return self._line

    def _read(self) -> str:
        lines = self.engine.logs(self.deployment.identity, [self.service.name], tail=_LINES, follow=False)
        return logged_error([line.text for line in lines])
