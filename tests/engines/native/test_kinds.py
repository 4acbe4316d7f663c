"""Backing services as processes on this machine, as the native engine starts them."""

import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from localenv.data import snapshots
from localenv.data.snapshots import PartlyRestored
from localenv.engines.native.kinds import KINDS
from localenv.engines.native.kinds.postgres import installations
from localenv.engines.native.kinds.versions import difference
from localenv.errors import EngineError
from localenv.needs import NotYet, postgres
from localenv.needs.kinds import KINDS as NEEDS
from localenv.needs.s3.api import StoredObject, opened
from localenv.stack import Need
from localenv.stack.references import literal
from tests.engines.native.conftest import Start

PSQL = ("psql", "-X", "-A", "-t", "-c")


@pytest.mark.parametrize("name", ["postgres", "redis", "mariadb", "rabbitmq", "nats"])
def test_each_kind_is_ready_with_its_login_and_listens_on_this_machine_alone(world: Start, name: str) -> None:
    one = world(name)
    with one.running() as child:
        pids = {str(child.pid)} | _children(child.pid)
        assert _listening(pids) <= {"0100007F"}  # 127.0.0.1 in the kernel's notation


def test_every_need_has_a_module_that_runs_it_or_says_why_not() -> None:
    assert set(KINDS) >= set(NEEDS)
    for name in KINDS:
        assert callable(KINDS[name].program)


@pytest.mark.parametrize("name", ["postgres", "redis", "mariadb", "nats", "rabbitmq"])
def test_no_password_stands_on_a_command_line(world: Start, name: str) -> None:
    one = world(name, password="planted-canary")
    one = replace(one, deployment=replace(one.deployment, resolution=_saying(one, "planted-canary")))
    assert "planted-canary" not in " ".join(one.program().argv)


@pytest.mark.parametrize("name", ["postgres", "redis", "mariadb", "rabbitmq", "nats"])
def test_what_is_killed_takes_its_children_along_but_a_daemon(world: Start, name: str) -> None:
    one = world(name)
    with one.running() as child:
        child.send_signal(signal.SIGKILL)
        child.wait(60)
        deadline = time.monotonic() + 60
        while (left := _working_in(one.room.data) - {"epmd"}) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert left == set()


def test_postgres_has_the_user_and_database_of_its_description(world: Start) -> None:
    one = world("postgres", databases=("shop",), user="keeper")
    with one.running():
        output = one.client(*PSQL, "select current_user, current_database(), usesuper from pg_user").output
        assert output.strip() == "keeper|shop|t"


@pytest.mark.parametrize("name", ["postgres", "mariadb", "redis"])
def test_what_a_need_of_this_machines_version_holds_is_restored(world: Start, name: str, tmp_path: Path) -> None:
    one = world(name, user="root")  # may create a separate database for the copy
    need = one.deployment.stack.needs["it"]
    with one.running():
        snapshots.snapshot(need, one.connection, tmp_path / "seeded")
        assert snapshots.restore(need, one.connection, tmp_path / "seeded") == ()


def test_objects_are_as_they_were_and_unchanged_ones_are_left_alone(world: Start, tmp_path: Path) -> None:
    one, seeded = world("s3", password=None), tmp_path / "seeded"
    need = one.deployment.stack.needs["it"]
    with one.running(), opened(one.connection) as storage:
        storage.make("orders", can_lock=False)
        storage.write("orders", "ü/1 %", StoredObject(content=b"one", headers={"content-type": "text/x"}))
        storage.write("orders", "2", StoredObject(content=b"two", headers={"x-amz-meta-a": "b"}))
        storage.write("orders", "3", StoredObject(content=b"three", headers={}))
        snapshots.snapshot(need, one.connection, seeded)

        storage.write("orders", "ü/1 %", StoredObject(content=b"changed", headers={}))
        storage.delete("orders", "2")
        storage.make("new", can_lock=False)
        storage.write("new", "4", StoredObject(content=b"four", headers={}))
        changed = snapshots.restore(need, one.connection, seeded)

        assert sorted(changed) == ["new", "orders/2", "orders/ü/1 %"]
        assert storage.buckets() == ["orders"]
        assert storage.read("orders", "ü/1 %").content == b"one"
        assert storage.read("orders", "ü/1 %").headers["content-type"] == "text/x"
        assert storage.read("orders", "2").headers["x-amz-meta-a"] == "b"
        assert snapshots.restore(need, one.connection, seeded) == ()

        storage.keep_versions("orders", "Enabled")
        for content in (b"one", b"changed", b"one", b"last"):
            storage.write("orders", "2", StoredObject(content=content, headers={"x-amz-tagging": "a=b+c"}))
        snapshots.snapshot(need, one.connection, seeded)
        before = storage.versions("orders")
        storage.write("orders", "2", StoredObject(content=b"newest", headers={}))
        storage.delete("orders", "3")
        storage.make("new", can_lock=False)
        storage.keep_versions("new", "Enabled")
        for content in (b"4", b"5"):
            storage.write("new", "4", StoredObject(content=content, headers={}))
        storage.delete("new", "4")
        assert sorted(snapshots.restore(need, one.connection, seeded)) == ["new", "orders/2", "orders/3"]
        assert (storage.buckets(), storage.versions("orders")) == (["orders"], before)
        for each in (each for each in before if each.key == "2"):
            storage.delete("orders", "2", each.id)
        with pytest.raises(PartlyRestored) as restored:
            snapshots.restore(need, one.connection, seeded)
        assert restored.value.changed == ("orders/2",)
        older = [each.id for each in before if each.key == "2" and not each.is_latest]
        assert {*restored.value.left_alone} == {f"orders/2?versionId={number}" for number in older}
        assert storage.read("orders", "2").headers["x-amz-tagging"] == "a=b+c"


def test_postgres_refuses_a_wrong_password(world: Start) -> None:
    one = world("postgres")
    with one.running(), pytest.raises(NotYet, match="password"):
        postgres.ready(replace(one.connection, password="wrong"))


def test_postgres_takes_a_password_of_any_characters(world: Start) -> None:
    one = world("postgres")
    changed = replace(one, deployment=replace(one.deployment, resolution=_saying(one, "ä 'quoted\" \\ pass")))
    with changed.running():
        assert changed.client(*PSQL, "select 1").output.strip() == "1"


@pytest.mark.parametrize(
    "odd", [pytest.param("#", marks=pytest.mark.full), "--all +a\tb\nc\rd {,}[.]:= ü漢 ", "x" * 63]
)
def test_postgres_takes_a_user_and_a_database_of_odd_names(world: Start, fresh_cache: Path, odd: str) -> None:
    one = world("postgres", user=odd, databases=(odd,))
    changed = replace(one, deployment=replace(one.deployment, resolution=_saying(one, "ä;\n\n")))
    with changed.running():
        output = changed.client(*PSQL, "select current_user, current_database()").output
        assert output.removesuffix("\n") == f"{odd}|{odd}"


@pytest.mark.parametrize("database", ["template1", 'o\'a "b" back\\slash\\ $HOME ${x};\n\n;'])
def test_postgres_takes_a_database_that_it_has_or_whose_name_no_user_can_have(
    world: Start, fresh_cache: Path, database: str
) -> None:
    one = world("postgres", databases=(database,))
    with one.running():
        assert one.client(*PSQL, "select current_database()").output.removesuffix("\n") == database


@pytest.mark.parametrize(
    "user",
    [
        "o'brien",
        "public",
        *(pytest.param(one, marks=pytest.mark.full) for one in ('a"b', "a$b", "a\\b", "pg_shop", "none", "x" * 64)),
    ],
)
def test_a_user_that_no_postgres_can_have_is_told_with_those_that_it_can(
    world: Start, fresh_cache: Path, user: str
) -> None:
    with pytest.raises(EngineError, match="initialising PostgreSQL failed") as raised:
        world("postgres", user=user).program()
    assert "neither public nor none" in raised.value.hint


def test_postgres_is_copied_from_a_cluster_that_was_initialised_once(world: Start, fresh_cache: Path) -> None:
    first, second = world("postgres", data="a"), world("postgres", data="b")
    first.program()
    second.program()
    assert len(first.messages) == 1
    assert second.messages == []
    assert len([one for one in (fresh_cache / "postgres").iterdir() if one.is_dir()]) == 1  # without the file about it


def test_the_next_postgres_takes_a_copy_that_was_made_in_the_background(world: Start, fresh_cache: Path) -> None:
    first, second, third = world("postgres", data="a"), world("postgres", data="b"), world("postgres", data="c")
    (making,) = first.program().background
    subprocess.run(making.argv, env=dict(making.environment), cwd=making.folder, check=True, timeout=60)
    (spare,) = (fresh_cache / "postgres").glob("*.spare")
    (spare / "planted").touch()

    assert second.program().background == (making,)

    assert (second.room.data / "planted").exists()
    assert not spare.exists()
    third.program()
    assert not (third.room.data / "planted").exists()
    with second.running():
        assert second.client(*PSQL, "select 1").output.strip() == "1"


def test_postgres_killed_with_its_data_left_starts_again_with_that_data(world: Start) -> None:
    one = world("postgres")
    with one.running() as child:
        one.client("env", "PGOPTIONS=-csynchronous_commit=on", *PSQL, "create table kept as select 7 as number")
        child.send_signal(signal.SIGKILL)
    assert (one.room.data / "postmaster.pid").exists()
    with one.running():
        assert one.client(*PSQL, "select number from kept").output.strip() == "7"


@pytest.mark.skipif(sys.platform != "linux", reason="who works in a folder is read from /proc")
def test_a_postgres_left_running_on_its_data_is_ended_first(world: Start) -> None:
    one = world("postgres")
    with one.running() as child:
        one.program()
        assert child.wait(60) == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces of their own are Linux's")
def test_a_killed_postgres_leaves_no_shared_memory(world: Start) -> None:
    before = _shared_memory()
    with world("postgres").running() as child:
        child.send_signal(signal.SIGKILL)
        child.wait(60)
    deadline = time.monotonic() + 60
    while _shared_memory() - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _shared_memory() - before == set()


def test_postgres_loses_nothing_as_it_is_stopped(world: Start) -> None:
    one = world("postgres")
    with one.running():
        one.client(*PSQL, "create table kept as select 7 as number")
    with one.running():
        assert one.client(*PSQL, "select number from kept").output.strip() == "7"


def test_postgres_opens_no_socket_file_however_long_its_path(world: Start) -> None:
    one = world("postgres", data="d" * 150)
    with one.running():
        assert not list(one.room.data.glob(".s.PGSQL*"))


def test_an_extension_that_no_installation_has_is_named_with_the_ways_out(world: Start) -> None:
    world("postgres")
    with pytest.raises(EngineError, match="extension no_such_thing") as raised:
        installations.fitting(_postgres(extensions=("no_such_thing",)))
    assert "--engine compose" in raised.value.hint


def test_the_postgres_asked_for_runs_or_the_next_newer_one(world: Start) -> None:
    world("postgres")
    there = sorted(one.major for one in installations.installations())
    for asked in (there[0], there[-1]):
        assert installations.fitting(_postgres(version=str(asked))).major == asked
    assert installations.fitting(_postgres(version=str(there[0] - 1))).major == there[0]
    assert installations.fitting(_postgres(version=str(there[-1] + 1))).major == there[-1]


@pytest.mark.parametrize(
    ("version", "image", "asked"),
    [
        ("17", "postgres:17@sha256:05ab", 17),
        ("17", "mine:1", 17),
        ("16", "timescale/timescaledb:2.17.2-pg16", 16),
        ("latest", "timescale/timescaledb:2.17.2-pg16", 16),
        ("latest", "postgis/postgis:17-3.5", 17),
        ("latest", "host:5000/postgres:16.4-alpine3.20@sha256:05ab", 16),
        ("latest", "host:5000/postgres", None),
        ("latest", "host:5000/postgres@sha256:05ab", None),
        ("alpine3.20", None, None),
        ("17-alpine3.20", None, 17),
    ],
)
def test_the_version_of_a_postgres_is_what_is_said_before_what_the_tag_of_its_image_means(
    world: Start, version: str, image: str | None, asked: int | None
) -> None:
    world("postgres")
    need = _postgres(version=version, image=literal(image) if image else None)
    assert installations.asked(need) == asked
    there = [one.major for one in installations.installations()]
    wanted = max(there) if asked is None else asked
    newer = [major for major in there if major >= wanted]
    assert installations.fitting(need).major == (min(newer) if newer else max(there))


def test_data_of_a_postgres_that_is_not_here_is_refused(world: Start) -> None:
    world("postgres")
    with pytest.raises(EngineError, match="its kept data has the format of PostgreSQL 8") as raised:
        installations.fitting(_postgres(), kept=8)
    assert "down --data" in raised.value.hint


def test_an_image_of_ones_own_is_said_to_be_for_compose() -> None:
    assert difference(_postgres(version="17"), "18.4") == ""
    expected = "running 18.4; image mine:1 is used by Compose only"
    assert difference(_postgres(image=literal("mine:1")), "18.4") == expected


def test_redis_keeps_its_data_through_stop_and_start(world: Start) -> None:
    one = world("redis")
    address = ("redis-cli", "-h", "127.0.0.1", "-p", str(one.room.port))
    with one.running():
        assert one.client(*address, "set", "a", "7").output.strip() == "OK"
    with one.running():
        assert one.client(*address, "get", "a").output.strip() == "7"


def test_mariadb_lets_nobody_in_without_a_password(world: Start) -> None:
    one = world("mariadb")
    with one.running():
        for user in ("root", "", "orders"):
            argv = ("env", "MYSQL_PWD=", "mariadb", "--protocol=tcp", f"--user={user}", "-e", "select 1")
            assert one.client(*argv).code != 0, user


def _postgres(**more: object) -> Need:
    return Need(name="it", kind="postgres", user="orders", **{"version": "17", **more})  # type: ignore[arg-type]


def _saying(one: object, password: str) -> object:
    return replace(one.deployment.resolution, value=lambda name: password)  # type: ignore[attr-defined]


def _children(pid: int) -> set[str]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # a process of PostgreSQL may exit at any time
        return set()
    return set(found) | {deeper for child in found for deeper in _children(int(child))}


def _listening(pids: set[str]) -> set[str]:
    """The addresses that processes listen on."""
    sockets = set()
    for pid in pids:
        with suppress(OSError):  # a process of PostgreSQL may exit at any time
            for file in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    sockets.add(str(file.readlink()).removeprefix("socket:[").removesuffix("]"))
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    return {line[1].partition(":")[0] for line in lines[1:] if line[3] == "0A" and line[9] in sockets}


def _working_in(folder: Path) -> set[str]:
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == folder or f"HOME={folder}".encode() in (
                process / "environ"
            ).read_bytes():
                found.add((process / "comm").read_text().strip())
    return found


def _shared_memory() -> set[str]:
    segments = {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}
    return segments | {file.name for file in Path("/dev/shm").iterdir()}
