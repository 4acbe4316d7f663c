"""A repository's own fragments may change its services, within the limits of the description."""

import pytest
import yaml

from localenv.environment.ejecting import eject
from localenv.environment.locating import Target
from localenv.environment.request import Request
from localenv.environment.up.preparing import stack
from localenv.errors import LocalenvError
from localenv.rendering.file import compose_file

DESCRIPTION = """
name: orders
services:
  api: {image: redis:8, port: 8000, compose: {volumes: [./data:/data]}}
"""
PLAIN = "{% include 'builtin/service.yaml.j2' %}\n"
NETWORK = "{% include 'builtin/network.yaml.j2' %}\n"
ALONE = "  {{ service.name | yaml }}:\n    image: mine\n    labels: {{ service.labels | yaml }}\n"
BUILT = ALONE.replace("mine", "localenv/mine") + "    build:\n      context: ../../envs\n"


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """The stack of the description with these fragments applied."""
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
    "a build in the repository": ALONE.replace("mine", "localenv/mine") + "    build: {context: ../../envs}",
    "a dollar for a program": ALONE + "    command: [sh, -c, 'echo $$HOME']",
    "a password of localenv's": ALONE + "    environment: {{ service.environment | yaml }}",
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
    "privileged": (PLAIN + "    privileged: true", "may not use 'privileged': it gives the container this"),
    "watched": (PLAIN + "    develop: {watch: [{path: /, action: sync, target: /x}]}", "watches a path: / is outside"),
    "watch hook": (
        PLAIN + "    develop: {watch: [{path: ., action: sync+exec, exec: {command: id, privileged: true}}]}",
        "may not use 'privileged': it gives the container this",
    ),
    "NUL": (PLAIN + '    hostname: "a\\0b"', "contains a NUL character"),
    "a folder outside": (ALONE + '    volumes: ["/etc:/host"]', "/etc is outside the repository"),
    "a folder above": (ALONE + '    volumes: ["../../../:/host"]', "is outside the repository"),
    "a long volume": (ALONE + "    volumes: [{type: bind, source: /etc, target: /x}]", "/etc is outside"),
    "a path of variables": (ALONE + '    volumes: ["./$HOME:/x"]', "a path with a variable in it"),
    "the socket": (ALONE + '    volumes: ["/var/run/docker.sock:/s"]', "may not use 'docker_socket'"),
    "a variable of nobody's": (
        ALONE + '    volumes: ["${NOBODY:-/}:/host"]',
        "Compose would read a variable: ${NOBODY:-/}:/h",
    ),
    "a type of nobody's": (
        ALONE + '    volumes: [{type: "${NOBODY:-bind}", source: /, target: /host}]',
        "Compose would read a variable: ${NOBODY:-bind}",
    ),
    "a variable in a text": (ALONE + '    command: "echo ${HOME}"', "Compose would read a variable: ${HOME}"),
    "a plain variable": (ALONE + "    command: echo $HOME", "Compose would read a variable: $HOME"),
    "a variable in disguise": (ALONE + '    command: "\\u0024{HOME:?x}"', "Compose would read a variable: ${HOME:?x}"),
    "a variable behind two dollars": (ALONE + "    command: echo $$$HOME", "Compose would read a variable: $HOME"),
    "a variable that is another's default": (ALONE + '    hostname: "${API_PORT:-${HOME}}"', "Compose would read a"),
    "a variable of ours as a folder": (
        ALONE + '    volumes: ["${LOCALENV_CHECKOUT}:/host"]',
        "has a variable in 'volumes'",
    ),
    "a variable of ours as a key": (ALONE + '    privileged: "${LOCALENV_UID}"', "has a variable in 'privileged'"),
    "a variable of ours as a port": (
        ALONE + '    ports: ["127.0.0.1:${LOCALENV_UID}:1"]',
        "has a variable in the port",
    ),
    "a variable of ours as a build": (
        ALONE.replace("mine", "localenv/mine") + '    build: {context: "${LOCALENV_UID}"}',
        "has a variable in its build",
    ),
    "a type that nobody knows": (
        ALONE + "    volumes: [{type: npipe, source: /, target: /x}]",
        "has an invalid volume",
    ),
    "a path of another type": (ALONE + "    volumes: [{type: volume, source: /, target: /x}]", "has an invalid volume"),
    "a drive": (ALONE + "    volumes: ['c:/etc:/x']", "has an invalid volume"),
    "an image of another's": (ALONE + "    build: {context: ../../envs}", "would be built as an image of another's"),
    "a Dockerfile outside": (
        ALONE.replace("mine", "localenv/mine") + "    build: {context: ../../envs, dockerfile: /etc/passwd}",
        "/etc/passwd is outside",
    ),
    "a cache outside": (
        ALONE.replace("mine", "localenv/mine")
        + "    build: {context: ../../envs, cache_from: ['type=local,src=/etc']}",
        "takes its cache from type=local",
    ),
    "every address": (ALONE + '    ports: ["8000:8000"]', "publishes 8000:8000"),
    "another address": (ALONE + "    ports: [{target: 1, host_ip: 0.0.0.0}]", "publishes {'target': 1"),
    "the host's network": (ALONE + "    network_mode: host", "may not use 'network_mode'"),
    "a file of variables": (ALONE + "    env_file: /etc/environment", "may not use 'env_file'"),
    "another file": (ALONE + "    extends: {file: /x, service: y}", "may not use 'extends'"),
    "an unknown key": (ALONE + "    imagee: x", "may not use 'imagee'"),
    "a build outside": (ALONE + "    build: /", "/ is outside the repository"),
    "a build with more": (ALONE + "    build: {context: ../../envs, ssh: [default]}", "may not use 'ssh' in its build"),
    "a variable by its name": (ALONE + "    environment: {HOME: }", "has no value for 'HOME' in 'environment'"),
    "variables by their names": (ALONE + "    environment: [A=b, HOME]", "has no value for 'HOME' in 'environment'"),
    "an argument by its name": (BUILT + "      args: [HOME]", "has no value for 'HOME' in 'build.args'"),
    "a listed context above": (
        BUILT + "      additional_contexts: [x=../../../../..]",
        "is outside the repository",
    ),
    "a listed context outside": (BUILT + "      additional_contexts: [x=/etc]", "/etc is outside the repository"),
    "a context of another kind": (
        BUILT + "      additional_contexts: {x: 'oci-layout://etc'}",
        "builds from oci-layout://etc, which is not a path",
    ),
    "a context at home": (BUILT + "      additional_contexts: {x: ~/x}", "builds from ~/x, which is not a path"),
    "no list of volumes": (ALONE + "    volumes: 5", "has invalid volumes: 5"),
    "no list of networks": (ALONE + "    networks: [[other]]", "is on another network"),
    "no list of contexts": (BUILT + "      additional_contexts: 5", "which is not a path"),
    "no list of caches": (BUILT + "      cache_from: type=local", "takes its cache from type=local"),
    "no labels": ("  {{ service.name | yaml }}:\n    image: x", "service 'api' needs its labels"),
    "another service": (ALONE + "  more:\n    image: x", "unknown service 'more'"),
    "no service": ("  more:\n    image: x", "service 'api' is not rendered as a mapping"),
    "another part": (ALONE + "volumes: {x: {driver_opts: {device: /}}}", "'volumes' cannot be changed"),
    "no YAML": (ALONE + "    x: [", "the rendered file is invalid: not valid YAML"),
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
        with pytest.raises(LocalenvError, match="has exactly one network"):
            planned(network=NETWORK + more)


def test_what_the_user_allows_a_checkout_its_fragments_may_ask_for(planned, tmp_path):
    (tmp_path / "config" / "localenv").mkdir(parents=True)
    allowed = f"allow: {{{tmp_path}: {{paths: [/etc], permissions: [privileged]}}}}"
    (tmp_path / "config" / "localenv" / "config.yaml").write_text(allowed)

    stack = planned(service=ALONE + '    privileged: true\n    volumes: ["/etc:/host"]')

    assert stack.services["api"].overlaid


def test_the_network_is_found_again_and_lets_nobody_else_in(planned):
    plain = "networks:\n  default:\n    labels: {{ labels | yaml }}\n"
    opened = "    driver_opts: {com.docker.network.bridge.gateway_mode_ipv4: nat-unprotected}\n"
    planned(network=plain + "    driver_opts: {com.docker.network.driver.mtu: '1400'}\n")

    with pytest.raises(LocalenvError, match="could open it"):
        planned(network=plain + opened)
    with pytest.raises(LocalenvError, match="needs its labels"):
        planned(network="networks:\n  default: {}\n")


@pytest.mark.parametrize("written", ["plain", "by address"])
def test_what_was_checked_is_what_runs_and_what_a_folder_is_made_of(planned, written, tmp_path):
    """A fragment that uses the address of an object gives a different result at each rendering."""
    drawn = "{{ (cycler | string) | yaml }}" if written == "by address" else "{{ service.name | yaml }}"
    stack = planned(service=PLAIN + f"    hostname: {drawn}")
    project = tmp_path / ".localenv" / "it"

    first, second = (compose_file(stack, project) for _ in range(2))
    fragment = tmp_path / "envs/templates/service.yaml.j2"
    fragment.write_text(PLAIN + "    privileged: true")

    assert first == second == compose_file(stack, project) == stack.rendered
    assert "privileged" not in compose_file(stack, project)


def test_what_a_fragment_builds_from_is_looked_at_again_before_it_is_built(planned, tmp_path):
    stack = planned(service=BUILT + "      additional_contexts: [more=../../envs/data]")

    assert {str(tmp_path / "envs"), str(tmp_path / "envs/data")} <= stack.leads.keys()


def test_a_folder_that_runs_without_localenv_asks_for_no_more(planned, tmp_path):
    """Settings that only such a folder has, and fragments that depend on the path, are checked too."""
    planned(service=PLAIN)
    request = Request(target=Target(file=tmp_path / "envs" / "local.yaml", repository=tmp_path))
    (tmp_path / "envs/templates/service.yaml.j2").write_text(
        PLAIN + "{% if '../../envs/data' not in (service.volumes | string) %}    privileged: true\n{% endif %}"
    )
    stack(request)

    with pytest.raises(LocalenvError, match="may not use 'privileged'"):
        eject(request, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_reader_of_yaml_that_knows_more_finds_nothing_more_in_what_runs(planned, tmp_path):
    """It contains only values: no tags, no anchors, no second document, no comments that hide something."""
    stack = planned(service=PLAIN + "    hostname: &name !!str api # privileged\n    domainname: *name\n")

    text = stack.rendered

    assert yaml.safe_load(text)["services"]["api"]["hostname"] == "api"
    assert not set("&*!") & set(text.split("\n", 1)[1])
