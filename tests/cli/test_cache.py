"""`localenv cache`: its listing, what `prune` removes, and what it keeps."""

import contextlib
import fcntl
import io
import json
import os
import re
import time
import uuid

import docker
import pytest

from localenv import state
from localenv.engines import Cached
from localenv.engines.compose import built, caching
from localenv.engines.compose.engine import connect
from localenv.engines.native import folders
from localenv.host import inputs, locks
from localenv.stack.states import EnvironmentState
from localenv.state import Record

DAY = 86400
LONG_AGO = 100 * DAY


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A separate cache: that of this machine stays unchanged."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "localenv"


@pytest.fixture
def cached(cache, monkeypatch):
    """Create cache files, each last used that many seconds ago; no Docker engine answers."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")

    def put(**ages):
        for name, age in ages.items():
            kind, _, room = name.partition("_")
            (cache / kind / room).mkdir(parents=True)
            (cache / kind / room / "data").write_bytes(b"12345")
            if kind == "setups":
                (cache / kind / room / "done").touch()
            os.utime(cache / kind / room, (time.time() - age,) * 2)

    return put


def squeezed(line):
    """With two spaces between columns."""
    return re.sub("  +", "  ", line)


def names(output):
    return sorted(one["name"] for one in json.loads(output.out))


def test_it_shows_what_there_is_with_sizes_and_when_it_was_used(cached, call):
    cached(setups_a=0, postgres_b=3 * DAY)

    output = call("cache")

    assert [line.split("  ")[:3] for line in map(squeezed, output.out.splitlines()[1:])] == [
        ["postgres", "postgres/b", "5 B"],
        ["setups", "setups/a", "a prepared folder"],
    ]
    assert output.out.splitlines()[1].endswith("3 d 0 h ago")
    assert "2 in total, 10 B" in output.err
    assert {one["size"] for one in json.loads(call("cache", "--json").out)} == {5}


def test_a_spare_copy_is_told_by_what_it_copies_and_what_is_unfinished_as_such(cached, call, cache):
    cached(**{"postgres_b": 0, "postgres_b.spare": 0, "postgres_c.making": 0})
    folders.describe(cache / "postgres" / "b", "PostgreSQL 18, empty")

    listed = {one["name"]: one["about"] for one in json.loads(call("cache", "--json").out)}

    assert listed["postgres/b.spare"] == "a spare copy: PostgreSQL 18, empty"
    assert listed["postgres/c.making"] == "unfinished, is made again when needed"


def test_an_image_is_told_by_its_service_and_repository():
    image = {
        "Id": "sha256:1",
        "Labels": {"com.docker.compose.service": "api", "dev.localenv.environment": "shop-local"},
    }

    assert caching._about(image, "localenv/shop-api:shop-local") == "api of shop-local"
    assert caching._about(image, "sha256:1") == "an older api of shop-local"


def test_prune_removes_what_was_of_no_use_for_a_week_or_as_long_as_is_said_or_all(cached, call, cache):
    cached(setups_old=8 * DAY, postgres_new=6 * DAY, mariadb_newer=DAY, wiremock_newest=0)

    assert names(call("cache", "prune", "--json")) == ["setups/old"]
    assert names(call("cache", "prune", "--older-than", "2d", "--json")) == ["postgres/new"]
    assert names(call("cache", "--json")) == ["mariadb/newer", "wiremock/newest"]
    assert "2 removed" in call("cache", "prune", "--all").err
    assert not [file for file in cache.rglob("*") if file.is_file()]


def test_digests_of_many_files_are_listed_and_removed(cache, call, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent")
    for number in range(600):
        (tmp_path / f"{number}.py").touch()
        os.utime(tmp_path / f"{number}.py", (1, 1))
    monkeypatch.setattr(inputs, "_RECENT", 0.0)
    inputs.digest(tmp_path.glob("*.py"), base=tmp_path)

    assert names(call("cache", "--json")) == ["digests"]
    assert names(call("cache", "prune", "--all", "--json")) == ["digests"]
    assert names(call("cache", "--json")) == []


def test_prune_lets_what_a_native_environment_runs_from_stay(cached, call):
    cached(setups_old=LONG_AGO, wiremock_old=LONG_AGO, postgres_old=LONG_AGO)
    values = {"name": "shop", "env": "local", "folder": "/x", "description": "/x/envs/local.yaml"}
    record = Record(identity="shop-local-0123ab", engine="native", state=EnvironmentState.READY, **values)
    state.save(record)

    assert names(call("cache", "prune", "--all", "--json")) == ["postgres/old"]
    state.save(record.but(state=EnvironmentState.STOPPED))
    assert names(call("cache", "prune", "--all", "--json")) == ["setups/old", "wiremock/old"]


def test_prune_removes_what_was_left_half_made_and_nothing_that_somebody_makes(cached, call, cache):
    left = {"postgres/.making-a": 7200, "wiremock/.fetching-b": 7200, "wiremock/.j.aot.new": 7200, ".removing-c": 7200}
    for name, age in (left | {"postgres/.making-now": 60, "postgres/d.making": 0, "postgres/e.making": 7200}).items():
        (cache / name).mkdir(parents=True)
        os.utime(cache / name, (time.time() - age,) * 2)
    with (cache / "postgres/e.lock").open("w") as lock, locks.shared(cache / "postgres/.making-now"):
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert names(call("cache", "prune", "--all", "--json")) == sorted([*left, "postgres/d.making"])

    assert names(call("cache", "--json")) == ["postgres/.making-now", "postgres/e.making"]


def test_prune_removes_folders_whose_preparation_was_interrupted_and_none_that_is_being_prepared(cached, call, cache):
    cached(setups_whole=0, setups_half=0, setups_now=0)
    record = {"name": "shop", "env": "local", "folder": "/x", "description": "/x/envs/local.yaml"}
    state.save(Record(identity="shop-local-0123ab", engine="native", state=EnvironmentState.READY, **record))
    for name in ("half", "now"):
        (cache / "setups" / name / "done").unlink()
    with (cache / "setups/now.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert names(call("cache", "prune", "--all", "--json")) == ["setups/half"]

    assert names(call("cache", "--json")) == ["setups/now", "setups/whole"]


@pytest.mark.parametrize("words", [("nonsense",), ("--all",), ("prune", "--all", "--older-than", "1d")])
def test_words_that_make_no_sense_are_refused(cached, call, words):
    cached(setups_old=LONG_AGO)

    assert call("cache", *words).code == 2
    assert names(call("cache", "--json")) == ["setups/old"]


@pytest.mark.docker
def test_prune_removes_what_was_noted_of_images_that_somebody_else_has_removed(call, cache):
    lost, young = (built.mark(f"localenv/{name}:shop-local-0123ab") for name in ("lost", "young"))
    lost.parent.mkdir(parents=True)
    for mark in (lost, young):
        mark.write_text("{}")
    os.utime(lost, (1, 1))

    assert names(call("cache", "prune", "--older-than", "9999d", "--json")) == [lost.name]
    assert not lost.exists()
    assert young.name in names(call("cache", "--json"))


@pytest.mark.docker
def test_prune_removes_images_that_nothing_uses_and_nobody_elses(call):
    client, name = docker.from_env(), f"t{uuid.uuid4().hex[:8]}"
    ours, theirs = f"localenv/{name}-api:{name}-local-0123ab", f"somebodys/{name}:1"
    labels = {"environment": f"{name}-local-0123ab", "uid": os.getuid(), "role": "image"}
    labelled = " ".join(f"dev.localenv.{key}={text}" for key, text in labels.items())
    try:
        for tag, file in ((ours, f"FROM redis:8\nLABEL {labelled}\n"), (theirs, f"FROM {ours}\nLABEL is=theirs\n")):
            client.images.build(fileobj=io.BytesIO(file.encode()), tag=tag, rm=True)
        built.mark(ours).parent.mkdir(parents=True)
        built.mark(ours).touch()
        os.utime(built.mark(ours), (1, 1))
        container = client.containers.create(ours)
        kept = call("cache", "prune", "--older-than", "9999d", "--json")
        listed = {one["name"]: one["in_use"] for one in json.loads(call("cache", "--json").out)}
        container.remove(v=True)

        removed = call("cache", "prune", "--older-than", "9999d", "--json")

        assert (names(kept), names(removed)) == ([], [ours])
        assert listed[ours]
        assert not built.mark(ours).exists()
        assert theirs not in listed
        assert client.images.get(theirs)
        assert not client.images.list(filters={"reference": ours})
    finally:
        for container in client.containers.list(all=True, filters={"ancestor": ours}):
            container.remove(force=True, v=True)
        for tag in (theirs, ours):
            for image in client.images.list(filters={"reference": tag}):
                client.images.remove(image.tags[0])
        client.close()


@pytest.mark.docker
def test_up_keeps_the_newest_of_a_services_older_images_and_says_what_it_was():
    client, name = docker.from_env(), f"t{uuid.uuid4().hex[:8]}-local-0123ab"
    labels = {"environment": name, "uid": os.getuid(), "role": "image"}
    labelled = " ".join(f"dev.localenv.{key}={text}" for key, text in labels.items())
    dockerfile = f"FROM redis:8\nLABEL {labelled} com.docker.compose.service=api\n"
    older = {"label": f"dev.localenv.environment={name}", "dangling": True}
    try:
        for number in range(4):
            file = io.BytesIO(f"{dockerfile}LABEL number={number}\n".encode())
            client.images.build(fileobj=file, tag=f"localenv/{name}:x", rm=True)
        assert len(client.images.list(filters=older)) == 3

        caching.keep_few(client, name, "other")
        assert len(client.images.list(filters=older)) == 3
        caching.keep_few(client, name, "api")

        (left,) = client.images.list(filters=older)
        assert left.labels["number"] == "2"
        listed = {one.name: one.about for one in connect().cache.cached()}
        assert listed[left.id] == f"an older api of {name}"
    finally:
        for image in client.images.list(all=True, filters={"label": f"dev.localenv.environment={name}"}):
            with contextlib.suppress(docker.errors.APIError):  # removed with another, or being removed
                client.images.remove(image.id, force=True)
        client.close()


def cached_images(*ages, size=1, in_use=()):
    now = time.time()
    return [Cached(kind="image", name=str(age), size=size, used=now - age * DAY, in_use=age in in_use) for age in ages]


def test_of_many_images_the_longest_unused_are_too_much_and_none_in_use():
    found = cached_images(3, 1, 5, 2, 4, in_use=(5, 1))
    assert [one.name for one in caching._too_much(found, many=2, large=100)] == ["4"]
    assert [one.name for one in caching._too_much(found, many=9, large=2)] == ["4"]
    assert [one.name for one in caching._too_much(found, many=9, large=0)] == ["2", "3", "4"]


@pytest.mark.docker
def test_an_image_that_was_just_made_stays_however_many_there_are(cache, monkeypatch):
    monkeypatch.setattr(caching, "_too_much", lambda found: [one for one in found if name in one.name])
    client, name = docker.from_env(), f"t{uuid.uuid4().hex[:8]}"
    tag = f"localenv/{name}-api:{name}-local-0123ab"
    labels = {"environment": f"{name}-local-0123ab", "uid": os.getuid(), "role": "image"}
    labelled = " ".join(f"dev.localenv.{key}={text}" for key, text in labels.items())
    try:
        client.images.build(fileobj=io.BytesIO(f"FROM redis:8\nLABEL {labelled}\n".encode()), tag=tag, rm=True)
        connect().cache.bound()
        assert client.images.list(filters={"reference": tag})
        monkeypatch.setattr(caching, "_HOUR", 0.0)
        connect().cache.bound()
        assert not client.images.list(filters={"reference": tag})
    finally:
        for image in client.images.list(filters={"reference": tag}):
            client.images.remove(image.tags[0])
        client.close()
