"""Import a repository and read the description that comes out, as localenv itself reads it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from localenv.environment import initialising
from localenv.environment.initialising import Initialised
from tests.world.repository import Files, write

Init = Callable[..., Initialised]


@pytest.fixture
def init(tmp_path: Path) -> Init:
    """Write files, and `localenv init` for them: what came out has no mistakes, unless `problems`."""
    return partial(_init, tmp_path / "shop")


def _init(folder: Path, files: Files, *, stubs: Sequence[str] = (), problems: bool = False) -> Initialised:
    write(folder, files)
    done = initialising.init(folder=folder, stubs=stubs)
    assert problems or not done.problems, "\n".join(map(str, (*done.problems, done.text)))
    return done
