import json
from pathlib import Path

import pytest

from localenv.stack import Upstream
from tests.stubs.folders import folders


@pytest.fixture
def root(tmp_path):
    """Write a WireMock root: path below it → text, bytes, or JSON."""

    def write(files, name="payments"):
        for path, content in files.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            else:
                file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def upstream(root):
    """An upstream whose only root holds these files."""

    def make(files, name="payments", **more) -> Upstream:
        return Upstream(name=name, server="localenv.stubs", sources=folders(root(files, name)), **more)

    return make


@pytest.fixture
def mapping():
    """A mapping that answers GET of a path with a text."""

    def make(path: str, body: str = "", **more):
        return {"request": {"method": "GET", "urlPath": path}, "response": {"status": 200, "body": body}, **more}

    return make


@pytest.fixture
def schema():
    """WireMock's own JSON Schema of mappings, if it is on this machine."""
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "data" / "wiremock-mapping.schema.json"
        if file.is_file():
            return json.loads(file.read_text())
    pytest.skip("WireMock's JSON Schema is not beside the checkout")
