"""`settings:` of a need: server options, as named in the server's documentation."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localenv.stack import Need

_OF_REDIS = ">>> '"
_OF_POSTGRES = re.compile(r"(?:FATAL|ERROR):\s+(.+)")


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Server options of a kind; `own` are those that localenv sets itself, with the alternative for each."""

    own: Mapping[str, str]

    def taken(self, name: str) -> str | None:
        """The alternative to an option that localenv sets itself; None for any other."""
        return self.own.get(plain(name))


def plain(name: str) -> str:
    """The normalised name of an option, as servers compare it."""
    return name.lower().replace("-", "_")


def own(*names: str, **instead: str) -> ServerSettings:
    """All options except these; the keyword arguments name alternatives."""
    return ServerSettings(own={**dict.fromkeys(names, "remove it"), **instead})


def culprit(need: Need, log: Iterable[str]) -> tuple[str, str] | None:
    """The setting that a failed server complains about, with its message."""
    names = sorted(need.settings, key=len, reverse=True)
    for line in reversed([*log]):
        if found := next((name for name in names if plain(name) in plain(line)), None):
            return found, _reason(line)
    return None


def _reason(line: str) -> str:
    """What a server's line of its log says, without time and level; Redis only shows the option."""
    if _OF_REDIS in line:
        return "the server does not have it, or not with this value"
    found = _OF_POSTGRES.search(line)
    return found[1] if found else line.strip()
