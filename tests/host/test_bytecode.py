"""Where the compiled modules of localenv are kept."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import localenv
from localenv.engines.native.setup_plan import python_variables
from localenv.host import bytecode, disks


def test_bytecode_that_python_may_not_write_beside_the_sources_is_kept_in_the_cache(tmp_path: Path):
    sources = tmp_path / "sources" / "localenv"
    shutil.copytree(Path(localenv.__file__).parent, sources, ignore=shutil.ignore_patterns("__pycache__"))
    cache = tmp_path / "cache" / "localenv"
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(tmp_path / "cache")}

    subprocess.run([sys.executable, "-m", "localenv", "--help"], cwd=sources.parent, env=environ, check=True)

    kept = {one.name.partition(".")[0] for one in cache.glob("pycache/**/localenv/cli/*.pyc")}
    assert {"__init__", "commands"} <= kept
    assert not list(sources.rglob("__pycache__"))
    assert cache.stat().st_mode & 0o777 == 0o700


HALF = [
    pytest.param("cli/__init__", id="at the start"),
    pytest.param("cli/help", id="of a command", marks=pytest.mark.full),
]


@pytest.mark.parametrize("name", HALF)
def test_a_module_that_was_half_written_on_a_full_disk_is_compiled_again(tmp_path: Path, name: str):
    sources = tmp_path / "sources" / "localenv"
    shutil.copytree(Path(localenv.__file__).parent, sources, ignore=shutil.ignore_patterns("__pycache__"))
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def run() -> "subprocess.CompletedProcess[str]":
        argv = [sys.executable, "-m", "localenv", "help", "up"]
        return subprocess.run(argv, cwd=sources.parent, env=environ, capture_output=True, text=True, check=False)

    first = run()
    (kept,) = (tmp_path / "cache" / "localenv").glob(f"pycache/**/localenv/{name}.*.pyc")
    kept.write_bytes(kept.read_bytes()[:40])
    codes = [done.returncode for done in (run(), run())]
    assert codes == ([0, 0] if name == "cli/__init__" else [1, 0])
    assert run().stdout == first.stdout


def test_nothing_is_written_to_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(bytecode, "_is_there", lambda: False)
    for free, is_left_out in ((1 << 20, True), (1 << 30, False)):
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        monkeypatch.setattr(sys, "pycache_prefix", None)
        monkeypatch.setattr(disks, "free", lambda path, free=free: (free, 9))
        bytecode.keep()
        assert sys.dont_write_bytecode is is_left_out
        assert sys.pycache_prefix == str(tmp_path / "localenv" / "pycache")


def test_a_module_saved_twice_in_a_second_is_compiled_again_once_it_is_forgotten(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    module, environ = tmp_path / "words.py", {**os.environ, **python_variables()}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)

    def imported(word: str) -> str:
        module.write_text(f"print('{word}')")
        os.utime(module, (1_000_000, 1_000_000))
        argv = [sys.executable, "-c", "import words"]
        return subprocess.run(argv, cwd=tmp_path, env=environ, check=True, capture_output=True, text=True).stdout

    assert imported("one") == "one\n"
    bytecode.forget([module, tmp_path / "gone.py", tmp_path])
    assert imported("two") == "two\n"
