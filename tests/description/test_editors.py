"""The JSON Schema accepts what editors should accept, and marks everything else."""

from typing import Any

import jsonschema
import pytest
import yaml

from localenv.description.editors import schema

VALIDATOR = jsonschema.Draft202012Validator(schema())

RIGHT = {
    "a whole": """
version: 1
name: orders
x-common: &c {A: 1}
services:
  api:
    build: ..
    command: run --port ${port}
    port: 8000
    address: own
    healthcheck: /health
    environment: {<<: *c, DEBUG: False, RATE: 3.10, B: x}
    depends_on: [worker]
    profiles: [full]
    compose: {mem_limit: 1g}
    native: {working_dir: .., python: "3.12", setup: pip install ., command: [a, b]}
  worker:
    build: {context: .., args: [A=b], x-mine: 1}
    environment: [A=b]
    env_file: [a, {path: b, required: false}]
    depends_on: {db: {condition: service_healthy}}
    healthcheck: {http: /, status: [200], timeout: 60s}
needs:
  db: {postgres: 17, database: null, migrate: a, seed: [a.sql, {file: b.csv, table: b}, {command: c}]}
  cache: redis
secrets: {jwt: {generate: rsa-2048}}
configs: {app: {content: x}}
upstreams: {payments: {stubs: [a, b], port: 8080, address: own, unmatched: warn}, inventory: {}}
jobs: {a: x, b: {command: y, depends_on: [a], inputs: static/**}}
smoke:
  - GET ${api.url}/health
  - {request: "POST ${api.url}/x", json: {a: [1, null]}, status: 201}
""",
    "an overlay": "extends: local.yaml\nservices: {worker: null, api: {build: {target: x}, environment: {A: null}}}\n",
}

WRONG = {
    "unknown key": "services: {api: {enviroment: {}}}",
    "unknown key at the top": "servces: {}",
    "unknown key inside": "services: {api: {build: {contxt: ..}}}",
    "port": "services: {api: {port: many}}",
    "port too high": "services: {api: {port: 70000}}",
    "kind": "needs: {db: oracle}",
    "kind with a version": "needs: {db: {oracle: 1}}",
    "unmatched": "upstreams: {p: {unmatched: shout}}",
    "environment": "services: {api: {environment: {A: [b]}}}",
    "condition": "services: {api: {depends_on: {b: {condition: up}}}}",
    "truth": "needs: {db: {postgres: 17, keep: 3}}",
    "smoke": "smoke: [/health]",
    "a list": "[]",
}


def errors(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_it_is_a_schema_of_the_dialect_it_names() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_it_accepts_what_is_right_in_every_form(text: str) -> None:
    assert errors(text) == []


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_it_marks_what_is_wrong(text: str) -> None:
    assert errors(text)


def test_every_key_of_every_mapping_says_what_it_is() -> None:
    def objects(node: Any) -> list[dict[str, Any]]:
        if isinstance(node, list):
            return [found for item in node for found in objects(item)]
        if not isinstance(node, dict):
            return []
        own = [node] if isinstance(node.get("properties"), dict) else []
        return own + [found for item in node.values() for found in objects(item)]

    known = objects(schema())
    assert len(known) >= 10
    for mapping in known:
        missing = [key for key, value in mapping["properties"].items() if "description" not in value]
        assert not missing, (mapping.get("title"), missing)
