"""One mistake is one problem: its consequences are not reported."""

import pytest

from localenv.errors import DescriptionError

WHOLE = """\
name: shop
services:
  api:
    build: ..
    port: 8000
    environment: {DB: "${db.url}", CACHE: "${cache.url}", PAY: "${payments.url}", KEY: "${key.path}"}
  worker: {build: .., environment: {DB: "${db.url}", API: "${api.url}"}}
needs:
  db: {postgres: 17, migrate: {command: python m.py, service: api}}
  cache: redis
upstreams:
  payments: {}
secrets:
  key: {generate: ec-p256}
jobs:
  load: {command: echo, service: api, environment: {DB: "${db.url}"}}
smoke:
- GET ${api.url}/
"""
OVER = """\
extends: base.yaml
services:
  api: {environment: {HOST: "${db.host}"}}
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("services:", "service:"),
        ("needs:", "need:"),
        ("upstreams:", "upstream:"),
        ("secrets:", "secret:"),
        ("jobs:", "job:"),
        ("    port:", "    prot:"),
        ("    build:", "    biuld:"),
        ("postgres:", "postgress:"),
    ],
)
def test_a_wrong_key_is_the_only_problem_also_of_the_files_that_extend_it(repository, loaded, right, wrong):
    (repository / "envs/base.yaml").write_text(WHOLE.replace(right, wrong, 1))

    with pytest.raises(DescriptionError) as raised:
        loaded(OVER)

    [problem] = raised.value.problems
    assert problem.message.startswith(f"unknown key '{wrong.strip().rstrip(':')}' in ")
    assert problem.hint == f"did you mean '{right.strip().rstrip(':')}'?"
    assert problem.at.file.name == "base.yaml"


def test_a_section_that_is_like_none_is_the_only_problem(loaded):
    with pytest.raises(DescriptionError) as raised:
        loaded(WHOLE.replace("upstreams:", "externals:"))

    [problem] = raised.value.problems
    assert problem.message == "unknown key 'externals' in the description"


def test_a_mistake_behind_a_wrong_key_is_told_as_well(loaded):
    with pytest.raises(DescriptionError) as raised:
        loaded(WHOLE.replace("needs:", "need:").replace("cache: redis", "cache: rediss"))

    assert [problem.at.line for problem in raised.value.problems] == [8, 10]


def test_a_mistake_of_yaml_shows_its_line(loaded):
    with pytest.raises(DescriptionError) as raised:
        loaded("services:\n  api:\n    build: .. : x\n")

    [problem] = raised.value.problems
    assert "\n    3 |     build: .. : x\n      |               ^" in str(problem)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("ports: {metrics: 9100}", "ports: ['9100']", "'ports' of service 'api' must be a mapping of names to ports"),
        ("save: {token: token}", "save: token", "'save' of smoke check 1 must be a mapping"),
    ],
)
def test_what_refers_to_a_malformed_definition_is_no_problem_of_its_own(loaded, right, wrong, message):
    content = """\
services:
  api: {image: a, port: 80, ports: {metrics: 9100}, environment: {METRICS: "${self.metrics.port}"}}
  web: {image: a, environment: {METRICS: "${api.metrics.url}"}}
smoke:
- {request: "POST ${api.url}/login", save: {token: token}}
- {request: "GET ${api.url}/me", headers: {Authorization: "${answer.token}"}}
"""
    loaded(content)
    with pytest.raises(DescriptionError) as raised:
        loaded(content.replace(right, wrong, 1))

    [problem] = raised.value.problems
    assert problem.message.startswith(message)
