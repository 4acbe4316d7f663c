"""A large contract served by the native engine, compared with Prism's mock server, alternating.

Run by hand with the program of the npm package `@stoplight/prism-cli`, and a document in JSON, such as
`generated/api.github.com.json` of the npm package `@octokit/openapi`:
`LOCALENV_PRISM=node_modules/.bin/prism LOCALENV_CONTRACT=FILE python tests/benchmarks/prism.py [ROUNDS]`.
Every round serves a document that nobody has seen before.
"""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import urlsplit

from measuring import LOCALENV, NAME, Row, answers, main, output, quietly, scratch, started
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from localenv import paths
from localenv.guard import client

ROUNDS = 3

_MOST = 300  # operations that are asked
_PAUSE, _LONGEST = 0.02, 120.0  # seconds
_NAMED = ("local", "--name", f"{NAME}-prism")
_OWN = (*_NAMED, "--engine", "native", "--detach")
_DESCRIPTION = "name: bench\nupstreams: {api: {openapi: contract.json, base_path: /}}\n"
_BASE = "urn:contract"


@dataclass(frozen=True, kw_only=True)
class Question:
    """A GET request, and the schema of its successful answer."""

    path: str
    schema: str  # a pointer into the document


@dataclass(kw_only=True)
class Results:
    """Of one side: seconds, MiB, milliseconds, and answers without a body that fits."""

    served: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    latency: list[float] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)


Side = Callable[[Path, Results, str], AbstractContextManager[str]]  # serves a document, and yields its URL


def benchmark(rounds: int) -> Sequence[Row]:
    prism, file = os.environ.get("LOCALENV_PRISM"), os.environ.get("LOCALENV_CONTRACT")
    if not prism or not file:
        return ()
    document = json.loads(Path(file).read_bytes())
    questions = [*_questions(document)][:_MOST]
    results = {"ours": Results(), "theirs": Results()}
    with scratch() as repository:
        (repository / "envs").mkdir()
        (repository / "envs" / "local.yaml").write_text(_DESCRIPTION)
        written = repository / "envs" / "contract.json"
        written.write_text(json.dumps(document))
        sides = {"ours": _localenv(_own_url(repository)), "theirs": _prism(prism)}
        for number in range(rounds):
            written.write_text(json.dumps({**document, "x-round": f"{time.time()} {number}"}))
            for name, side in sides.items():
                with side(written, results[name], questions[0].path) as url:
                    _ask(url, document, questions, results[name])
    ours, theirs = results["ours"], results["theirs"]
    rows = (
        ("a new contract, until it answers / Prism", "served", "s", 0.33),
        ("its memory / Prism", "memory", "MiB", None),
        (f"its median answer to {len(questions)} requests / Prism", "latency", "ms", 1),
        ("its answers without a valid body / Prism", "wrong", "", 1),
    )
    return tuple(
        Row(
            what=what,
            value=statistics.median(getattr(ours, name)),
            unit=unit,
            beside=statistics.median(getattr(theirs, name)),
            target=target,
        )
        for what, name, unit, target in rows
    )


def _own_url(repository: Path) -> str:
    """The URL of the upstream, from a first start, which also prepares the archive of Java's classes."""
    try:
        identity = json.loads(output((*LOCALENV, "up", *_OWN, "--json"), folder=repository).splitlines()[0])
        status = json.loads(output((*LOCALENV, "status", *_NAMED, "--json"), folder=repository))
        deadline = time.monotonic() + _LONGEST
        while _children(identity["environment"], ".localenv.stubs.") and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        return str(next(one["url"] for one in status["services"] if one["name"] == "api"))
    finally:
        quietly((*LOCALENV, "down", *_NAMED), folder=repository)


def _children(identity: str, name: str = "") -> list[int]:
    """The processes of the environment whose names begin like this."""
    listed = client.ask(paths.state(identity), "list")["children"]
    return [one["pid"] for one in listed if not one["gone"] and one["name"].startswith(name)]


def _localenv(url: str) -> Side:
    @contextmanager
    def served(file: Path, results: Results, path: str) -> Iterator[str]:
        repository = file.parents[1]
        try:
            results.served.append(
                started((*LOCALENV, "up", *_OWN, "--quiet"), {f"{url}{path}": b""}, folder=repository)[0]
            )
            identity = json.loads(output((*LOCALENV, "status", *_NAMED, "--json"), folder=repository))["environment"]
            results.memory.append(sum(map(_memory, _children(identity))))
            yield url
        finally:
            quietly((*LOCALENV, "down", *_NAMED), folder=repository)

    return served


def _prism(program: str) -> Side:
    @contextmanager
    def served(file: Path, results: Results, path: str) -> Iterator[str]:
        with socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        argv = (program, "mock", "--host", "127.0.0.1", "--port", str(port), str(file))
        began = time.monotonic()
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as node:
            try:
                url = f"http://127.0.0.1:{port}"
                results.served.append(_answered(url, path) - began)
                results.memory.append(_memory(node.pid))
                yield url
            finally:
                node.terminate()

    return served


def _answered(url: str, path: str) -> float:
    """When it has answered, monotonic."""
    deadline = time.monotonic() + _LONGEST
    while not answers(f"{url}{path}", b""):
        if time.monotonic() > deadline:
            raise TimeoutError(url)
        time.sleep(_PAUSE)
    return time.monotonic()


def _memory(pid: int) -> float:
    """MiB; what several processes share counts by its share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _ask(url: str, document: Mapping[str, Any], questions: Sequence[Question], results: Results) -> None:
    """Ask everything twice: for the time of a warm server, and what it answers."""
    took, wrong = [], 0
    validate = _validator(document)
    for is_warm in (False, True):
        for one in questions:
            began = time.monotonic()
            status, body = _got(url, one.path)
            if is_warm:
                took.append((time.monotonic() - began) * 1000)
                wrong += status >= http.client.MULTIPLE_CHOICES or not validate(one.schema, body)
    results.latency.append(statistics.median(took))
    results.wrong.append(wrong)


def _got(url: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_LONGEST)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _validator(document: Mapping[str, Any]) -> Callable[[str, bytes], bool]:
    registry = Registry().with_resource(_BASE, Resource(contents=document, specification=DRAFT202012))
    kind = OAS30Validator if str(document["openapi"]).startswith("3.0") else OAS31Validator

    def fits(pointer: str, body: bytes) -> bool:
        try:
            return bool(kind({"$ref": f"{_BASE}#{pointer}"}, registry=registry).is_valid(json.loads(body)))
        except ValueError:
            return False

    return fits


def _questions(document: Mapping[str, Any]) -> Iterator[Question]:
    """The GET requests without a required parameter in the query or a header, whose answer is JSON."""
    for path, item in document["paths"].items():
        operation = item.get("get")
        if not operation or "#" in path:
            continue
        given = [_found(document, one) for one in (*item.get("parameters", ()), *operation.get("parameters", ()))]
        if any(one["in"] != "path" and one.get("required") for one in given):
            continue
        filled = path
        for one in given:
            filled = filled.replace(f"{{{one['name']}}}", _value(_found(document, one.get("schema", {}))))
        media = _found(document, operation["responses"].get("200", {})).get("content", {}).get("application/json", {})
        if "schema" in media and "{" not in filled and "$ref" not in operation["responses"]["200"]:
            steps = ("paths", path, "get", "responses", "200", "content", "application/json", "schema")
            yield Question(path=filled, schema="".join(f"/{_step(one)}" for one in steps))


def _found(document: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        value = found
    return value


def _step(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _value(schema: Mapping[str, Any]) -> str:
    """A value for a path, that fits what is usual there."""
    if schema.get("enum"):
        return str(schema["enum"][0])
    return "1" if schema.get("type") in ("integer", "number") else "a1"


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
