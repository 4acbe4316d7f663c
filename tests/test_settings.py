from pathlib import Path

import pytest

from localenv import paths, settings
from localenv.errors import DescriptionError


def write(text: str) -> Path:
    file = paths.config()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_without_a_file_nothing_is_allowed(tmp_path: Path) -> None:
    assert settings.load() == settings.Settings()
    assert settings.load().allowed(tmp_path) == ()


def test_a_checkout_may_reach_the_folders_its_user_allows_and_no_other_checkout_may(tmp_path: Path) -> None:
    write(f"engine: native\ntimeout: 1m30s\nallow:\n  {tmp_path}/orders: {{paths: [{tmp_path}/shared]}}\n")

    found = settings.load()

    assert found.engine == "native"
    assert found.timeout == 90
    assert found.allowed(tmp_path / "orders") == (tmp_path / "shared",)
    assert found.allowed(tmp_path / "others") == ()


def test_a_checkout_may_ask_for_what_its_user_permits_and_no_other_checkout_may(tmp_path: Path) -> None:
    write(f"allow:\n  {tmp_path}/orders: {{permissions: [privileged, devices]}}\n")

    found = settings.load()

    assert found.permitted(tmp_path / "orders") == ("privileged", "devices")
    assert found.allowed(tmp_path / "orders") == ()
    assert found.permitted(tmp_path / "others") == ()


def test_a_checkout_is_known_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write(f"allow:\n  {tmp_path}/link: {{paths: [/srv]}}\n")

    assert settings.load().allowed(tmp_path / "real") == (Path("/srv"),)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("engin: native\n", 1, "unknown key 'engin'"),
        ("engine: auto\ntimeout: soon\n", 2, "'timeout' must be a duration"),
        ("engine: auto\nallow: all\n", 2, "'allow' must be a mapping"),
        ("engine: [native]\n", 1, "'engine' must be the name of an engine"),
        ("allow:\n  /a: [/b]\n", 2, "must be {paths: "),
        ("allow:\n  /a: {paths: [{}]}\n", 2, "must be {paths: "),
        ("allow:\n  /a: {paths: [/b], rights: [all]}\n", 2, "must be {paths: "),
        ("allow:\n  /a: {permissions: privileged}\n", 2, "must be {paths: "),
        ("allow:\n  /a: {permissions: [root]}\n", 2, "unknown permission 'root'"),
    ],
)
def test_a_mistake_is_named_at_its_line(text: str, line: int, reason: str) -> None:
    file = write(text)

    with pytest.raises(DescriptionError) as raised:
        settings.load()

    (problem,) = raised.value.problems
    assert problem.at
    assert (problem.at.file, problem.at.line) == (file, line)
    assert reason in problem.message
