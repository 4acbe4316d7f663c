"""The files of a build context, independent of git."""

import subprocess

import pytest

from localenv.host import context
from tests.world.repository import write


def names(folder, **options):
    return {file.relative_to(folder).as_posix() for file in context.files(folder, **options)}


@pytest.fixture
def folder(tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return write(tmp_path, {"Dockerfile": "FROM scratch\nCOPY . .\n", "main.py": "", ".gitignore": "dist/\n*.log\n"})


OWN = {"Dockerfile", "main.py", ".gitignore"}


def test_what_git_ignores_is_there_too(folder):
    write(folder, {"dist/bundle.js": "", "node_modules/a/index.js": ""})

    assert names(folder) == OWN | {"dist/bundle.js", "node_modules/a/index.js"}


def test_a_repository_inside_is_there_without_its_git(folder):
    write(folder / "vendor", {"lib.txt": "", ".git/HEAD": ""})

    assert names(folder) == OWN | {"vendor/lib.txt"}


def test_what_dockerignore_names_is_not_there_but_the_dockerfile_is(folder):
    write(folder, {".dockerignore": "*\n!main.py\n", "a/b.txt": ""})

    assert names(folder) == {"Dockerfile", "main.py"}


def test_what_is_set_apart_is_not_there_unless_the_dockerfile_names_it(folder):
    write(folder, {"envs/local.yaml": "", "stubs/a.json": ""})
    apart = [folder / "envs", folder / "stubs"]

    assert names(folder, apart=apart) == OWN
    write(folder, {"Dockerfile": "FROM scratch\nCOPY ./stubs /stubs\n"})
    assert names(folder, apart=apart) == OWN | {"stubs/a.json"}


def test_the_folders_of_editors_are_not_there_unless_the_dockerfile_names_them(folder):
    write(folder, {".vscode/launch.json": "", ".run/localenv api.run.xml": "", "a/.idea/workspace.xml": ""})

    assert names(folder) == OWN
    write(folder, {"Dockerfile": "FROM scratch\nCOPY .run /run\n"})
    assert names(folder) == OWN | {".run/localenv api.run.xml"}


def test_what_holds_the_context_is_not_set_apart(folder):
    assert names(folder, apart=[folder, folder.parent]) == OWN


def test_caches_that_say_so_are_not_there_unless_the_dockerfile_names_them(folder):
    tag = "Signature: 8a477f597d28d172789f06886806bc55"
    write(folder, {"target/CACHEDIR.TAG": tag, "target/app": "", "a/__pycache__/x.pyc": "", ".git/x": ""})

    assert names(folder) == OWN
    write(folder, {"Dockerfile": "FROM scratch\nCOPY target/app .git /\n"})
    assert {"target/app", ".git/x"} < names(folder)


def test_what_a_program_writes_while_it_runs_is_there_where_git_knows_it(folder):
    write(folder, {"server.log": "", "known.log": "", "data.db": ""})
    subprocess.run(["git", "-C", str(folder), "add", "-f", "known.log"], check=True)

    assert names(folder) == OWN | {"known.log", "data.db"}  # data.db is not ignored


def test_a_link_is_itself_and_a_closed_folder_hides_nothing_else(folder):
    (folder / "link").symlink_to("/nowhere")

    assert names(folder) == OWN | {"link"}
