"""Large or invalid files are refused quickly with a reason."""

import json
import time
import tracemalloc
from pathlib import Path

import pytest

from localenv.stubs.sources.folder import checking

MISTAKES = {"mappings": [{"request": {"urll": "/"}, "response": {"statuss": 1}} for _ in range(50_000)]}


@pytest.mark.parametrize(
    ("text", "message"),
    [(json.dumps(MISTAKES), "more than 100 mistakes"), ("[" * 100_000, "nested too deeply"), ("{" * 100_000, "JSON")],
    ids=["mistakes", "lists", "objects"],
)  # fmt: skip
def test_what_is_wrong_all_over_is_told_at_once(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings/a.json").write_text(text)
    began = time.process_time()
    found = checking.check(tmp_path)
    assert time.process_time() - began < 30
    assert len(found) <= 101
    assert message in found[-1].message


def test_a_large_file_without_mistakes_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    large = {"request": {"url": "/"}, "response": {"jsonBody": {"a": ["x"] * 790_000}}}
    (tmp_path / "mappings/a.json").write_text(json.dumps(large))
    tracemalloc.start()
    began = time.process_time()
    assert not checking.check(tmp_path)
    assert time.process_time() - began < 30  # with memory tracing
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 200 << 20


@pytest.mark.parametrize(
    ("large", "message"),
    [({"a": ["x"] * 900_000}, "more than 800,000 values"), ({"a": [1] * 4_500_000}, "larger than 8 MiB")],
    ids=["values", "bytes"],
)  # fmt: skip
def test_a_larger_one_is_refused_before_it_is_parsed_and_told_where_its_body_goes(
    tmp_path: Path, large: dict[str, list[object]], message: str
) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings/a.json").write_text(json.dumps({"request": {}, "response": {"jsonBody": large}}))
    began = time.process_time()
    (found,) = checking.check(tmp_path)
    assert time.process_time() - began < 30
    assert message in found.message
    assert "bodyFileName" in found.hint
