"""The native engine, with small Python programs as services: start, output, changes and removal."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import pytest

from localenv import environment, paths, process, state
from localenv.engines.native import fitting, supervising
from localenv.engines.native.engine import connect
from localenv.engines.native.kinds.postgres.installations import installations
from localenv.engines.native.kinds.redis import installations as redis
from localenv.engines.native.program import Program
from localenv.engines.native.wiremock import jar
from localenv.environment import finding, lifecycle
from localenv.environment.down import removing
from localenv.environment.handle import Environment
from localenv.environment.locating import locate
from localenv.environment.request import Request
from localenv.errors import DescriptionError, EngineError, JobError, LocalenvError, NotReadyError
from localenv.events import Event, Phase
from localenv.guard import client, where
from localenv.host import kernel
from localenv.stack import Need
from tests.conftest import Repository
from tests.world.waiting import until

SERVER = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = os.environ["GREETING"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): print("asked for", self.path, flush=True)
print("listening on", os.environ["PORT"], flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""
API = """
name: toy
services:
  api:
    build: ../app
    command: python3 server.py
    port: 8000
    environment: {GREETING: "hello from ${self.published_port}"}
"""
STUBBED = {
    "envs/local.yaml": API + "upstreams: {payments: {stubs: ../stubs}}",
    "stubs/mappings/any.json": '{"request": {}, "response": {"status": 200, "body": "stub"}}',
}


@pytest.fixture
def repo(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    """Write a repository with the server in it; everything that still runs afterwards is removed."""

    def write(files: dict[str, str | bytes]) -> Path:
        folder = repository({"app/Dockerfile": "FROM scratch", "app/server.py": SERVER, **files})
        monkeypatch.chdir(folder)
        return folder

    yield write
    for record in state.known():  # only this test's own state
        removing.down(record.identity, data=True)


def up(**more: object) -> Environment:
    return lifecycle.up(Request(target=locate(), engine="native", **more))  # type: ignore[arg-type]


def get(found: Environment, name: str = "api") -> str:
    with urlopen(found.url(name), timeout=60) as answer:
        return str(answer.read().decode())


def processes(found: Environment) -> set[int]:
    return {int(seen.id.partition("-")[0]) for seen in found.engine.observe(found.identity).services.values()}


def test_a_service_runs_on_a_port_of_its_own_with_resolved_references(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    found = up()
    port = found.url("api").rpartition(":")[2]
    assert get(found) == f"hello from {port}"
    assert found.status().state == "ready"
    assert found.status().engine == "native"


def test_a_service_finds_nothing_of_this_process_in_its_environment(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_MINE", "1")
    repo({"envs/local.yaml": API})
    pid = next(iter(processes(up())))
    assert b"SECRET_OF_MINE" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_services_with_one_port_in_their_code_have_an_address_each_which_commands_on_this_machine_are_told(
    repo: Repository,
) -> None:
    fixed = SERVER.replace('("127.0.0.1", int(os.environ["PORT"]))', '(os.environ["BIND"], 8017)')
    own = 'address: own\n    environment: {BIND: "${bind}", OTHER: "${web.url}", '
    api = API.replace("8000", "8017").replace("environment: {", own)
    repo({"envs/local.yaml": api + api[api.index("  api:") :].replace("api:", "web:"), "app/server.py": fixed})
    found = up()
    assert found.url("api") != found.url("web")
    for name in ("api", "web"):
        assert found.url(name).startswith("http://127.8.")
        assert get(found, name) == "hello from 8017"
        assert found.variables("api")[f"LOCALENV_{name.upper()}_URL"] == found.url(name)
    assert found.variables("api")["OTHER"] == found.url("web")
    assert found.variables("api")["PORT"] == "8017"


def test_mappings_that_an_old_wiremock_does_not_know_are_refused_before_anything_starts(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = find_spec("wiremock")
    assert package is not None
    (old,) = Path(str(package.origin)).parent.glob("server/*.jar")
    monkeypatch.setenv(jar.VARIABLE, str(old))
    stub = '{"request": {}, "response": {"jsonBody": 1.0}}'
    needs = "needs: {db: {postgres: 17}}\nupstreams: {payments: {stubs: ../stubs}}"
    repo({"envs/local.yaml": f"name: toy\n{needs}", "stubs/mappings/any.json": stub})
    events: list[Event] = []

    with pytest.raises(DescriptionError, match="needs WireMock 3") as raised:
        lifecycle.up(Request(target=locate(), engine="native"), events.append)

    assert raised.value.exit_code == 2
    assert [event.subject for event in events if event.phase is Phase.START] == []


def test_up_says_what_the_kernel_of_this_machine_lacks(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo({"envs/local.yaml": API})
    lines: list[str] = []
    monkeypatch.setattr(fitting, "sys", SimpleNamespace(platform="darwin"))
    lifecycle.up(Request(target=locate(), engine="native"), lambda event: lines.append(event.detail))
    assert any("this kernel has no subreaper" in line for line in lines)


def test_down_leaves_no_process_no_file_and_the_port_free(repo: Repository) -> None:
    folder = repo({"envs/local.yaml": API})
    found = up()
    pids = processes(found)
    removing.down(found.identity)
    assert all(kernel.started(pid) < 0 for pid in pids)
    assert found.identity not in paths.states()
    assert not (folder / ".localenv" / found.identity).exists()
    assert removing.down(found.identity) is False


def test_ports_stay_the_same_between_runs(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    first = up().url("api")
    removing.down(finding.resolve(None))
    assert up().url("api") == first


def test_a_second_up_changes_what_differs_and_nothing_else(repo: Repository) -> None:
    other = API + API[API.index("  api:") :].replace("api:", "web:")
    repo({"envs/local.yaml": other})
    before = up().engine.observe(finding.resolve(None)).services
    repo({"envs/local.yaml": other.replace("hello", "good morning", 1)})
    found = up()
    after = found.engine.observe(found.identity).services
    assert get(found).startswith("good morning")
    assert after["web"].id == before["web"].id
    assert after["api"].id != before["api"].id
    assert not up().prepared.plan


def test_changed_code_starts_the_service_again(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    up()
    repo(
        {"envs/local.yaml": API, "app/server.py": SERVER.replace("self.wfile.write(body)", "self.wfile.write(b'new')")}
    )
    with pytest.raises(Exception, match="IncompleteRead"):
        get(up())


def test_a_service_that_is_no_longer_described_ends(repo: Repository) -> None:
    other = API + API[API.index("  api:") :].replace("api:", "web:")
    repo({"envs/local.yaml": other})
    up()
    repo({"envs/local.yaml": API})
    found = up()
    assert set(found.engine.observe(found.identity).services) == {"api"}


def test_a_job_runs_in_the_place_of_its_service_and_is_reported(repo: Repository) -> None:
    job = "jobs: {once: {command: python3 place.py, service: api}}"
    place = "import os; print(os.getcwd(), os.environ['GREETING'])"
    folder = repo({"envs/local.yaml": API + job, "app/place.py": place})
    lines: list[str] = []
    lifecycle.up(
        Request(target=locate(), engine="native"), lambda event: lines.append(f"{event.subject} {event.detail}")
    )
    assert any(line.startswith(f"once {folder / 'app'} hello from") for line in lines)


def test_a_job_that_fails_ends_the_start_and_leaves_nothing(repo: Repository) -> None:
    job = "jobs: {once: {command: \"python3 -c 'print(1); raise SystemExit(7)'\", service: api}}"
    repo({"envs/local.yaml": API + job})
    with pytest.raises(JobError, match="exited with code 7"):
        up()
    assert state.known() == []


def test_a_program_that_is_not_installed_is_named(repo: Repository) -> None:
    repo({"envs/local.yaml": API.replace("python3 server.py", "no-such-program --fast")})
    with pytest.raises(NotReadyError, match="cannot start api: `no-such-program` not found") as failed:
        up()
    assert "native.setup" in failed.value.hint


@pytest.mark.parametrize(
    ("shim", "managed", "why"),
    [
        ('#!/bin/sh\nset -e\nexec "MANAGER" exec "${0##*/}" "$@"\n', "gunicorn", "version `9.9' is not installed"),
        ('#!/usr/bin/env bash\nexec MANAGER exec "gunicorn" "$@"\n', "gunicorn", "version `9.9' is not installed"),
        ("#!/bin/sh\necho 'no version of node is set' >&2\nexit 126\n", "node", "no version of node is set"),
        ("#!/bin/sh\nexit 127\n", "python3.9", "exit code 127"),
    ],
)
def test_a_shim_without_a_version_for_the_folder_is_no_installed_program(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shim: str, managed: str, why: str
) -> None:
    manager, program = tmp_path / "manager", tmp_path / "shims" / managed
    program.parent.mkdir()
    manager.write_text(
        '#!/bin/sh\n[ $1 = which ] && [ -f .version ] && exit\necho "version \\`9.9\' is not installed"\nexit 1\n'
    )
    program.write_text(shim.replace("MANAGER", str(manager)))
    for file in (manager, program):
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    folder = repo({"envs/local.yaml": API.replace("python3 server.py", f"{managed} x.py")})
    request = Request(target=locate(), engine="native")
    expected = re.escape(f"cannot start api: `{managed}` ({program}) is not installed: {why}")
    with pytest.raises(NotReadyError, match=expected):
        lifecycle.plan(request)
    if managed == "gunicorn":
        (folder / "app" / ".version").touch()
        lifecycle.plan(request)


def test_a_service_with_an_image_and_no_command_says_what_to_add_before_anything_starts(repo: Repository) -> None:
    repo({"envs/local.yaml": "services: {api: {image: nginx, port: 80}}\nneeds: {cache: redis}"})
    events: list[Event] = []
    with pytest.raises(EngineError, match=r"local\.yaml:1:\d+: api has no command") as failed:
        lifecycle.up(Request(target=locate(), engine="native"), events.append)
    assert "native: {command: …}" in failed.value.hint
    assert not [event for event in events if event.phase is Phase.START]


@pytest.mark.parametrize("need", ["postgres: 9", "redis: 1"])
def test_another_major_version_than_a_strict_need_has_is_an_error_before_anything_starts(
    repo: Repository, need: str
) -> None:
    if not (installations() and redis.servers()):
        pytest.skip("no PostgreSQL or no Redis is installed here")
    repo({"envs/local.yaml": f"{API}needs: {{db: {{{need}, strict: true}}}}"})
    events: list[Event] = []
    request = Request(target=locate(), engine="native")
    kind, version = need.split(": ")
    for attempt in (lambda: lifecycle.plan(request), lambda: lifecycle.up(request, events.append)):
        with pytest.raises(EngineError, match=rf"db: {kind} {version} is required \(strict: true\)") as failed:
            attempt()
        assert "--engine compose" in failed.value.hint
    assert not [event for event in events if event.phase is Phase.START]
    assert state.known() == []


def test_another_major_version_than_asked_for_is_in_the_status(repo: Repository) -> None:
    if not redis.servers():
        pytest.skip("no Redis is installed here")
    repo({"envs/local.yaml": "needs: {cache: {redis: 1}}"})
    (cache,) = up().status().services
    assert cache.version_differs
    assert cache.running_version == redis.fitting(Need(name="it", kind="redis", version="1", user="")).title


def test_a_service_that_ends_instead_of_getting_ready_is_told_with_its_log(repo: Repository) -> None:
    repo({"envs/local.yaml": API, "app/server.py": "print('no settings'); raise SystemExit(9)"})
    with pytest.raises(NotReadyError, match="api exited with code 9") as failed:
        up()
    assert failed.value.log == ("no settings",)


def test_what_compose_alone_understands_is_left_out_and_said(repo: Repository) -> None:
    repo({"envs/local.yaml": API + "    compose: {mem_limit: 1g}\n"})
    assert up().status().services[0].detail == "ignored: compose: mem_limit"


def test_secrets_are_put_where_only_this_user_reads_them(repo: Repository) -> None:
    description = API.replace('"hello', '"${token.path} hello') + "secrets: {token: {content: hush}}"
    repo({"envs/local.yaml": description})
    file = Path(get(up()).split()[0])
    assert file.read_text() == "hush"
    assert file.stat().st_mode & 0o077 == 0


def test_a_command_runs_in_the_place_of_a_service(repo: Repository) -> None:
    folder = repo({"envs/local.yaml": API})
    found = up()
    done = process.run(found.invocation("api", ["sh", "-c", "pwd; echo $GREETING $MORE"], {"MORE": "and more"}))
    assert done.lines == (str(folder / "app"), f"{get(found)} and more")
    with pytest.raises(LocalenvError, match="unknown service or need 'nobody'"):
        found.invocation("nobody", ["true"])


def test_a_service_is_stopped_started_paused_and_continued(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    found = up()

    def shown() -> str:
        return found.status().services[0].state

    for action, condition in (("pause", "paused"), ("unpause", "running"), ("stop", "exited"), ("start", "running")):
        found.engine.services.signal(found.identity, "api", action)
        assert shown() == condition


def test_what_a_signal_has_stopped_is_shown_as_paused_and_goes_on(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    found = up()
    (pid,) = processes(found)
    os.kill(pid, signal.SIGSTOP)
    until(lambda: kernel.is_stopped(pid), "it stands still")
    (shown,) = found.status().services
    assert (shown.state, shown.detail) == ("paused", "stopped by a signal")
    found.unpause("api")
    assert found.status().services[0].state == "running"
    assert get(found)


def test_down_ends_what_a_killed_exec_has_left(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    found = up()
    command = found.invocation("api", ["sleep", "600"])
    with subprocess.Popen(command.argv, env=command.environment, cwd=command.folder) as left:
        removing.down(found.identity, data=True)
        assert left.wait(60) == -signal.SIGKILL


def test_what_stopped_by_itself_is_started_again_by_up(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    found = up()
    os.kill(next(iter(processes(found))), signal.SIGKILL)
    until(lambda: found.status().services[0].detail == "exit code 137")
    assert str(up().prepared.plan) == "start api (exited)"
    assert get(found)


def test_a_stub_server_whose_relay_ended_is_seen_and_both_are_started_again_by_up(repo: Repository) -> None:
    repo(STUBBED)
    found = up()
    before = children(found)

    os.kill(before[".relay.localenv.stubs"], signal.SIGKILL)
    until(lambda: found.status().state == "failed")

    (payments,) = (line for line in found.status().services if line.name == "payments")
    assert (payments.state, payments.detail) == (
        "exited",
        "its relay has exited (exit code 137); restart both: localenv up",
    )
    assert found.status().detail.startswith(f"localenv.stubs exited ({payments.detail})")
    assert str(up().prepared.plan).splitlines() == [
        "pull localenv.stubs (exited)",
        "start localenv.stubs (exited)",
        "load stubs of payments (new stub server) after localenv.stubs",
    ]
    after = children(found)
    assert after["api"] == before["api"]
    assert kernel.started(before["localenv.stubs"]) < 0
    assert get(found, "payments") == "stub"
    assert found.status().state == "ready"
    assert not up().prepared.plan


def test_a_stub_server_whose_relay_could_not_be_started_is_no_working_one_for_the_next_up(repo: Repository) -> None:
    repo(STUBBED)
    found = up()
    os.kill(children(found)[".relay.localenv.stubs"], signal.SIGKILL)
    until(lambda: found.status().state == "failed")
    address = ("127.0.0.1", int(found.url("payments").rpartition(":")[2]))

    with socket.create_server(address), pytest.raises(NotReadyError, match=r"payments: cannot listen on 127"):
        up(keep_on_failure=True)

    assert "start localenv.stubs (created)" in str(up().prepared.plan).splitlines()
    assert get(found, "payments") == "stub"


def children(found: Environment) -> dict[str, int]:
    """The processes of the guard, by name."""
    answer = client.ask(paths.state(found.identity), "list")["children"]
    return {one["name"]: one["pid"] for one in answer}


def test_what_makes_the_next_start_faster_begins_when_this_one_is_done(
    repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not any(one.major >= 18 for one in installations()):
        pytest.skip("no PostgreSQL 18 is installed here")
    spawned: list[tuple[str, str]] = []
    spawn = supervising.spawn

    def noted(identity: str, name: str, role: str, program: Program) -> None:
        spawned.append((name, role))
        spawn(identity, name, role, program)

    monkeypatch.setattr(supervising, "spawn", noted)
    repo({"envs/local.yaml": API + "needs: {db: {postgres: 18}}"})
    up()
    assert spawned[:3] == [("db", "need"), ("api", "service"), (".db.0", supervising.BACKGROUND)]
    assert {role for _, role in spawned[3:]} <= {supervising.BACKGROUND}


def test_logs_are_merged_by_time_and_followed_until_the_environment_ends(repo: Repository) -> None:
    repo({"envs/local.yaml": API + API[API.index("  api:") :].replace("api:", "web:")})
    found = up()

    def started() -> list[str]:
        return [line.service for line in found.logs() if line.text == "asked for /logged"]

    for number, name in enumerate(("api", "web", "api"), 1):
        urlopen(f"{found.url(name)}/logged", timeout=60).close()
        until(lambda number=number: len(started()) == number)
    assert started() == ["api", "web", "api"]
    assert [line.text for line in found.logs(["web"], tail=1)] == ["asked for /logged"]
    followed: list[str] = []
    follower = threading.Thread(target=lambda: followed.extend(line.text for line in found.logs(["api"], follow=True)))
    follower.start()
    urlopen(f"{found.url('api')}/later", timeout=60).close()
    until(lambda: "asked for /later" in followed)
    removing.down(found.identity)
    follower.join(60)
    assert not follower.is_alive()


def test_when_the_guard_is_killed_nothing_runs_on_and_up_begins_anew(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    found = up()
    pids = processes(found)
    os.kill(where.read(paths.state(found.identity))["pid"], signal.SIGKILL)
    until(lambda: all(kernel.started(pid) < 0 for pid in pids))
    assert found.status().state == "stopped"
    assert get(up())


UP = """
import sys, time
from localenv.environment.request import Request
from localenv.environment.locating import locate
from localenv.environment import lifecycle
found = lifecycle.up(Request(target=locate(), engine="native"))
sys.argv[1] == "released" and found.release()
print(found.identity, flush=True)
time.sleep(600)
"""


def elsewhere(how: str) -> tuple["subprocess.Popen[str]", str]:
    """Another process that brought the environment up, and its identity."""
    above = str(Path(environment.__file__).parents[2])
    owner = subprocess.Popen(
        [sys.executable, "-c", UP, how], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": above}
    )
    assert owner.stdout
    return owner, owner.stdout.readline().strip()


def test_when_its_owner_is_killed_nothing_is_left(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    owner, identity = elsewhere("owned")
    pids = {int(seen.id.partition("-")[0]) for seen in connect().observe(identity).services.values()}
    assert pids
    with owner:
        owner.kill()
    until(lambda: all(kernel.started(pid) < 0 for pid in pids))
    until(lambda: identity not in paths.states())


def test_a_released_environment_stays_until_it_is_removed_by_somebody_else(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    owner, identity = elsewhere("released")
    with owner:
        owner.kill()
    time.sleep(0.3)
    assert connect().observe(identity).services
    assert removing.down(identity)
    assert not connect().observe(identity).services


def test_another_engine_is_refused_while_this_one_runs_it(repo: Repository) -> None:
    repo({"envs/local.yaml": API})
    up()
    with pytest.raises(LocalenvError, match="runs on engine native"):
        lifecycle.up(Request(target=locate(), engine="compose"))
    assert not lifecycle.up(Request(target=locate(), engine="auto")).prepared.plan
