"""A small repository for descriptions."""

from collections.abc import Callable
from pathlib import Path

import pytest

from localenv.description.loading import Description, load
from tests.world.repository import write

FILES = {
    "Dockerfile": "FROM scratch\n",
    ".env.local": "SECRET='a $b # c'\n",
    "requirements.txt": "",
    "seed.py": "",
    "static/app.css": "",
    "data/here": "",
    "seeds/b.sql": "",
    "seeds/a.sql": "",
    "seeds/customers.csv": "",
    "seeds/notes.txt": "",
    "stubs/payments/mappings/pay.json": "{}",
    "key.pem": "",
}

Load = Callable[..., Description]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = write(tmp_path / "orders", FILES)
    (folder / "envs").mkdir()
    return folder


@pytest.fixture
def loaded(repository: Path) -> Load:
    """Load a text as `envs/local.yaml`; further files are given by name."""

    def load_text(text: str, files: dict[str, str] | None = None, **options: object) -> Description:
        for name, content in (files or {}).items():
            (repository / "envs" / name).write_text(content)
        (repository / "envs/local.yaml").write_text(text)
        return load(repository / "envs/local.yaml", repository=repository, **options)  # type: ignore[arg-type]

    return load_text
