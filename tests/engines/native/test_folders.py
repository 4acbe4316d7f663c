"""Data folders are removed with everything in them, and nothing else."""

from pathlib import Path

from localenv.engines.native import folders


def test_a_folder_is_removed_with_all_that_is_in_it_and_nothing_that_links_lead_to(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    for folder in (outside, data / "base" / "1", data / "empty"):
        folder.mkdir(parents=True)
    for file in (outside / "mine", data / "base" / "1" / "2600", data / "-f"):
        file.touch()
    (data / "base" / "link").symlink_to(outside)
    (data / "gone").symlink_to(tmp_path / "nowhere")

    folders.remove(data)

    assert list(tmp_path.iterdir()) == [outside]
    assert (outside / "mine").exists()


def test_what_is_a_link_itself_keeps_what_it_leads_to(tmp_path: Path) -> None:
    outside, data = tmp_path / "outside", tmp_path / "data"
    outside.mkdir()
    (outside / "mine").touch()
    data.symlink_to(outside)

    folders.remove(data)

    assert (outside / "mine").exists()


def test_a_folder_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    folders.remove(tmp_path / "data")

    assert not list(tmp_path.iterdir())
