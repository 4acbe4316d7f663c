"""A service that rejects its health check all the time: when more time would change nothing."""

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from localenv.engines import Deployment, Engine, LogLine, Observed
from localenv.environment.up.clock import Clock
from localenv.environment.up.probes import Unready
from localenv.errors import LocalenvError
from localenv.stack import Service

_CONSTANT = 12.0  # seconds of the same answer in which nothing else happens
_AGAIN = 1.0  # seconds between two checks
_IDLE = 0.25  # of a processor: answering the probes takes some of it
_LINES = 100


@dataclass(kw_only=True)
class Rejections:
    """The same answer of one service to each probe (404, a redirect), while nothing in the environment works on it.

    A program may answer 404 until it has loaded its routes, and a gateway until another service has registered itself.
    So it is final only while no service works, and this one logs nothing but what it logs at each probe.
    """

    engine: Engine
    deployment: Deployment
    service: Service
    clock: Clock
    _text: str = ""
    _since: float = inf
    _busy: Mapping[str, float | None] | None = None
    _looked: float = -inf
    _asked: int = 0  # probes since the last look
    _logged: float = 0.0  # the time of the last line that was looked at
    said: str = ""  # what it logs at each probe beside the request, if it does

    @property
    def is_final(self) -> bool:
        """Whether waiting longer is pointless; never for a service with a time limit of its own."""
        return self.service.probe.timeout is None and self.clock.now() - self._since >= _CONSTANT

    def record(self, answered: Unready, observed: Observed, *, is_start_busy: bool) -> None:
        """Record the answer of a probe; `is_start_busy` while something is built, downloaded, migrated or seeded."""
        now = self.clock.now()
        if not answered.is_rejection or answered.text != self._text:
            self._text, self._since, self._busy, self.said = answered.text, inf, None, ""
        self._asked += 1
        if not answered.is_rejection or now - self._looked < _AGAIN:
            return
        works = self._works(observed, now - self._looked)  # both first, as they compare with the last time
        if self._logs() or works or is_start_busy:
            self._since = now
        self._looked, self._asked = now, 0

    def _works(self, observed: Observed, seconds: float) -> bool:
        """Whether a service has worked since the last time, or may have."""
        before, self._busy = self._busy, {name: one.busy for name, one in observed.services.items()}
        if before is None or before.keys() != self._busy.keys():
            return True
        pairs = [(before[name], busy) for name, busy in self._busy.items()]
        own = self._busy.get(self.service.name)
        return own is None or any(_worked(then, now) > _IDLE * seconds for then, now in pairs)

    def _logs(self) -> bool:
        """Whether it has logged something since the last time, other than what it logs at each probe."""
        path = re.compile(rf"(?<![\w/]){re.escape(self.service.probe.path)}(?![\w/])")
        lines: list[LogLine] = []
        with suppress(LocalenvError):  # a removed service has no log
            found = self.engine.logs(self.deployment.identity, [self.service.name], tail=_LINES, follow=False)
            lines += (one for one in found if one.time > self._logged)
        self._logged = max([self._logged, *(one.time for one in lines)])
        texts = [one.text.strip() for one in lines if one.text.strip() and not path.search(one.text)]
        often = Counter(map(_shape, texts))
        said = [text for text in texts if often[_shape(text)] >= max(self._asked / 2, 2)]
        self.said = said[0] if said else ""
        return len(said) < len(texts)


def _shape(text: str) -> str:
    """A line without what differs each time."""
    return re.sub(r"\d+", "", text)


def _worked(then: float | None, now: float | None) -> float:
    return 0.0 if then is None or now is None else now - then
