"""The rendered file: valid for Compose, independent of the checkout's location, private, and labelled by owner."""

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from localenv import paths, state
from localenv.rendering import image_name
from localenv.rendering.templating import RenderingError

EVERYTHING = """
    name: orders
    services:
      api:
        build: {context: .., target: run, args: {REV: "${env.REV:-none}"}}
        command: serve --host ${bind} --port ${port} --key ${jwt.path}
        port: 8000
        healthcheck: /health
        environment:
          DATABASE_URL: "${db.url}"
          CACHE: "${cache.address}"
          PAYMENTS: "${payments.url}"
          TOKEN: "${env.TOKEN}"
          PUBLIC: "${self.published_url}"
          APP: "${app.path}"
        labels: {traefik.url: "${payments.url}$", API_KEY: hunter2, dev.other: "${env.TOKEN}", team: hers}
        depends_on: {worker: {condition: service_started}}
        compose:
          labels: {team: shop}
          volumes: ["../seeds:/seeds:ro", {type: bind, source: ../seeds, target: /more}, "cache:/cache", /anonymous]
      worker: {build: {context: .., target: run, args: {REV: "${env.REV:-none}"}}, command: work}
      web: {image: "nginx:1.26", port: 80, publish: 18080}
    needs:
      db: {postgres: 17, password: "hunter2${env.TOKEN}", keep: true, extensions: [hstore]}
      cache: redis
      queue: {rabbitmq: 4}
      bus: nats
      legacy: mariadb
    upstreams:
      payments: {stubs: ../stubs}
      soap: {port: 8080}
    secrets:
      jwt: {generate: rsa-2048}
      told: {content: "pass ${db.password}"}
    configs:
      app: {content: "url = ${payments.url}\\n"}
      theirs: {file: ../seeds/a.sql}
    jobs:
      assets: {command: collect, service: api}
"""
FILES = {
    "envs/local.yaml": EVERYTHING,
    "Dockerfile": "FROM scratch AS run\n",
    "seeds/a.sql": "SELECT 1;\n",
    "stubs/mappings/a.json": '{"request": {"urlPath": "/"}, "response": {"status": 200}}',
}
ENVIRON = {"TOKEN": "a-very-secret-token"}


@pytest.fixture
def everything(repository, rendered):
    return rendered(repository(FILES), ENVIRON)


@pytest.fixture
def schema():
    """The specification of Compose files, if it is on this machine beside the checkout."""
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "data" / "compose-spec.schema.json"
        if file.is_file():
            return json.loads(file.read_text())
    pytest.skip("the JSON Schema of Compose files is not beside the checkout")


def test_is_valid_as_the_specification_of_compose_files_says(everything, schema):
    assert not list(jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(everything.text)))


@pytest.mark.docker
def test_is_what_compose_can_read(everything):
    services = everything.read_back()["services"]

    assert services["api"]["command"][:5] == ["serve", "--host", "0.0.0.0", "--port", "8000"]
    assert services["api"]["environment"]["PORT"] == "8000"
    assert set(services) == {"api", "worker", "web", *("db", "cache", "queue", "bus", "legacy")} | {"localenv.stubs"}


def test_is_the_same_bytes_in_another_folder_with_another_state(repository, rendered, tmp_path, monkeypatch):
    first = rendered(repository(FILES), ENVIRON)
    other = tmp_path / "elsewhere" / "deep" / "checkout"
    shutil.copytree(tmp_path, other, ignore=shutil.ignore_patterns(".localenv", "elsewhere", ".env"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other-state"))

    second = rendered(other, {"TOKEN": "another"}, name="quite-another-name")

    assert (first.folder / "compose.yaml").read_bytes() == (second.folder / "compose.yaml").read_bytes()
    assert (first.folder / ".env").read_bytes() != (second.folder / ".env").read_bytes()
    assert str(tmp_path) not in first.text


def test_publishes_on_this_machine_alone(everything):
    services = yaml.safe_load(everything.text)["services"]

    published = [port for service in services.values() for port in service.get("ports", ())]

    assert len(published) == 10
    assert all(re.fullmatch(r"127\.0\.0\.1:\$\{[A-Z0-9_]+_PORT:-\}:\d+", port) for port in published)


def test_labels_everything_with_whose_it_is(everything):
    document = yaml.safe_load(everything.text)
    ours = {
        "dev.localenv.environment": "${LOCALENV_ENVIRONMENT}",
        "dev.localenv.checkout": "${LOCALENV_CHECKOUT}",
        "dev.localenv.uid": "${LOCALENV_UID}",
    }
    made = [*document["services"].values(), *document["networks"].values(), *document["volumes"].values()]
    made.append(document["services"]["api"]["build"])

    assert all(ours.items() <= one["labels"].items() for one in made)
    assert document["services"]["db"]["labels"]["dev.localenv.role"] == "need"
    roles = {name: volume["labels"]["dev.localenv.role"] for name, volume in document["volumes"].items()}
    assert roles == {"cache": "service", "db": "need"}  # only a need's volume outlives the environment
    assert document["services"]["api"]["labels"]["team"] == "shop"


def test_gives_a_service_the_labels_that_are_said(everything):
    labels = everything.read_back()["services"]["api"]["labels"]

    assert labels["traefik.url"] == "http://payments$"
    assert labels["API_KEY"] == "hunter2"
    assert labels["dev.other"] == ENVIRON["TOKEN"]
    assert labels["team"] == "shop"  # Compose's own key has precedence


def test_holds_no_secret(everything):
    passwords = [text for name, text in everything.deployment.values.items() if "PASSWORD" in name and text]
    generated = everything.deployment.files["jwt"].decode()

    assert len(passwords) >= 6
    for secret in [*passwords, *ENVIRON.values(), "hunter2", generated.splitlines()[1]]:
        assert secret not in everything.text
    assert "a-very-secret-token" in (everything.folder / ".env").read_text()


def test_what_holds_secrets_is_readable_by_its_user_alone(everything):
    assert (everything.folder / ".env").stat().st_mode & 0o077 == 0
    assert everything.folder.stat().st_mode & 0o077 == 0


def test_services_of_one_build_share_one_image(everything):
    services = yaml.safe_load(everything.text)["services"]

    assert services["api"]["image"] == services["worker"]["image"] == "localenv/orders-api:${LOCALENV_ENVIRONMENT}"
    assert "build" in services["api"]
    assert "build" not in services["worker"]
    assert services["worker"]["pull_policy"] == "never"


def test_folders_of_the_repository_are_mounted_from_where_it_lies(everything):
    volumes = yaml.safe_load(everything.text)["services"]["api"]["volumes"]

    assert volumes == [
        "./../../seeds:/seeds:ro",
        {"type": "bind", "source": "./../../seeds", "target": "/more"},
        "cache:/cache",
        "/anonymous",
    ]


@pytest.mark.parametrize("name", ["api-", "a_", "a-_b", "a___b", "a--b", "a__b", "api"])
def test_an_image_has_a_name_that_docker_takes(repository, rendered, name):
    folder = repository({"envs/local.yaml": f"name: n_\nservices:\n  {name}: {{build: ..}}\n", "Dockerfile": ""})
    stack = rendered(folder).deployment.stack

    image = image_name(stack, stack.services[name], "tag")

    part = "[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*"  # from the specification of image names
    assert re.fullmatch(f"localenv/{part}:tag", image)


def test_different_names_have_different_images(repository, rendered):
    services = "".join(f"  {name}: {{build: {{context: .., target: t{n}}}}}\n" for n, name in enumerate(["a-", "a--"]))
    folder = repository({"envs/local.yaml": f"services:\n{services}", "Dockerfile": ""})
    stack = rendered(folder).deployment.stack

    assert len({image_name(stack, service) for service in stack.services.values()}) == 2


def test_a_failing_template_leaves_the_files_as_they_were(repository, rendered):
    folder = repository(FILES)
    before = rendered(folder, ENVIRON).text
    repository({"envs/templates/service.yaml.j2": "{{ missing | yaml }}"})

    with pytest.raises(RenderingError, match="'missing' is undefined"):
        rendered(folder, ENVIRON)

    name = state.identity("orders", "local", folder)
    assert (paths.rendered(name) / "compose.yaml").read_text() == before


def test_further_ports_of_needs_are_reached_at_the_host_of_the_need(repository, rendered):
    text = """
    services:
      api: {build: .., environment: {MAILS: "${mail.mailbox.url}", QUEUES: "${queue.management.url}/api"}}
    needs: {mail: smtp, queue: {rabbitmq: 4-management}}
    """
    found = rendered(repository(FILES | {"envs/local.yaml": text}), ENVIRON)

    services = yaml.safe_load(found.text)["services"]
    assert services["api"]["environment"] == {"MAILS": "http://mail:8025", "QUEUES": "http://queue:15672/api"}
    assert any(port.endswith(":15672") for port in services["queue"]["ports"])
