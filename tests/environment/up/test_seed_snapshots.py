"""Which needs can be reset to their seeded data."""

from types import SimpleNamespace
from typing import Any

import pytest

from localenv.data import snapshots
from localenv.environment.locating import locate
from localenv.environment.request import Request
from localenv.environment.up import seed_snapshots
from localenv.environment.up.preparing import stack
from localenv.errors import JobError, NotReadyError, UsageError
from localenv.events import EventLog, ignore
from localenv.stack import Connection

SHOP = "shop-local-0123ab"
NEEDS = "name: shop\nneeds: {db: {postgres: 17}, queue: nats, cache: redis, people: mariadb, mail: rabbitmq}\n"


@pytest.fixture
def planned(repository):
    return stack(Request(target=locate(folder=repository({"envs/local.yaml": NEEDS}))))


def test_those_can_that_hold_tables_or_keys(planned):
    assert seed_snapshots.resettable(planned) == ["db", "cache", "people"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("queue", "queue cannot be reset: not supported for nats"),
        ("api", "unknown need 'api'"),
    ],
)
def test_of_the_others_it_is_said_why_not(planned, name, message):
    with pytest.raises(UsageError, match=message):
        seed_snapshots.check(planned, name)


def shop(planned) -> Any:
    """An environment whose needs have all exited."""
    nobody = Connection(scheme="postgresql", host="127.0.0.1", port="1", user="shop", password="x", database="shop")
    resolution = SimpleNamespace(connection=lambda name, reader: nobody)
    deployment = SimpleNamespace(identity=SHOP, resolution=resolution)
    prepared = SimpleNamespace(stack=planned, deployment=deployment)
    return SimpleNamespace(stack=planned, identity=SHOP, prepared=prepared)


def test_all_that_cannot_be_reset_is_named_with_why(planned):
    one = shop(planned)
    for name in seed_snapshots.resettable(planned):
        assert not seed_snapshots.snapshot(one.prepared, EventLog(environment=SHOP, listener=ignore), name)

    done = seed_snapshots.reset(one)

    assert done.changed == {}
    assert {name: why.partition(":")[0] for name, why in done.not_reset.items()} == {
        "queue": "not supported for nats",
        "mail": "not supported for rabbitmq",
        **{name: f"{name}" for name in ("db", "cache", "people")},
    }
    assert "snapshot failed" in done.not_reset["db"]
    assert done.failure is not None
    assert "not reset: queue, mail, db, cache, people" in str(done.failure)


def test_what_a_kind_keeps_that_cannot_be_reset_is_a_failure(repository):
    text = "name: shop\nneeds: {queue: nats}\n"
    planned = stack(Request(target=locate(folder=repository({"envs/local.yaml": text}))))

    done = seed_snapshots.reset(shop(planned))

    assert done.changed == {}
    assert str(done.failure) == "not reset: queue"
    assert done.not_reset == {"queue": "not supported for nats"}


def test_a_need_that_fails_keeps_no_other_from_being_reset(planned, monkeypatch):
    one = shop(planned)
    for name in seed_snapshots.resettable(planned):
        (seed_snapshots.folder(SHOP) / name).mkdir(parents=True)

    def restore(prepared: Any, name: str) -> tuple[str, ...]:
        if name == "db":
            raise JobError("db: reset failed: orders is gone", hint=snapshots.AGAIN)
        return (name,)

    monkeypatch.setattr(seed_snapshots, "restore", restore)
    done = seed_snapshots.reset(one)

    assert done.changed == {"cache": ("cache",), "people": ("people",)}
    assert done.not_reset["db"] == "reset failed: orders is gone"
    assert done.failed == ("db",)
    assert done.failure is not None
    assert done.failure.hint == f"seed it again: localenv down {SHOP}, then localenv up"


def test_a_need_that_does_not_answer_is_not_waited_for(planned, monkeypatch):
    one = shop(planned)
    monkeypatch.setattr(seed_snapshots, "_why_not", lambda identity, name: "")
    monkeypatch.setattr(snapshots, "is_silent", lambda need, connection, over: need.name == "cache")
    monkeypatch.setattr(snapshots, "restore", lambda need, *_, whole: (need.name,))

    done = seed_snapshots.reset(one)

    assert dict(done.changed) == {"db": ("db",), "people": ("people",)}
    assert done.not_reset["cache"] == "no answer within 10 s"
    assert isinstance(done.failure, NotReadyError)
    assert done.failure.hint.startswith("if it is paused: localenv unpause cache")
