"""Contracts for tests: written as text, and the public ones beside the checkout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from localenv.stubs.sources.openapi.reading import Contract, read

HERE = Path(__file__).resolve()

Make = Callable[..., Contract]


def documents() -> list[Path]:
    """The public documents, if they are on this machine."""
    for folder in HERE.parents:
        if found := sorted((folder / "shared" / "data" / "openapi").glob("*.*")):
            return found
    return []


@pytest.fixture
def contract(tmp_path: Path) -> Make:
    """A contract of paths and schemas, in a file of a repository."""

    def make(
        paths: dict[str, Any], schemas: dict[str, Any] | None = None, version: str = "3.1.0", **more: Any
    ) -> Contract:
        return read(written(tmp_path, paths, schemas, version, **more))

    return make


def written(
    folder: Path, paths: dict[str, Any], schemas: dict[str, Any] | None = None, version: str = "3.1.0", **more: Any
) -> Path:
    """The file of such a contract."""
    (folder / "envs").mkdir(exist_ok=True)
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths, **more}
    document.setdefault("components", {})["schemas"] = schemas or {}
    file = folder / "contract.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def answering(schema: Any, **more: Any) -> dict[str, Any]:
    """Paths with one operation that answers with a schema."""
    content = {"application/json": {"schema": schema, **more}}
    return {"/a": {"get": {"responses": {"200": {"description": "ok", "content": content}}}}}
