"""A folder of many files that a container unpacks."""

import io
import subprocess
import tarfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from localenv.engines.compose.prepared import unpacking

USUAL = {
    "Entrypoint": ["docker-entrypoint.sh"],
    "User": "",
    "Env": ["LANG=C", "PATH=/usr/lib/postgresql/17/bin:/usr/local/sbin:/usr/local/bin:/usr/bin"],
}


def packed(path: str, content: bytes, **more: object) -> bytes:
    client: Any = SimpleNamespace(
        api=SimpleNamespace(inspect_container=lambda container: {"Config": {**USUAL, **more}})
    )
    return unpacking.archive(client, "c", path, content)


@pytest.mark.parametrize(
    "more",
    [
        {"User": "999"},
        {"Env": None},
        {"Env": ["PATH=/usr/local/bin:/usr/local/sbin"]},
        {"Entrypoint": ["/own.sh"]},
        {"Entrypoint": None},
    ],
)
def test_an_unusual_image_gets_nothing_to_unpack(more: dict[str, object]) -> None:
    assert packed("/var/lib/data", b"content", **more) == b""


@pytest.mark.parametrize("is_damaged", [False, True])
def test_the_entrypoint_unpacks_the_folder_once_and_goes_on_with_the_one_of_the_image(
    tmp_path: Path, *, is_damaged: bool
) -> None:
    (tmp_path / "made" / "data").mkdir(parents=True)
    (tmp_path / "made" / "data" / "file").write_text("content")
    folder = io.BytesIO()
    with tarfile.open(fileobj=folder, mode="w") as opened:
        opened.add(tmp_path / "made" / "data", "data")
    content = folder.getvalue()[: 1100 if is_damaged else None]
    own = tmp_path / "usr" / "local" / "bin" / "docker-entrypoint.sh"
    own.parent.mkdir(parents=True)
    own.write_text('#!/bin/sh\necho "$#" "$@"\n')
    own.chmod(0o755)

    with tarfile.open(fileobj=io.BytesIO(packed(f"{tmp_path}/there it/data", content))) as archive:
        archive.extraction_filter = tarfile.tar_filter
        for member in archive:
            member.uid, member.gid = -1, -1
            place = Path("/", member.name)
            archive.extract(member, tmp_path if place.is_relative_to("/usr") else "/")
    first = tmp_path / "usr" / "local" / "sbin"
    searched = {"PATH": f"{first}:{own.parent}:/usr/bin:/bin"}
    ran = subprocess.run(
        [first / "docker-entrypoint.sh", "-c", "a b"], env=searched, check=True, capture_output=True, text=True
    )

    assert ran.stdout == "2 -c a b\n"
    assert [*first.iterdir()] == []
    left = [one for one in (tmp_path / "there it").rglob("*") if one.is_file()]
    assert [one.name for one in left] == ([] if is_damaged else ["file"])
