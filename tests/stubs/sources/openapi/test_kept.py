"""What is made of a contract is kept by its content, and made again where the cache lost it."""

import os
import shutil
import time
from pathlib import Path
from threading import Event

import httpx
import pytest

from localenv.errors import DescriptionError
from localenv.paths import caches
from localenv.stack import StubSource, Upstream
from localenv.stubs import layers, sources
from localenv.stubs.admin import Admin
from localenv.stubs.recognition import MARK
from localenv.stubs.sources.ahead import Going, ahead
from localenv.stubs.sources.openapi import generated, kept
from localenv.stubs.sources.openapi.reading import SMALLER
from tests.stubs.sources.openapi.conftest import Make, answering, written


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


def large(folder: Path, schema: object, operations: int = kept.MANY, **more: object) -> StubSource:
    paths = {f"/p{number}": answering(schema)["/a"] for number in range(operations)}
    return StubSource(kind="openapi", value=written(folder, {**paths, **more}))


def test_a_large_contract_is_made_later_and_is_the_same(tmp_path: Path, source: StubSource) -> None:
    many = large(tmp_path, {"const": "a"}, **answering({"type": 5}))
    with ahead() as begun:
        assert sources.check(many) == ()
        early = (sources.digest([many]), sources.watched(many))
        assert not begun.is_done
        made = sources.mappings(many)
        assert [one.message for one in sources.warnings(many)] == [one.message for one in kept.kept(many).warnings]
        assert begun.is_done

    again = sources.mappings(many)  # from the cache
    assert [one.mapping for one in made] == [one.mapping for one in again]
    assert early == (sources.digest([many]), sources.watched(many))
    assert len(again) == kept.MANY
    assert "GET /a is left out" in sources.warnings(many)[0].message


def test_mappings_are_told_while_they_are_made_and_the_first_of_equal_ones_last(contract: Make) -> None:
    paths = {f"/p{number}/{{id}}": answering({"const": number})["/a"] for number in range(20)}
    going = Going(over=Event())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generated, "_AT_ONCE", 8)
        whole = generated.generated(contract(paths), base=None, is_strict=False, going=going).mappings
    parts = [going.parts.get() for _ in range(2)]
    assert going.parts.empty()
    assert [part[0]["mapping"]["response"]["body"] for part in parts] == ["12", "4"]
    assert whole[-16:] == [*parts[1], *parts[0]]


def test_stubs_that_were_loaded_while_others_were_made_are_as_if_all_had_been_loaded_together(
    tmp_path: Path, source: StubSource, admin: Admin, wiremock: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    equal = {f"/shop/{{{name}}}": answering({"const": name})["/a"] for name in ("first", "second")}
    many = Upstream(name="shop", server="s", sources=(large(tmp_path, {"const": "a"}, **equal),))
    admin.remove([one["id"] for one in admin.stubs("shop")])
    together = layers.mappings(many)
    early = sources.mappings(many.sources[0])
    cut = [one.mapping["response"].get("body") for one in early].index('"second"')
    parts = iter([early[cut:], early[1:cut]])
    monkeypatch.setattr(sources.openapi, "parts", lambda one: parts)
    with ahead() as begun:
        begun.leave(lambda going: None, lambda found: None)
        admin.load(many, is_new=True)
    assert next(parts, None) is None
    assert {one["id"] for one in admin.stubs("shop")} == {one["id"] for one in together}
    sent = {"headers": {MARK: "shop"}, "trust_env": False}
    assert [httpx.get(f"http://127.0.0.1:{wiremock}{path}", **sent).text for path in ("/shop/1", "/p7")] == [
        '"first"',
        '"a"',
    ]


def test_a_small_contract_is_made_at_once(source: StubSource) -> None:
    with ahead() as begun:
        assert sources.check(source) == ()
        assert begun.is_done


def test_mistakes_in_all_of_a_contract_are_found_at_once_and_those_of_every_operation_where_they_are_needed(
    tmp_path: Path, source: StubSource
) -> None:
    many = large(tmp_path, {"type": 5})
    with ahead():
        assert sources.check(many) == ()
        with pytest.raises(DescriptionError) as error:
            sources.mappings(many)
    assert error.value.problems == tuple(sources.check(many))

    too_many = large(tmp_path, {"const": "a"}, 3001)
    with ahead():
        assert [one.hint for one in sources.check(too_many)] == [SMALLER]


def test_a_contract_that_was_saved_meanwhile_is_read_again(tmp_path: Path, source: StubSource) -> None:
    many = large(tmp_path, {"const": "a"})
    with ahead():
        sources.check(many)
        many.path.write_text(many.path.read_text().replace("const: a", "const: b"))
        assert bodies(many) == {'"b"'}
