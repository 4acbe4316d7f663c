"""Files that a program has made are its own until somebody else changes them."""

from pathlib import Path

from localenv.host import outputs


def test_a_file_that_somebody_else_changes_is_no_longer_made(tmp_path: Path) -> None:
    made, edited, gone = (tmp_path / name for name in ("made.css", "edited.css", "gone.css"))
    for one in (made, edited, gone):
        one.write_text("a")
    record = tmp_path / "record.json"
    outputs.record(record, [made, edited, gone, tmp_path / "never.css"])
    edited.write_text("another")
    gone.unlink()

    assert outputs.unchanged(record) == {made}
    assert outputs.known(record) == {made, edited, gone}
    assert outputs.known(tmp_path / "none.json") == frozenset()
