"""What is read of a repository, however its files are replaced meanwhile."""

import os
from pathlib import Path
from threading import Event, Thread

from localenv.host import contained


def test_a_file_is_read_through_links_that_stay_inside_and_not_through_others(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "folder/own").write_text("own")
    (tmp_path / "secret").write_text("secret")
    (root / "inside").symlink_to("folder/own")
    (root / "outside").symlink_to(tmp_path / "secret")
    (root / "around").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")

    assert contained.content(root / "folder/own", root) == b"own"
    assert contained.content(root / "inside", root) == b"own"
    assert contained.content(root / "outside", root) is None
    assert contained.content(root / "around/secret", root) is None
    assert contained.content(root / "pipe", root) == b""


def test_a_file_that_is_replaced_again_and_again_never_gives_another_content(tmp_path: Path) -> None:
    root, over = tmp_path / "root", Event()
    root.mkdir()
    (root / "it").write_text("own")
    (tmp_path / "secret").write_text("secret")

    def replace() -> None:
        while not over.is_set():
            (root / "link").symlink_to(tmp_path / "secret")
            (root / "link").replace(root / "it")
            (root / "file").write_text("own")
            (root / "file").replace(root / "it")

    hostile = Thread(target=replace)
    hostile.start()
    try:
        found = {contained.content(root / "it", root) for _ in range(2000)}
    finally:
        over.set()
        hostile.join()

    assert found <= {b"own", None}
