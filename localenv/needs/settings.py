"""`settings:` of a need: options of its server, as its own documentation names them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localenv.stack import Need


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Options that the server of a kind takes; `own` are those that localenv says, and what to write instead."""

    own: Mapping[str, str]

    def taken(self, name: str) -> str | None:
        """What to do about an option that localenv says itself; None for any other."""
        return self.own.get(plain(name))


def plain(name: str) -> str:
    """The name of an option as servers compare them."""
    return name.lower().replace("-", "_")


def own(*names: str, **instead: str) -> ServerSettings:
    """All options but these, some of which the description says in another way."""
    return ServerSettings(own={**dict.fromkeys(names, "remove it"), **instead})


def culprit(need: Need, log: Iterable[str]) -> tuple[str, str] | None:
    """The setting that a server which did not start complains about, and its complaint."""
    names = sorted(need.settings, key=len, reverse=True)
    for line in reversed([*log]):
        if found := next((name for name in names if plain(name) in plain(line)), None):
            return found, line.strip()
    return None
