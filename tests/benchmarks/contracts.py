"""A large contract: made into mappings, found unchanged, loaded, and exchanges judged.

Run by hand: `python tests/benchmarks/contracts.py [ROUNDS]`; with `LOCALENV_CONTRACT=FILE` for a document of your own,
such as `generated/api.github.com.json` of the npm package `@octokit/openapi`.
"""

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from measuring import Row, main, scratch

from localenv.stack import StubSource, Upstream
from localenv.stubs import layers, sources
from localenv.stubs.sources.kind import Exchange
from localenv.stubs.sources.openapi import generated, reading

ROUNDS = 3

_OPERATIONS, _EXCHANGES = 1200, 1000


def benchmark(rounds: int) -> Sequence[Row]:
    with _contract() as file:
        source = StubSource(kind="openapi", value=file)
        sources.check(source)
        upstream = Upstream(name="up", server="s", sources=(source,))
        size = len(sources.mappings(source))
        contract = sources.contract(source)
        assert contract is not None
        judge = contract.judge(source)
        exchanges = [*_exchanges(layers.mappings(upstream))]

        def judged() -> None:
            for one in exchanges:
                judge.judge(one)

        judged()  # compiles the schemas
        made = _seconds(rounds, lambda: _made(file))
        unchanged = _seconds(rounds, lambda: sources.check(source))
        layered = _seconds(rounds, lambda: layers.mappings(upstream))
        return (
            Row(what="a contract made into mappings", value=made, unit="s", target=3),
            Row(what="the same contract, unchanged", value=unchanged, unit="s", target=0.05),
            Row(what=f"its {size} mappings, layered", value=layered, unit="s"),
            Row(what=f"{len(exchanges)} exchanges judged", value=_seconds(rounds, judged), unit="s", target=0.3),
        )


def _seconds(rounds: int, measure: Callable[[], object]) -> float:
    """The median."""
    found = []
    for _ in range(rounds):
        began = time.monotonic()
        measure()
        found.append(time.monotonic() - began)
    return statistics.median(found)


def _made(file: Path) -> None:
    generated.generated(reading.read(file), base=None, is_strict=False)


def _exchanges(mappings: Sequence[Mapping[str, Any]]) -> Iterator[Exchange]:
    """The contract's own answers, as they come back from its operations."""
    usual = [one for one in mappings if one["request"].get("method") == "GET" and "transformers" not in one["response"]]
    usual = [one for one in usual if "urlPathPattern" not in one["request"] and one["response"]["status"] == 200]
    for number in range(_EXCHANGES):
        one = usual[number % len(usual)]
        path = one["request"].get("urlPath") or re.sub(r"\\{[^}]*\\}", "1", one["request"]["urlPathTemplate"])
        response = one["response"]
        headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
        body = response.get("body", "").encode()
        yield Exchange(method="GET", url=path, status=200, answer_headers=headers, answer=body)


@contextmanager
def _contract() -> Iterator[Path]:
    if given := os.environ.get("LOCALENV_CONTRACT"):
        yield Path(given)
        return
    with scratch() as folder:
        item = {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
        }
        content = {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}}}
        operation = {"responses": {"200": {"description": "ok", "content": content}}}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "many", "version": "1"},
            "paths": {f"/r{number}/{{id}}/items": {"get": operation} for number in range(_OPERATIONS)},
            "components": {"schemas": {"Item": item}},
        }
        file = folder / "contract.json"
        file.write_text(json.dumps(document))
        yield file


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
