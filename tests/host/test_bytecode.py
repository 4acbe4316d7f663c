"""Where the compiled modules of localenv are kept."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import localenv


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
