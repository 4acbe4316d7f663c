"""The wheel, installed into another repository's virtual environment, needs nothing from this one."""

import site
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.world import engines

pytestmark = pytest.mark.parametrize("engine", engines.each(compose=pytest.mark.full), indirect=True, scope="session")

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def python(*arguments):
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True, timeout=180)


def pip(*arguments):
    python("-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built without network access if the builder is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    isolated = ["--no-build-isolation"] if find_spec("hatchling") else []
    pip("wheel", "--no-deps", *isolated, "--wheel-dir", str(folder), str(REPOSITORY))
    (built,) = folder.glob("localenv-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A virtual environment with the wheel; only its dependencies come from the tests' environment."""
    folder = tmp_path_factory.mktemp("installed") / ".venv"
    python("-m", "venv", "--without-pip", str(folder))
    own = next(folder.glob("lib/python*/site-packages"))
    pip("install", "--no-deps", "--target", str(own), str(wheel))
    (own / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    return folder / "bin/python", own


def test_the_wheel_carries_templates_and_stub_packs_and_says_that_it_is_typed(wheel):
    names = set(ZipFile(wheel).namelist())

    for folder in ("templates", "stubs"):
        files = [file for file in (REPOSITORY / folder).rglob("*") if file.is_file() and file.name != ".DS_Store"]
        assert files
        assert {f"localenv/_{folder}/{file.relative_to(REPOSITORY / folder)}" for file in files} <= names
    assert "localenv/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "envs/"))]


def test_an_installed_localenv_reads_and_writes_the_repository_where_it_is_called(world, installed, engine):
    program, own = installed
    one = world({"stubs/payments/mappings/price.json": '{"request": {"urlPath": "/"}, "response": {"body": "100"}}'})
    one.describe("""
        name: elsewhere
        services:
          api: {build: ../app, command: python app.py, port: 8000, environment: {URL: "${payments.url}"}}
        upstreams: {payments: {stubs: ../stubs/payments}}
    """)
    one.own.pop("PYTHONPATH")
    one.program = (str(program), "-m", "localenv")
    before = set(one.folder.rglob("*"))

    one.up()

    home = subprocess.run(
        [program, "-c", "import localenv; print(localenv.__file__)"], cwd=one.folder, env=one.variables,
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert Path(home.strip()) == own / "localenv/__init__.py"
    assert one.status()["environment"].startswith("elsewhere-local-")
    assert one.get("/call", url=one.get("/environment")["URL"])["body"] == "100"
    assert set(one.folder.rglob("*")) == before

    one.run("down")
    assert not one.left()


def test_the_command_is_on_the_path_of_the_virtual_environment(wheel):
    with ZipFile(wheel) as opened:
        (points,) = [name for name in opened.namelist() if name.endswith("entry_points.txt")]
        assert "localenv = localenv.__main__:main" in opened.read(points).decode()
