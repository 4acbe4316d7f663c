"""Descriptions of others are read within a time: whatever there are too many of is refused at once."""

from pathlib import Path

import pytest

from localenv.description.loading import load
from localenv.errors import DescriptionError

API = "services: {api: {image: x, command: y}}\n"
NEED = API + "needs:\n  db:\n    postgres: 17\n    seed:\n"
LARGE = {
    "unknown keys": (API + "".join(f"key{n}: x\n" for n in range(20_000)), "more than 100 mistakes"),
    "duplicate keys": (API + "x-a: 1\n" * 20_000, "more than 100 mistakes"),
    "unknown keys of a service": (
        "services:\n  api:\n    image: x\n" + "".join(f"    key{n}: x\n" for n in range(20_000)),
        "more than 100 mistakes",
    ),
    "services": ("services:\n" + "".join(f"  s{n}: {{image: x}}\n" for n in range(8000)), "more than 1,000 entries"),
    "smoke checks": (API + "smoke:\n" + "  - GET ${api.url}/\n" * 20_000, "more than 1,000 entries"),
    "words": (API.replace("y}", f"'{'a b ' * 200_000}'}}"), "more than 5,000 words"),
    "seeds": (NEED + "      - ../s.sql\n" * 6000, "more than 5,000 files"),
    "globs": (NEED + "      - ../many/*.sql\n" * 1000, "more than 5,000 files"),
}


@pytest.mark.parametrize(("text", "message"), LARGE.values(), ids=LARGE)
def test_what_there_is_too_much_of_is_refused_with_a_reason(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "envs/local.yaml"
    file.parent.mkdir()
    file.write_text(text)
    (tmp_path / "s.sql").touch()
    (tmp_path / "many").mkdir()
    for number in range(300):
        (tmp_path / f"many/{number}.sql").touch()
    with pytest.raises(DescriptionError) as refused:
        load(file, repository=tmp_path)
    assert message in str(refused.value)
    assert len(refused.value.problems) <= 101
