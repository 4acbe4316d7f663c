"""A complete description, and the result of each of its forms."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localenv.description.loading import Description, load
from localenv.errors import DescriptionError
from localenv.errors.problems import Position
from localenv.needs import files
from localenv.stack import Reference, Template, references

Load = Callable[..., Description]

FULL = """\
version: 1
name: orders

x-common: &common
  LOG: debug

services:
  api:
    build: ..
    command: uvicorn orders.app:app --host ${bind} --port ${port}
    port: 8000
    publish: 18000
    healthcheck: /health
    environment:
      <<: *common
      DATABASE_URL: "${db.url}"
      REDIS_HOST: "${cache.host}"
      PUBLIC_URL: "${self.published_url}"
      DEBUG: False
      RATE: 3.10
      MODE: 0560
      KEY: ${jwt.path}
      PUBLIC_KEY: ${jwt.public_path}
    env_file: ../.env.local
    depends_on: [worker]
    profiles: [full]
    compose: {mem_limit: 1g, init: true, cpus: 0.5, oom_score_adj: 0440, volumes: ["../data:/data:ro", "cache:/cache"]}
    native:
      working_dir: ..
      python: "3.12"
      setup:
        - {command: pip install -r requirements.txt, inputs: [requirements.txt]}
      command: uvicorn orders.app:app
  worker: {build: .., command: python -m orders.worker, environment: [A=b=c, "URL=${payments.url}"]}

needs:
  db:
    postgres: 17
    user: orders
    password: s3cret
    database: orders
    extensions: [uuid-ossp]
    keep: false
    migrate: alembic upgrade head
    seed:
      - ../seeds/*.sql
      - {file: ../seeds/customers.csv, table: customers}
      - {command: python -m orders.seed, service: api, inputs: [seed.py], environment: {A: b}}
      - {command: ./load.sh, service: db}
  cache: redis

secrets:
  jwt: {generate: rsa-2048}
  dsn: {content: "host=${db.host} password=${db.password}"}
  pem: {file: ../key.pem}
configs:
  app: {content: "url = ${payments.url}\\n"}

upstreams:
  payments:
    stubs: ../stubs/payments
    port: 8080
    address: own
    unmatched: warn
  inventory: {}

jobs:
  assets: {command: python manage.py collectstatic --noinput, service: api, inputs: [static/**]}

smoke:
  - GET ${api.url}/health
  - {request: "POST ${api.url}/orders", json: {sku: a, count: 2, gift: null}, status: 201, contains: '"id"'}
  - {upstream: payments, requests: 1}
  - {command: python -m orders.smoke, service: api}
"""


def texts(environment: dict[str, Template]) -> dict[str, str]:
    return {name: str(value) for name, value in environment.items()}


def test_a_whole_description_is_normalised_to_one_form(loaded: Load, repository: Path) -> None:
    description = loaded(FULL)

    assert (description.name, description.env, description.repository) == ("orders", "local", repository)
    api = description.services["api"]
    assert api.build
    assert api.build.context == repository
    assert api.command
    words = [str(word) for word in api.command]
    assert words == ["uvicorn", "orders.app:app", "--host", "${bind}", "--port", "${port}"]
    assert api.command[3].references == (Reference(name="bind"),)
    assert (api.port, api.publish, api.profiles, api.depends_on) == (
        8000,
        18000,
        ("full",),
        {"worker": "service_started"},
    )
    assert api.healthcheck
    assert (api.healthcheck.http, api.healthcheck.status, api.healthcheck.timeout) == ("/health", (), None)
    assert texts(api.environment) == {
        "SECRET": "a $b # c",
        "DATABASE_URL": "${db.url}", "REDIS_HOST": "${cache.host}", "PUBLIC_URL": "${self.published_url}",
        "DEBUG": "False", "RATE": "3.10", "MODE": "0560", "KEY": "${jwt.path}", "PUBLIC_KEY": "${jwt.public_path}",
        "LOG": "debug",
    }  # fmt: skip
    volumes = [f"{repository}/data:/data:ro", "cache:/cache"]
    assert api.compose == {"mem_limit": "1g", "init": True, "cpus": 0.5, "oom_score_adj": 0o440, "volumes": volumes}
    assert api.native
    assert (api.native.working_dir, api.native.python) == (repository, "3.12")
    assert api.native.setup[0].inputs == (repository / "requirements.txt",)
    worker = description.services["worker"]
    assert texts(worker.environment) == {"A": "b=c", "URL": "${payments.url}"}

    need = description.needs["db"]
    assert (need.kind, need.version, need.user, need.databases) == ("postgres", "17", "orders", ("orders",))
    assert (need.extensions, need.keep, str(need.password)) == (("uuid-ossp",), False, "s3cret")
    assert [(str(step.command[0]), step.service) for step in need.migrate] == [("alembic", "api")]
    assert [step.file for step in need.seed] == [
        repository / "seeds/a.sql", repository / "seeds/b.sql", repository / "seeds/customers.csv", None, None,
    ]  # fmt: skip
    assert [step.service for step in need.seed] == [None, None, None, "api", "db"]
    assert need.seed[2].table == "customers"
    assert need.seed[3].inputs == (repository / "seed.py",)
    assert need.seed[4].inputs is None
    cache = description.needs["cache"]
    assert (cache.kind, cache.databases, cache.password) == ("redis", None, None)
    assert cache.version[0].isdigit()

    assert description.secrets["jwt"].generate == "rsa-2048"
    assert description.secrets["pem"].file == repository / "key.pem"
    assert str(description.configs["app"].content) == "url = ${payments.url}\n"
    payments = description.upstreams["payments"]
    assert (payments.stubs, payments.port) == ((repository / "stubs/payments",), 8080)
    assert (payments.address, payments.unmatched) == ("own", "warn")
    assert description.upstreams["inventory"].unmatched == "fail"
    assert description.jobs["assets"].inputs == (repository / "static/app.css",)
    first, second, third, fourth = description.smoke
    assert (first.method, str(first.url), first.status) == ("GET", "${api.url}/health", ())
    assert second.json_body == {"sku": Template(("a",)), "count": 2, "gift": None}
    assert (second.method, second.status, second.contains) == ("POST", (201,), '"id"')
    assert (third.upstream, third.requests, third.step) == ("payments", 1, None)
    assert fourth.step
    assert fourth.step.service == "api"


def test_every_part_knows_where_it_stands(loaded: Load, repository: Path) -> None:
    description = loaded(FULL)
    file = repository / "envs/local.yaml"
    assert description.at("services", "api", "port") == Position(file, 11, 5)
    assert description.services["worker"].at == Position(file, 34, 3)
    assert description.needs["cache"].at == Position(file, 50, 3)
    assert description.services["api"].environment["DATABASE_URL"].at == Position(file, 16, 21)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100, deadline=None)
@given(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0xD7FF, exclude_categories=["Cc", "Zl", "Zp"]), max_size=30)
)
def test_a_value_reaches_the_environment_exactly_as_written(loaded: Load, value: str) -> None:
    quoted = "'" + value.replace("$", "$$").replace("'", "''") + "'"
    text = f"services:\n  api: {{build: .., environment: {{A: {quoted}}}}}\n"
    parts = loaded(text).services["api"].environment["A"].parts
    assert "".join(map(str, parts)) == value


def service(value_text: str, more: str = "") -> str:
    return f"services:\n  api: {{build: .., port: 80, {value_text}}}\n{more}"


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("environment: {A: ~x, B: '~', C: ''}", "environment", {"A": "~x", "B": "~", "C": ""}),
        ("environment: ['A=1', 'B=']", "environment", {"A": "1", "B": ""}),
        ("labels: {a.b/c: x, 'd e': ''}", "labels", {"a.b/c": "x", "d e": ""}),
        ("labels: ['a.b/c=x=y', 'flag']", "labels", {"a.b/c": "x=y", "flag": ""}),
        ("depends_on: {b: {condition: service_healthy}}", "depends_on", {"b": "service_healthy"}),
        ("profiles: full", "profiles", ("full",)),
        ("x-mine: anything", "port", 80),
    ],
)  # fmt: skip
def test_both_forms_of_compose_are_read(loaded: Load, text: str, attribute: str, value: object) -> None:
    api = loaded(service(text, "  b: {build: ..}\n  c: {build: ..}\n")).services["api"]
    found = getattr(api, attribute)
    assert (texts(found) if attribute in ("environment", "labels") else found) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{http: /x, status: [200, 204], host: a.example}", {"http": "/x", "status": (200, 204), "host": "a.example"}),
        ("{tcp: true}", {"tcp": True, "http": None}),
        ("{command: pg_isready -q, timeout: 1m30s}", {"timeout": 90.0}),
        ("{timeout: 5}", {"timeout": 5.0, "http": None}),
        ("{http: /x, status: 200, timeout: 500ms}", {"status": (200,), "timeout": 0.5}),
    ],
)
def test_every_form_of_a_healthcheck_is_read(loaded: Load, text: str, expected: dict[str, Any]) -> None:
    check = loaded(service(f"healthcheck: {text}")).services["api"].healthcheck
    assert {key: getattr(check, key) for key in expected} == expected


def test_a_build_has_a_long_form(loaded: Load, repository: Path) -> None:
    (repository / "docker").mkdir()
    (repository / "docker/api.Dockerfile").write_text("")
    text = (
        "services:\n"
        "  a: {build: {context: .., dockerfile: docker/api.Dockerfile, target: dev, args: {V: 3.10}}}\n"
        "  b: {build: {context: .., dockerfile_inline: 'FROM ${BASE}'}}\n"
    )
    services = loaded(text).services
    first, second = services["a"].build, services["b"].build
    assert first
    assert second
    assert (first.dockerfile, first.target) == (repository / "docker/api.Dockerfile", "dev")
    assert texts(first.args) == {"V": "3.10"}
    assert second.dockerfile_inline == "FROM ${BASE}"


@pytest.mark.parametrize(
    ("ssh", "agents"),
    [
        ("default", ["default"]),
        ("{default: , key: /k}", ["default", "key=/k"]),
        ("[a=/a, default]", ["a=/a", "default"]),
    ],
)
def test_ssh_agents_of_a_build_are_a_list_or_a_mapping(loaded: Load, ssh: str, agents: list[str]) -> None:
    text = f"services:\n  a: {{build: {{context: .., ssh: {ssh}}}}}\n"

    build = loaded(text, allowed_permissions=["ssh"]).services["a"].build

    assert build
    assert list(build.ssh) == agents


@pytest.mark.parametrize(
    ("text", "databases"),
    [("", None), (", database: null", ()), (", database: a", ("a",)), (", databases: [a, b]", ("a", "b"))],
)
def test_databases_tell_unsaid_from_none(loaded: Load, text: str, databases: tuple[str, ...] | None) -> None:
    assert loaded(f"needs:\n  db: {{postgres: 17{text}}}\n").needs["db"].databases == databases


@pytest.mark.parametrize("ending", [*files.ROWS, ".csv.gz", ".JSONL", ".Json.GZ"])
def test_every_format_of_rows_is_a_seed_compressed_or_not_and_in_any_case(
    loaded: Load, repository: Path, ending: str
) -> None:
    file = repository / f"seeds/rows{ending}"
    file.touch()
    seed = "[{file: ../seeds/rows.*, table: rows}, ../seeds/b.sql]"
    (step, _) = loaded(f"needs: {{db: {{postgres: 17, seed: {seed}}}}}").needs["db"].seed
    assert (step.file, step.table) == (file, "rows")


def test_a_step_runs_in_the_only_service_that_refers_to_its_need_even_through_a_file(loaded: Load) -> None:
    text = (
        "services:\n  a: {build: .., command: 'x ${dsn.path}'}\n  b: {build: ..}\n"
        "secrets: {dsn: {content: '${db.url}'}}\n"
        "needs: {db: {postgres: 17, migrate: [x, {command: [y, z]}]}}\n"
    )
    assert [step.service for step in loaded(text).needs["db"].migrate] == ["a", "a"]


def test_a_service_of_an_inactive_profile_is_no_candidate_for_a_step(loaded: Load) -> None:
    text = (
        "services:\n  a: {build: .., command: '${db.url}'}\n  b: {build: .., command: '${db.url}', profiles: [full]}\n"
        "needs: {db: {postgres: 17, migrate: x}}\n"
    )
    assert loaded(text).needs["db"].migrate[0].service == "a"
    with pytest.raises(DescriptionError, match="services a and b refer to 'db'"):
        loaded(text, profiles=("full",))


def test_the_name_comes_from_the_folder_made_fit(loaded: Load, repository: Path) -> None:
    assert loaded("services: {}\n").name == "orders"
    renamed = repository.rename(repository.parent / "My Orders (v2)")
    from_there = Path(renamed / "envs/local.yaml")
    assert load(from_there, repository=renamed).name == "my-orders-v2"


def test_an_optional_env_file_may_be_missing(loaded: Load) -> None:
    assert loaded(service("env_file: {path: ../.env.none, required: false}")).services["api"].environment == {}


def test_an_env_file_is_literal_unless_its_variables_are_to_be_filled_in(
    loaded: Load,
) -> None:
    lines = {".env.own": "URL=unused\nHOST=db\nURL=http://${HOST}:$PORT_/${PATH_:-x}\nRAW='$HOST'\nPRICE=5$$\n"}

    literal = loaded(service("env_file: .env.own"), lines).services["api"].environment
    filled = loaded(service("env_file: {path: .env.own, interpolate: true}")).services["api"].environment

    assert literal["URL"].parts == ("http://${HOST}:$PORT_/${PATH_:-x}",)
    url = references.resolve(filled["URL"], lambda one: {"PORT_": "7"}.get(one.attribute) or one.default or "")
    assert url == "http://db:7/x"
    assert (filled["RAW"].parts, "".join(filled["PRICE"].parts)) == (("$HOST",), "5$")


@pytest.mark.parametrize("first", ["V0=x", "V0=$NOT_SET"])
def test_lines_that_double_one_another_are_refused(loaded: Load, first: str) -> None:
    lines = [first, *(f"V{number}=$V{number - 1}$V{number - 1}" for number in range(1, 64)), "W=" + "$V0" * 201]
    with pytest.raises(DescriptionError) as refused:
        loaded(service("env_file: {path: .env.own, interpolate: true}"), {".env.own": "\n".join(lines) + "\n"})

    messages = [one.message for one in refused.value.problems]
    assert any("becomes too large with its variables filled in" in one for one in messages)
    assert messages[-1].startswith("W: has more than 200 variables")


def test_two_hundred_services_load_quickly(loaded: Load) -> None:
    lines = ["services:"]
    for number in range(200):
        lines += [
            f"  s{number}:",
            "    build: ..",
            "    command: run --port ${port}",
            "    port: 80",
            "    environment:",
        ]
        lines += [f"      V{n}: ${{s{(number + n) % 200}.url}}/path" for n in range(10)]
    text = "\n".join(lines)
    loaded(text)
    started = time.process_time()
    assert len(loaded(text).services) == 200
    assert time.process_time() - started < 10


def test_a_command_keeps_characters_that_mean_something_inside_localenv(loaded: Load) -> None:
    command = loaded(service("command: 'a \ue0000\ue001 ${port}\ue000'")).services["api"].command
    assert command
    assert [word.parts for word in command] == [("a",), ("\ue0000\ue001",), (Reference(name="port"), "\ue000")]
