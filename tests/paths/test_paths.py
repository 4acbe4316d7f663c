import stat
from pathlib import Path

import pytest

from localenv import paths
from localenv.paths import caches


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def test_templates_lie_beside_the_package_in_a_checkout():
    top = Path(paths.__file__).resolve().parents[2]
    assert paths.templates() == top / "templates"


def test_templates_lie_inside_an_installed_package_whatever_lies_beside_it(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "localenv"
    for folder in (package / "_templates", package.parent / "templates"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert paths.templates() == package / "_templates"


def test_packs_lie_beside_the_package_in_a_checkout_and_inside_an_installed_one(tmp_path, monkeypatch):
    assert paths.packs() == Path(paths.__file__).resolve().parents[2] / "stubs"

    (tmp_path / "_stubs").mkdir()
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path)
    assert paths.packs() == tmp_path / "_stubs"


def test_only_a_description_in_envs_belongs_to_the_folder_above(tmp_path):
    assert paths.described(tmp_path / "envs" / "local.yaml") == tmp_path
    assert paths.described(tmp_path / "local.yaml") is None


def test_state_is_private_and_found_again(home):
    folder = paths.state("orders-local-a1b2c3")
    assert folder == home / ".local/state/localenv/orders-local-a1b2c3"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert paths.states() == ("orders-local-a1b2c3",)


def test_locks_are_no_environment():
    assert paths.locks().is_dir()
    assert paths.states() == ()


@pytest.mark.parametrize("identity", ["", ".", "..", "../x", "a/b", "/etc", ".locks", "a\0b"])
def test_what_is_no_identity_makes_no_folder(home, identity):
    with pytest.raises(ValueError, match="not the identity"):
        paths.state(identity)
    assert not (home / ".local").exists()


def test_the_xdg_variables_are_obeyed_when_absolute_and_ignored_when_relative(home, monkeypatch):
    for variable in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(variable, str(home / variable))
    assert paths.state("x") == home / "XDG_STATE_HOME/localenv/x"
    assert caches.folder() == home / "XDG_CACHE_HOME/localenv"
    assert paths.config() == home / "XDG_CONFIG_HOME/localenv/config.yaml"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert caches.folder() == home / ".cache/localenv"


def test_a_machine_without_environments_has_none():
    assert paths.states() == ()
