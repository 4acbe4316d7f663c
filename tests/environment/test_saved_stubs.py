"""Stubs that are saved while an environment runs."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.environment.saved_stubs import SavedStubs
from localenv.errors import LocalenvError
from localenv.events import Event, EventLog
from localenv.stack import Upstream
from localenv.stubs import sources
from tests.stubs.folders import folders

_Stubs = Any  # a root of stubs, the loaded ones, and the emitted events


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Stubs:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    root = tmp_path / "payments"
    (root / "mappings").mkdir(parents=True)
    known = folders(root)
    put: list[str] = []
    events: list[Event] = []

    def make(load: Callable[[str], object] = put.append) -> SavedStubs:
        return SavedStubs(
            upstreams={"payments": Upstream(name="payments", server="s", sources=known)},
            digests={"payments": sources.digest(known)},
            load=load,
            events=EventLog(environment="shop-local-0000", listener=events.append),
        )

    return SimpleNamespace(root=root, put=put, events=events, make=make)


def write(root: Path, **request: str) -> None:
    text = json.dumps({"request": request, "response": {"status": 200}})
    (root / "mappings/a.json").write_text(text)


def test_a_saved_stub_is_put_into_the_server_once(stubs: _Stubs) -> None:
    saved = stubs.make()
    write(stubs.root, method="GET", urlPath="/a")

    assert saved.reload("payments") == {}
    assert saved.reload("payments") == {}
    assert stubs.put == ["payments"]
    assert [(event.subject, event.phase, event.state) for event in stubs.events] == [("payments", "stubs", "done")]


def test_what_was_put_is_recorded_for_the_next_start(stubs: _Stubs) -> None:
    saved, recorded = stubs.make(), []
    saved.record = lambda *given: recorded.append(given)
    write(stubs.root, method="GET", urlPath="/a")

    saved.reload("payments")

    assert recorded == [("payments", sources.digest(folders(stubs.root)))]


def test_a_mistake_keeps_the_old_stubs_and_is_told_at_its_place(stubs: _Stubs) -> None:
    saved = stubs.make()
    write(stubs.root, method="GET", url="/a", urlPath="/b")

    refused = saved.reload("payments")

    assert stubs.put == []
    assert "payments/mappings/a.json:1:" in refused["payments"].message
    assert [(event.state, event.detail) for event in stubs.events] == [("failed", refused["payments"].message)]

    write(stubs.root, method="GET", urlPath="/b")
    assert saved.reload("payments") == {}
    assert stubs.put == ["payments"]


def test_a_server_that_does_not_take_them_is_told_too(stubs: _Stubs) -> None:
    def load(upstream: str) -> None:
        raise LocalenvError("the stub server does not answer")

    saved = stubs.make(load)
    write(stubs.root, method="GET", urlPath="/a")

    assert set(saved.reload("payments")) == {"payments"}
    assert [(event.state, event.detail) for event in stubs.events] == [("failed", "the stub server does not answer")]


def test_a_save_that_changes_nothing_is_passed_over(stubs: _Stubs) -> None:
    assert stubs.make().reload("payments") == {}
    assert (stubs.put, stubs.events) == ([], [])


def test_stubs_are_loaded_where_nobody_knows_what_the_server_has(stubs: _Stubs) -> None:
    saved = stubs.make()
    saved.digests.clear()
    saved.reload("payments")
    assert stubs.put == ["payments"]


def test_a_save_is_seen_by_its_file_alone_and_one_below_a_folder_too(stubs: _Stubs) -> None:
    saved = stubs.make()
    assert saved.reload("payments") == {}
    (stubs.root / "mappings/deep").mkdir()
    (stubs.root / "mappings/deep/b.json").write_text('{"request": {"urlPath": "/b"}, "response": {}}')
    saved.reload("payments")
    (stubs.root / "mappings/deep/b.json").unlink()
    saved.reload("payments")

    assert stubs.put == ["payments", "payments"]
