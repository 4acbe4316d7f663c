"""A repository's own fragments may change its services, and ask for no more than the description may."""

import pytest

from localenv.environment.locating import Target
from localenv.environment.request import Request
from localenv.environment.up.preparing import stack
from localenv.errors import LocalenvError

DESCRIPTION = """
name: orders
services:
  api: {image: redis:8, port: 8000, compose: {volumes: [./data:/data]}}
"""
PLAIN = "{% include 'builtin/service.yaml.j2' %}\n"
NETWORK = "{% include 'builtin/network.yaml.j2' %}\n"
ALONE = "  {{ service.name | yaml }}:\n    image: mine\n    labels: {{ service.labels | yaml }}\n"


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """The stack of the description with these fragments over it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "envs" / "templates").mkdir(parents=True)
    (tmp_path / "envs" / "data").mkdir()
    (tmp_path / "envs" / "local.yaml").write_text(DESCRIPTION)

    def plan(**fragments):
        for name, text in fragments.items():
            (tmp_path / "envs" / "templates" / f"{name}.yaml.j2").write_text(text)
        return stack(Request(target=Target(file=tmp_path / "envs" / "local.yaml", repository=tmp_path)))

    return plan


HARMLESS = {
    "a variable": PLAIN + "    hostname: {{ service.name | yaml }}",
    "its own image": ALONE,
    "a folder of the repository": PLAIN.strip() + "\n    tmpfs: [/tmp]\n",
    "a port that is published here": ALONE + '    ports: ["127.0.0.1:18000:8000", {target: 1, host_ip: 127.0.0.1}]',
    "a build in the repository": ALONE + "    build: {context: ../../envs}",
    "a folder that is mounted": ALONE + '    volumes: ["../../envs/data:/data", "../../envs:/envs:ro"]',
}


@pytest.mark.parametrize("fragment", HARMLESS.values(), ids=HARMLESS)
def test_a_fragment_may_change_what_a_description_may_say(planned, fragment):
    assert planned(service=fragment).services["api"].overlaid


def test_another_fragment_makes_another_service_and_one_that_changes_nothing_makes_the_same(planned):
    first, second = (planned(service=f"{PLAIN}    hostname: {name}").services["api"] for name in ("one", "two"))
    same = planned(service=PLAIN).services["api"]

    assert first != second
    assert same.overlaid == ""


REFUSED = {
    "privileged": (PLAIN + "    privileged: true", "may not ask for 'privileged': it gives the container this"),
    "a folder outside": (ALONE + '    volumes: ["/etc:/host"]', "/etc is outside the repository"),
    "a folder above": (ALONE + '    volumes: ["../../../:/host"]', "is outside the repository"),
    "a long volume": (ALONE + "    volumes: [{type: bind, source: /etc, target: /x}]", "/etc is outside"),
    "a path of variables": (ALONE + '    volumes: ["./$HOME:/x"]', "a path with a variable in it"),
    "the socket": (ALONE + '    volumes: ["/var/run/docker.sock:/s"]', "may not ask for 'docker_socket'"),
    "every address": (ALONE + '    ports: ["8000:8000"]', "publishes 8000:8000"),
    "another address": (ALONE + "    ports: [{target: 1, host_ip: 0.0.0.0}]", "publishes {'target': 1"),
    "the host's network": (ALONE + "    network_mode: host", "may not ask for 'network_mode'"),
    "a file of variables": (ALONE + "    env_file: /etc/environment", "may not ask for 'env_file'"),
    "another file": (ALONE + "    extends: {file: /x, service: y}", "may not ask for 'extends'"),
    "an unknown key": (ALONE + "    imagee: x", "may not ask for 'imagee'"),
    "a build outside": (ALONE + "    build: /", "/ is outside the repository"),
    "a build with more": (ALONE + "    build: {context: ../../envs, ssh: [default]}", "may not say 'ssh' of its build"),
    "no labels": ("  {{ service.name | yaml }}:\n    image: x", "service 'api' lacks labels"),
    "another service": (ALONE + "  more:\n    image: x", "unknown service 'more'"),
    "no service": ("  more:\n    image: x", "service 'api' is not rendered as a mapping"),
    "another part": (ALONE + "volumes: {x: {driver_opts: {device: /}}}", "'volumes' cannot be changed"),
    "no YAML": (ALONE + "    x: [", "what is rendered cannot be read: not valid YAML"),
    "a random choice": ("{{ [1, 2] | random | yaml }}", "No filter named 'random'"),
}


@pytest.mark.parametrize(("fragment", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_fragment_that_asks_for_more_is_refused_before_anything_starts(planned, fragment, reason):
    with pytest.raises(LocalenvError) as raised:
        planned(service=fragment)

    assert reason in str(raised.value)
    assert str(raised.value).startswith("envs/templates")
    assert raised.value.exit_code == 2


def test_the_network_may_be_given_an_address_range_and_no_other_may_be_joined(planned):
    planned(network=NETWORK + "    ipam: {config: [{subnet: 10.77.0.0/24}]}")

    for more in ("    external: true", "  other: {}"):
        with pytest.raises(LocalenvError, match="has one network"):
            planned(network=NETWORK + more)


def test_what_the_user_allows_a_checkout_its_fragments_may_ask_for(planned, tmp_path):
    (tmp_path / "config" / "localenv").mkdir(parents=True)
    allowed = f"allow: {{{tmp_path}: {{paths: [/etc], permissions: [privileged]}}}}"
    (tmp_path / "config" / "localenv" / "config.yaml").write_text(allowed)

    stack = planned(service=ALONE + '    privileged: true\n    volumes: ["/etc:/host"]')

    assert stack.services["api"].overlaid
