"""Contracts for tests: written as text, and the public ones beside the checkout."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import pytest
import yaml

from localenv.engines.native.wiremock import jar, java
from localenv.errors import EngineError
from localenv.stack import references
from localenv.stubs import server
from localenv.stubs.admin import Admin
from localenv.stubs.recognition import Recognition
from localenv.stubs.sources import pack
from localenv.stubs.sources.openapi.reading import Contract, read

HERE = Path(__file__).resolve()
PASSWORD = "s3cretS3cret"

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


@pytest.fixture(scope="package")
def wiremock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A WireMock without any stubs: its port."""
    try:
        program, found = java.find().program, jar.find(lambda words: None)
    except EngineError as missing:
        pytest.skip(str(missing))
    if found.is_old:
        pytest.skip("WireMock 3 is not here")
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [references.resolve(word, str) for word in server.command(port)]
    own = ("--bind-address", "127.0.0.1", "--admin-api-basic-auth", f"{server.USER}:{PASSWORD}")
    root = tmp_path_factory.mktemp("wiremock")
    argv = (program, "-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", found.file, found.main, *words, *own)
    with (root / "log").open("w") as log:
        process = subprocess.Popen([*argv, "--root-dir", root], stdout=log, stderr=log)
    try:
        for _ in range(600):
            with suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}/__admin/health", auth=(server.USER, PASSWORD)).is_success:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="package")
def admin(wiremock: int) -> Iterator[Admin]:
    upstreams = ("shop", "styles", *pack.names(), *(file.stem.replace(".", "-") for file in documents()))
    with Admin(port=wiremock, password=PASSWORD, recognition=Recognition(upstreams=upstreams)) as found:
        yield found
