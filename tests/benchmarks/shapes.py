"""Four shapes of stacks: `up`, an `up` with nothing to do, and `down`, each compared with plain `docker compose`.

Like `up.py` with the sample; nothing is built, and there are no smoke checks. Run by hand: `python
tests/benchmarks/shapes.py [ROUNDS]`.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from measuring import Row, main, scratch
from sides import compared

ROUNDS = 5

_SERVICE = """
  {name}:
    image: python:3.13-slim
    command: python3 -m http.server ${{port}}
    port: 8000
    environment: {{{environment}}}
"""
_WORKER = """
  worker:
    image: python:3.13-slim
    command: python3 -c "import time; time.sleep(3600)"
    environment: {DB: "${db.url}", CACHE: "${cache.url}"}
"""


def benchmark(rounds: int) -> Sequence[Row]:
    return tuple(row for name, description in _SHAPES.items() for row in _rows(name, description, rounds))


def _rows(name: str, description: str, rounds: int) -> Iterator[Row]:
    with scratch() as repository:
        _write(repository, description)
        result = compared(repository, "api", "/", rounds)
    yield result.row(f"{name}: up until it answers / compose up -d", "answered", target=1)
    yield result.no_op(f"{name}: second up, nothing differs", target=0.5)
    yield result.row(f"{name}: down / compose down -v -t 1", "down")


def _write(repository: Path, description: str) -> None:
    (repository / ".git").mkdir()
    (repository / "envs").mkdir()
    (repository / "envs" / "local.yaml").write_text(description)
    for number in range(1, 11):
        mappings = repository / "stubs" / f"upstream{number}" / "mappings"
        mappings.mkdir(parents=True)
        stub = {"request": {"urlPath": "/price"}, "response": {"jsonBody": {"price": number}}}
        (mappings / "price.json").write_text(json.dumps(stub))


def _service(name: str, **variables: str) -> str:
    environment = ", ".join(f'{variable}: "{value}"' for variable, value in variables.items())
    return _SERVICE.format(name=name, environment=environment)


def _upstreams(count: int) -> str:
    shown = "".join(f"  upstream{number}: {{stubs: ../stubs/upstream{number}}}\n" for number in range(1, count + 1))
    return f"upstreams:\n{shown}"


_SHAPES: Mapping[str, str] = {
    "one upstream": "name: shape\nservices:" + _service("api", URL="${upstream1.url}") + _upstreams(1),
    "one need": "name: shape\nservices:" + _service("api", DB="${db.url}") + "needs: {db: postgres}\n",
    "needs, worker, two services": (
        "name: shape\nservices:"
        + _service("api", DB="${db.url}", WEB="${web.url}", URL="${upstream1.url}")
        + _service("web", CACHE="${cache.url}")
        + _WORKER
        + "needs: {db: postgres, cache: redis}\n"
        + _upstreams(1)
    ),
    "ten upstreams": (
        "name: shape\nservices:"
        + _service("api", **{f"URL{number}": f"${{upstream{number}.url}}" for number in range(1, 11)})
        + _upstreams(10)
    ),
}

if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
