"""The current state of every environment on this machine, as far as engines answer in time."""

from collections.abc import Iterable, Mapping, MutableMapping
from concurrent.futures import wait
from contextlib import suppress
from functools import partial

from localenv import state
from localenv.engines import Observed
from localenv.engines.choosing import ENGINES, engine
from localenv.environment.finding import orphan
from localenv.environment.status import now
from localenv.errors import LocalenvError
from localenv.host.background import in_background
from localenv.stack.states import EnvironmentState
from localenv.state import Record

_PATIENCE = 3.0  # seconds for all engines together; the rest is shown as recorded
_UNSEEN = "last known state: its engine did not answer in time"


def survey() -> list[Record]:
    """Every environment, recorded or with only containers left, with its current state and detail."""
    recorded = {record.identity: record for record in state.known()}
    seen: dict[str, tuple[str, Observed]] = {}
    asked = in_background(partial(_look, list(recorded.values()), seen))  # a daemon or a guard may not answer
    wait([asked], timeout=_PATIENCE)
    answered = dict(seen)
    left = {name: orphan(name, one) for name, (one, _) in answered.items() if name not in recorded}
    everything = recorded | left
    return [_as_seen(everything[name], answered[name][1] if name in answered else None) for name in sorted(everything)]


def _as_seen(record: Record, seen: Observed | None) -> Record:
    if not record.folder or record.state is EnvironmentState.STOPPED:
        return record
    if seen is None:
        return record.but(detail="; ".join(filter(None, (record.detail, _UNSEEN))))
    return now(record, seen)


def _look(records: Iterable[Record], seen: MutableMapping[str, tuple[str, Observed]]) -> None:
    """Query guards first, then the default Docker, then Docker endpoints of records; a later result wins."""
    places: dict[tuple[str, str], list[str]] = {(name, ""): [] for name in reversed(tuple(ENGINES))}
    for one in records:
        places.setdefault((one.engine, one.endpoint), []).append(one.identity)
    answers: dict[tuple[str, str], Mapping[str, Observed]] = {}
    for (name, endpoint), names in places.items():
        with suppress(LocalenvError):
            asked = engine(name, endpoint)
            place = (name, asked.endpoint)
            if place not in answers:
                answers[place] = asked.survey(names)
            found = {**dict.fromkeys(names, Observed()), **answers[place]}
            seen.update({identity: (name, one) for identity, one in found.items()})
