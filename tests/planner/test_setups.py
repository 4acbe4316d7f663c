"""The inputs of `native.setup` steps."""

import subprocess

import pytest

from localenv.description.service import SetupModel
from localenv.planner import setups
from localenv.stack.references import literal
from tests.world.repository import write


@pytest.fixture
def repository(tmp_path):
    files = {
        "svc/app.py": "",
        "svc/build.py": "",
        "svc/requirements.txt": "flask\n-r ../common/base.txt\n",
        "svc/requirements-dev.txt": "-c constraints.txt\n",
        "svc/constraints.txt": "",
        "svc/pyproject.toml": "",
        "svc/package.json": "{}",
        "svc/package-lock.json": "{}",
        "svc/assets/a.css": "",
        "common/base.txt": "-e ../lib\n./../plugin\nother @ file:../nowhere\n",
        "lib/pyproject.toml": "",
        "lib/lib.py": "",
        "plugin/setup.py": "",
        "plugin/plugin.py": "",
        "web/package.json": '{"workspaces": ["packages/*"]}',
        "web/packages/a/package.json": "{}",
        "web/packages/a/index.js": "",
        "svc/go.sum": "",
    }
    return write(tmp_path, files)


LISTS = {"svc/requirements.txt", "common/base.txt", "lib/pyproject.toml", "plugin/setup.py", "plugin/plugin.py"}
NODE = {"svc/package.json", "svc/package-lock.json"}
WEB = {"web/package.json", "web/packages/a/package.json"}
ALL = {"a file of svc"}
GOES_BY = {
    "lists it names, and those they name": ("pip install -r requirements.txt", LISTS),
    "a list outside of the folder": ("pip install -r ../common/base.txt", LISTS - {"svc/requirements.txt"}),
    "the manifests where it names no list": (
        "uv sync",
        {"svc/pyproject.toml", "svc/requirements-dev.txt", "svc/constraints.txt", *LISTS},
    ),
    "an editable project": ("pip install -e ../lib -r requirements-dev.txt",
        {"lib/pyproject.toml", "svc/pyproject.toml", "svc/requirements-dev.txt", "svc/constraints.txt"}),
    "manifests and locks of node": ("npm ci", NODE),
    "those of the folder it goes to, and of its workspaces": ('sh -c "cd ../web && npm ci"', NODE | WEB),
    "what a shell reads too": ("sh -c 'pip install -r requirements-dev.txt'",
        {"svc/requirements-dev.txt", "svc/constraints.txt"}),
    "folders it names, and all manifests where nothing tells which": (
        "cp assets/ x", {"svc/assets/a.css", "svc/go.sum", "svc/pyproject.toml", "svc/requirements-dev.txt",
        "svc/constraints.txt", *LISTS, *NODE}),
    "manifests and locks of other languages": ("go mod download",
        {"svc/go.sum", "svc/pyproject.toml", "svc/requirements-dev.txt", "svc/constraints.txt", *LISTS, *NODE}),
    "all of the source where it is compiled": ("go build -o server", ALL),
    "all of the source where scripts of the project run": ("npm run build", ALL),
    "all of the source of which a copy is installed": ("pip install .[dev]", ALL),
}  # fmt: skip


def goes_by(repository, command, *, inputs=None):
    words = ["sh", "-c", command.partition("-c ")[2]] if command.startswith("sh ") else command.split()
    model = SetupModel.model_construct(command=tuple(map(literal, words)), inputs=inputs)
    (step,) = setups.steps([model], repository / "svc", repository, frozenset())
    return step.inputs


@pytest.mark.parametrize(("command", "files"), GOES_BY.values(), ids=GOES_BY)
def test_what_a_step_goes_by_of_its_own(repository, command, files):
    found = goes_by(repository, command)

    assert set(found) == files


def test_code_that_it_does_not_name_changes_nothing(repository):
    before = goes_by(repository, "pip install -r requirements.txt")
    (repository / "svc/app.py").write_text("another")

    assert goes_by(repository, "pip install -r requirements.txt") == before
    (repository / "common/base.txt").write_text("another")
    assert goes_by(repository, "pip install -r requirements.txt") != before


@pytest.mark.parametrize("git", [False, True])
def test_a_step_that_reads_all_files_does_not_go_by_what_an_editor_keeps(repository, git):
    if git:
        subprocess.run(["git", "init", "-q", str(repository)], check=True)
    before = goes_by(repository, "npm run build")
    write(repository, {"svc/.vscode/launch.json": "{}", "svc/.idea/workspace.xml": "", "svc/.run/a.run.xml": ""})

    assert goes_by(repository, "npm run build") == before


def test_no_inputs_are_none(repository):
    assert goes_by(repository, "pip install -r requirements.txt", inputs=()) == {}
