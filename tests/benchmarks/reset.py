"""Restore the sample's data after an order: its database and its cache, while its services stay connected.

Each round places an order, which a worker packs some time later; the restore of all needs is timed, from this process,
which connects again. Then the same without changes. Run by hand: `python tests/benchmarks/reset.py [ROUNDS]`.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from measuring import LOCALENV, NAME, REPOSITORY, Row, images_removed, main, quietly, scratch, spent

from localenv.data import snapshots
from localenv.environment import lifecycle, locating, request, stubbing
from localenv.environment.handle import Environment
from localenv.stack import Connection, Reader

ROUNDS = 100

_TARGET = 60.0  # ms, of the 95th percentile
_RELOAD = 100.0  # ms, from saving the file to the response of the stub
_NAMED = ("--name", f"{NAME}-reset")


def benchmark(rounds: int) -> Sequence[Row]:
    with scratch() as folder, _sample() as sample:
        for name, need in sample.stack.needs.items():
            snapshots.snapshot(need, _connection(sample, name), folder)
        changed = [_restored(sample, folder) for _ in range(rounds) if _order(sample)]
        unchanged = [_restored(sample, folder) for _ in range(rounds)]
        reloaded = [_reloaded(sample) for _ in range(rounds)]
    return (
        Row(what="the sample's data restored, median", value=statistics.median(changed), unit="ms"),
        Row(what="the sample's data restored, 95th percentile", value=_high(changed), unit="ms", target=_TARGET),
        Row(what="the same, nothing changed, 95th percentile", value=_high(unchanged), unit="ms", target=_TARGET),
        Row(what="its stubs read and loaded again, 95th percentile", value=_high(reloaded), unit="ms", target=_RELOAD),
    )


def _restored(sample: Environment, folder: Path) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    for name, need in sample.stack.needs.items():
        snapshots.restore(need, _connection(sample, name), folder)
    return (time.perf_counter() - began) * 1000


def _reloaded(sample: Environment) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    stubbing.load(sample.deployment, *sample.stack.upstreams)
    return (time.perf_counter() - began) * 1000


def _order(sample: Environment) -> bool:
    """Whether the API accepted it."""
    body = json.dumps({"sku": "lamp", "quantity": 2}).encode()
    headers = {"Content-Type": "application/json"}
    url = f"{sample.url('api')}/orders"
    with urlopen(Request(url, data=body, headers=headers, method="POST"), timeout=30) as answer:
        return int(answer.status) == 201


def _connection(sample: Environment, name: str) -> Connection:
    return sample.deployment.resolution.connection(name, Reader.MACHINE)


def _high(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@contextmanager
def _sample() -> Iterator[Environment]:
    with images_removed(_NAMED[1]):
        try:
            spent((*LOCALENV, "up", "local", "--detach", *_NAMED))
            target = locating.locate("local", REPOSITORY)
            yield lifecycle.attach(request.Request(target=target, name=_NAMED[1]))
        finally:
            quietly((*LOCALENV, "down", "local", *_NAMED))


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
