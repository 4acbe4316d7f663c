"""What a repository may request, in every form that Compose supports."""

import socket
from pathlib import Path

import pytest

from localenv.errors import DescriptionError
from localenv.errors.problems import Problem
from localenv.stack import permissions
from tests.description.conftest import Load

SERVICE = "services:\n  api:\n    image: a\n    compose:\n"
ASKING = {
    "privileged": "privileged: true",
    "privileged, quoted": "privileged: 'true'",
    "privileged, a word": "privileged: yes",
    "capabilities": "cap_add: [NET_ADMIN]",
    "capabilities, block form": "cap_add:\n        - SYS_ADMIN",
    "no confinement": "security_opt: ['seccomp=unconfined']",
    "no confinement, beside what is fine": "security_opt: ['no-new-privileges:true', 'apparmor:unconfined']",
    "devices": "devices: ['/dev/kvm:/dev/kvm']",
    "devices, long form": "devices: [{source: /dev/kvm, target: /dev/kvm, permissions: rw}]",
    "device rules": "device_cgroup_rules: ['c 1:3 mr']",
    "gpus": "gpus: all",
    "network": "network_mode: host",
    "process ids": "pid: host",
    "process ids of another": "pid: 'container:abc'",
    "memory": "ipc: host",
    "names": "uts: host",
    "groups": "cgroup: host",
    "group of another": "cgroup_parent: /system.slice",
    "users": "userns_mode: host",
    "volumes of others": "volumes_from: ['container:db']",
    "containers of others": "external_links: ['db']",
    "Docker by a key": "use_api_socket: true",
    "program": "provider: {type: anything}",
    "runtime": "runtime: other",
    "file of the machine": "label_file: /etc/passwd",
    "annotations of the runtime": "annotations: {org.systemd.property.TasksMax: '1'}",
    "real time": "cpu_rt_runtime: 950ms",
    "period of real time": "cpu_rt_period: 1s",
    "alive without memory": "oom_kill_disable: true",
    "others are killed first": "oom_score_adj: -900",
    "others are killed first, quoted": "oom_score_adj: '-1'",
    "more containers": "scale: 1000",
    "logs elsewhere": "logging: {driver: syslog, options: {syslog-address: 'unix:///dev/log'}}",
}
SOCKETS = {
    "short form": "volumes: ['/var/run/docker.sock:/var/run/docker.sock']",
    "read only": "volumes: ['/var/run/docker.sock:/docker.sock:ro']",
    "block form": "volumes:\n        - /run/docker.sock:/a",
    "long form": "volumes: [{type: bind, source: /var/run/docker.sock, target: /a}]",
    "long form, quoted": "volumes: [{type: 'bind', 'source': \"/var/run/../run/docker.sock\", target: /a}]",
    "another name": "volumes: ['/tmp/../var/run/docker.sock:/a']",
    "another engine": "volumes: ['/run/podman/podman.sock:/a']",
    "another's": "volumes: ['/home/me/.colima/default/docker.sock:/a']",
}
HARMLESS = (
    "privileged: false",
    "cap_drop: [ALL]",
    "security_opt: ['no-new-privileges:true']",
    "ipc: shareable",
    "logging: {driver: json-file, options: {max-size: 1m}}",
    "volumes: ['../data:/data', 'named:/named', /anonymous, {type: tmpfs, target: /t}]",
    "devices: []",
    "oom_score_adj: 500",
    "oom_kill_disable: false",
    "scale: 1",
    "ulimits: {memlock: -1, nofile: {soft: 1024, hard: 2048}}",
    "volumes: [{type: bind, source: ../data, target: /data, bind: {propagation: rprivate}}]",
    "deploy: {replicas: 1, resources: {limits: {memory: 1g}}}",
    "labels: {traefik.enable: 'true'}",
    "x-note: {privileged: true}",
)


def found(loaded: Load, compose: str, **options: object) -> tuple[Problem, ...]:
    with pytest.raises(DescriptionError) as raised:
        loaded(f"{SERVICE}      {compose}\n", **options)
    return raised.value.problems


@pytest.mark.parametrize("compose", ASKING.values(), ids=ASKING)
def test_a_repository_may_not_ask_for_what_is_the_machines(loaded: Load, repository: Path, compose: str) -> None:
    (problem,) = found(loaded, compose)

    key = compose.partition(":")[0]
    assert problem.message.startswith(f"service 'api' may not use '{key}': it ")
    assert problem.at
    assert (problem.at.file.name, problem.at.line) in {("local.yaml", 5), ("local.yaml", 6)}
    assert f"config.yaml: allow: {{{repository}: {{permissions: [{key}]}}}}" in problem.hint


@pytest.mark.parametrize("compose", ASKING.values(), ids=ASKING)
def test_the_user_may_allow_it_for_a_checkout(loaded: Load, compose: str) -> None:
    key = compose.partition(":")[0]

    assert key in loaded(f"{SERVICE}      {compose}\n", allowed_permissions=[key]).services["api"].compose


@pytest.mark.parametrize("compose", HARMLESS)
def test_what_gives_a_container_nothing_is_handed_on(loaded: Load, compose: str) -> None:
    assert loaded(f"{SERVICE}      {compose}\n").services["api"].compose


@pytest.mark.parametrize("compose", SOCKETS.values(), ids=SOCKETS)
def test_the_docker_socket_is_refused_as_what_it_is(loaded: Load, compose: str) -> None:
    (problem,) = found(loaded, compose)

    assert "may not use 'docker_socket' (volumes)" in problem.message
    assert "permissions: [docker_socket]" in problem.hint


@pytest.mark.parametrize("compose", SOCKETS.values(), ids=SOCKETS)
def test_the_docker_socket_may_be_allowed_by_its_name(loaded: Load, compose: str) -> None:
    assert loaded(f"{SERVICE}      {compose}\n", allowed_permissions=["docker_socket"])


def test_a_link_to_the_docker_socket_is_the_docker_socket(
    loaded: Load, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = repository.parent / "engine"
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(engine))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{engine}")
        (repository / "data/plain").symlink_to(engine)
        (repository / "data/hard").hardlink_to(engine)

        for name in ("plain", "hard"):
            (problem,) = found(loaded, f"volumes: ['../data/{name}:/a']")
            assert "'docker_socket'" in problem.message


def test_a_folder_that_holds_the_docker_socket_is_refused_also_where_the_path_is_allowed(
    loaded: Load, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        engine = repository.parent / "run/engine"
        engine.parent.mkdir()
        opened.bind(str(engine))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{engine}")

        (problem,) = found(loaded, "volumes: ['../../run:/a']", allowed_paths=[engine.parent])

        assert "'docker_socket'" in problem.message


def test_a_folder_outside_is_allowed_by_its_path_and_not_by_a_permission(loaded: Load, repository: Path) -> None:
    outside = repository.parent / "outside"
    outside.mkdir()
    (repository / "data/link").symlink_to(outside)

    for source in ("../../outside", "../data/link", str(outside)):
        for compose in (f"volumes: ['{source}:/a']", f"volumes: [{{type: bind, source: {source}, target: /a}}]"):
            (problem,) = found(loaded, compose, allowed_permissions=permissions.NAMES)
            assert "is outside the repository" in problem.message
            assert f"allow: {{{repository}: {{paths: [{outside}]}}}}" in problem.hint
            assert loaded(f"{SERVICE}      {compose}\n", allowed_paths=[outside])


@pytest.mark.parametrize(
    ("compose", "reason"),
    [
        ("deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}", "'devices' (deploy.resources"),
        ("post_start: [{command: a, privileged: true}]", "'privileged' (post_start.privileged)"),
        ("deploy: {replicas: 500}", "'scale' (deploy.replicas)"),
        ("ulimits: {rtprio: 99}", "'priority' (ulimits.rtprio)"),
        ("ulimits: {nice: {soft: 40, hard: 40}}", "'priority' (ulimits.nice)"),
        ("volumes: ['../data:/data:rw,rshared']", "'propagation' (volumes)"),
        (
            "volumes: [{type: bind, source: ../data, target: /data, bind: {propagation: rslave}}]",
            "'propagation' (volumes)",
        ),
        ("labels: {dev.localenv.environment: other}", "the label 'dev.localenv.environment' is reserved"),
        ("labels: [com.docker.compose.project=other]", "the label 'com.docker.compose.project' is reserved"),
        ("models: [llm]", "'models' is not allowed under compose:"),
        ("volumes: {'/:/host': null}", "must be a list, not a mapping"),
        ("volumes: /:/host", "must be a list"),
        ("volumes: [{type: volume, source: /etc, target: /a}]", "needs a name, not a path"),
        ("volumes: [{source: /etc, target: /a}]", "a volume needs a type"),
        ("volumes: [[/etc:/a]]", "a volume must be a string or a mapping"),
        ("privilegd: true", "unknown Compose key"),
    ],
)
def test_no_other_form_gets_around_it(loaded: Load, compose: str, reason: str) -> None:
    (problem,) = found(loaded, compose)

    assert reason in problem.message


SPECIFIED = """
    annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name
    cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset
    credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname
    entrypoint env_file environment expose extends external_links extra_hosts gpus group_add healthcheck
    hostname image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation
    mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit
    platform ports post_start pre_stop privileged profiles provider pull_policy pull_refresh_after read_only
    restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt
    sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir
"""  # the keys of a service in the Compose specification


@pytest.mark.parametrize("key", SPECIFIED.split())
def test_each_key_of_the_specification_is_decided(loaded: Load, key: str) -> None:
    """Ordinary, or refused with a reason that is known: none is passed on, or refused, by chance."""
    if key not in permissions.ORDINARY:
        (problem,) = found(loaded, f"{key}: [a]")
        assert "unknown" not in problem.message


def test_what_another_file_says_is_refused_where_it_stands(loaded: Load) -> None:
    with pytest.raises(DescriptionError) as raised:
        loaded("extends: base.yaml\n", {"base.yaml": f"{SERVICE}      privileged: true\n"})

    (problem,) = raised.value.problems
    assert problem.at
    assert (problem.at.file.name, problem.at.line, problem.at.column) == ("base.yaml", 5, 19)


def test_an_anchor_is_refused_like_what_it_stands_for(loaded: Load) -> None:
    text = f"x-all: &all {{privileged: true}}\n{SERVICE}      <<: *all\n"

    with pytest.raises(DescriptionError, match="may not use 'privileged'"):
        loaded(text)


HOSTED = """
services:
  api: {image: a, port: 80, compose: {network_mode: host}}
  other: {image: a, environment: {A: "${api.ATTRIBUTE}"}, compose: {MORE}}
"""


def test_no_container_can_refer_to_a_service_on_this_machines_network(loaded: Load) -> None:
    def load(attribute: str, more: str = "") -> object:
        text = HOSTED.replace("ATTRIBUTE", attribute).replace("MORE", more)
        return loaded(text, allowed_permissions=["network_mode"])

    with pytest.raises(DescriptionError) as raised:
        load("url")
    (problem,) = raised.value.problems
    assert "${api.url} cannot be reached from 'other': 'api' uses the host's network" in problem.message
    assert load("published_url")
    assert load("url", "network_mode: host")


def test_a_service_on_the_host_network_has_no_alias(loaded: Load) -> None:
    text = "services: {api: {image: a, aliases: [b], compose: {network_mode: host}}}"

    with pytest.raises(DescriptionError, match="'api' uses the host's network, where it has no alias"):
        loaded(text, allowed_permissions=["network_mode"])
