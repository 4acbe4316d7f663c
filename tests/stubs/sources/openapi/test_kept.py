"""What is made of a contract is kept by its content, and made again where the cache lost it."""

import os
import shutil
import time
from pathlib import Path

import pytest

from localenv.paths import caches
from localenv.stack import StubSource
from localenv.stubs import sources
from localenv.stubs.sources.openapi import kept
from tests.stubs.sources.openapi.conftest import answering, written


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StubSource:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return StubSource(kind="openapi", value=written(tmp_path, answering({"const": "a"})))


def bodies(source: StubSource) -> set[str]:
    return {one.mapping["response"].get("body", "") for one in sources.mappings(source)}


def test_another_content_makes_other_mappings_and_the_old_ones_come_back(source: StubSource) -> None:
    before, digest = source.path.read_text(), sources.digest([source])
    assert bodies(source) == {'"a"'}
    source.path.write_text(before.replace("const: a", "const: b"))
    assert bodies(source) == {'"b"'}
    assert sources.digest([source]) != digest
    source.path.write_text(before)

    assert (bodies(source), sources.digest([source])) == ({'"a"'}, digest)


def test_the_longest_unused_contracts_leave_the_cache(source: StubSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST_KEPT", 2)
    before, made = source.path.read_text(), []
    for age, letter in enumerate("bcd"):
        source.path.write_text(before.replace("const: a", f"const: {letter}"))
        made.append(kept.kept(source).folder)
        os.utime(made[-1], (1e9 + age, 1e9 + age))

    assert [folder.exists() for folder in made] == [False, True, True]


def test_options_make_mappings_of_their_own(source: StubSource) -> None:
    other = StubSource(kind="openapi", value=source.value, options={"base_path": "/v2"})

    assert sources.digest([other]) != sources.digest([source])
    assert {one.mapping["request"]["urlPath"] for one in sources.mappings(other)} == {"/v2/a"}


def test_a_cache_that_is_pruned_meanwhile_is_made_again(source: StubSource) -> None:
    kept.kept(source)
    found = kept.kept(source)
    shutil.rmtree(caches.contracts())

    assert len(found.mappings()) == 1
    assert found.answers() == []


def test_a_cache_that_cannot_be_written_is_done_without(source: StubSource) -> None:
    caches.contracts().write_text("no folder")

    assert sources.check(source) == ()
    assert bodies(source) == {'"a"'}


def test_a_contract_that_did_not_change_is_not_read_again(tmp_path: Path, source: StubSource) -> None:
    many = {f"/p{number}": answering({"type": "object"})["/a"] for number in range(1000)}
    large = StubSource(kind="openapi", value=written(tmp_path, many))
    began = time.process_time()
    assert len(sources.mappings(large)) == 1000
    first, took = time.process_time() - began, []
    for _ in range(5):
        began = time.process_time()
        assert sources.check(large) == ()
        sources.digest([large])
        took.append(time.process_time() - began)

    assert min(took) < first / 3
