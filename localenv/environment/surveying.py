"""Every environment of this machine as it is now, as far as what runs them tells soon."""

from collections.abc import Iterable, Mapping, MutableMapping
from concurrent.futures import wait
from contextlib import suppress
from functools import partial

from localenv import engines, state
from localenv.engines import Observed
from localenv.environment.finding import orphan
from localenv.environment.status import now
from localenv.errors import LocalenvError
from localenv.host.background import in_background
from localenv.state import Life, Record

_PATIENCE = 3.0  # seconds for all of them; what did not answer is told as it is recorded
_UNSEEN = "last known state: its engine does not answer"


def survey() -> list[Record]:
    """Those recorded, and those of which only containers are left, with the state and the detail of this moment."""
    recorded = {record.identity: record for record in state.known()}
    seen: dict[str, Observed] = {}
    asked = in_background(partial(_look, list(recorded.values()), seen))  # a daemon or a guard may answer nobody
    wait([asked], timeout=_PATIENCE)
    told = dict(seen)
    left = {name: orphan(name) for name in told if name not in recorded}
    everything = recorded | left
    return [_as_seen(everything[name], told.get(name)) for name in sorted(everything)]


def _as_seen(record: Record, seen: Observed | None) -> Record:
    if not record.folder or record.state is Life.STOPPED:
        return record
    if seen is None:
        return record.but(detail="; ".join(filter(None, (record.detail, _UNSEEN))))
    return now(record, seen)


def _look(records: Iterable[Record], seen: MutableMapping[str, Observed]) -> None:
    """The nearest first: guards, the usual Docker engine, others that environments were started on."""
    places: dict[tuple[str, str], list[str]] = {("native", ""): [], ("compose", ""): []}
    for one in records:
        places.setdefault((one.engine, one.endpoint), []).append(one.identity)
    answers: dict[tuple[str, str], Mapping[str, Observed]] = {}
    for (name, endpoint), names in places.items():
        with suppress(LocalenvError):
            engine = engines.engine(name, endpoint)
            place = (name, engine.endpoint)
            if place not in answers:
                answers[place] = engine.survey(names)
            seen.update({**dict.fromkeys(names, Observed()), **answers[place]})
