"""The current state of every environment on this machine, as far as engines answer in time."""

from collections.abc import Iterable, MutableMapping
from concurrent.futures import wait
from contextlib import suppress
from functools import partial

from localenv import state
from localenv.engines import Engine, Observed
from localenv.engines.choosing import ENGINES, engine
from localenv.environment.finding import orphan
from localenv.environment.status import now
from localenv.errors import LocalenvError
from localenv.host.background import in_background
from localenv.stack.states import EnvironmentState
from localenv.state import Record

_PATIENCE = 3.0  # seconds for each engine and each guard, side by side; the rest is shown as recorded
_EnginePlace = tuple[str, str]  # name and endpoint
_UNSEEN = "last known state: its engine did not answer in time"


def survey() -> list[Record]:
    """Every environment, recorded or with only containers left, with its current state and detail."""
    recorded = {record.identity: record for record in state.known()}
    places = _places(recorded.values())
    seen: dict[_EnginePlace, dict[str, Observed]] = {place: {} for place in places}
    wait([in_background(partial(_look, *place, names, seen[place])) for place, names in places.items()], _PATIENCE)
    answered = {name: (place[0], one) for place, found in seen.items() for name, one in dict(found).items()}
    left = {name: orphan(name, one) for name, (one, _) in answered.items() if name not in recorded}
    everything = recorded | left
    return [_as_seen(everything[name], answered[name][1] if name in answered else None) for name in sorted(everything)]


def _as_seen(record: Record, seen: Observed | None) -> Record:
    if not record.folder or record.state is EnvironmentState.STOPPED:
        return record
    if seen is None:
        return record.but(detail="; ".join(filter(None, (record.detail, _UNSEEN))))
    return now(record, seen)


def _places(records: Iterable[Record]) -> dict[_EnginePlace, list[str]]:
    """Where to look for what: guards, the default Docker, then Docker endpoints of records; a later result wins."""
    places: dict[_EnginePlace, list[str]] = {(name, ""): [] for name in reversed(tuple(ENGINES))}
    for one in records:
        places.setdefault((one.engine, one.endpoint), []).append(one.identity)
    return places


def _look(name: str, endpoint: str, identities: Iterable[str], seen: MutableMapping[str, Observed]) -> None:
    """Observe these environments of an engine, and others that it has; each is `seen` as soon as it has answered."""
    with suppress(LocalenvError):
        asked = engine(name, endpoint)
        everything = asked.survey()
        if everything is None:
            wait([in_background(partial(_observe, asked, one, seen)) for one in identities])
        else:
            seen.update({**dict.fromkeys(identities, Observed()), **everything})


def _observe(asked: Engine, identity: str, seen: MutableMapping[str, Observed]) -> None:
    with suppress(LocalenvError):
        seen[identity] = asked.observe(identity)
