"""The base images of a build, and the same exclusions as the builder."""

import subprocess

import pytest

from localenv.engines.compose import bases
from localenv.host import context
from tests.world.repository import write

DOCKERFILES = {
    "FROM one:1\n": {"one:1"},
    "# FROM none\nfrom --platform=linux/amd64 one AS a\nFROM a\nFROM two as b\nCOPY --from=a x y\n": {"one", "two"},
    "ARG V=1\nARG N=base:$V\nFROM ${N}\n": {"base:1"},
    "ARG TAG=1\nFROM base:${TAG}-slim\n": {"base:dev-slim"},
    "FROM base:${NONE:-3}\n": {"base:3"},
    "FROM one\nFROM scratch\nCOPY --link --from=0 a b\nCOPY --from=three:3 a b\n": {"one", "three:3"},
    "FROM one\nRUN --mount=type=bind,from=tools,target=/t \\\n  # no\n  ls\n": {"one", "tools"},
    "FROM \\\n  one\n": {"one"},
    "": set(),
}


@pytest.mark.parametrize(("text", "found"), DOCKERFILES.items())
def test_base_images_are_those_that_a_dockerfile_names(text, found):
    assert set(bases.named(text, {"TAG": "dev"})) == found


FILES = {"a.txt": "", "a.md": "", "b/a.txt": "", "b/c/a.md": "", "b/c/README.md": "", "b/.env": "", "bb/[x].txt": ""}
IGNORES = [
    "**/*.md\n!**/README.md", "*\n!b/c", "b\n!b/c/a.md\nb/c/*.md", "bb/\\[x\\].txt", "# a.txt\n b \n",
    "b/*/../a.txt", "[^a]*",
]  # fmt: skip
FURTHER = [
    "a.txt", "/b/", "*/a.txt", "**/*.md", "b/**", "b/**/a.md", "**\n!a.*", "?.txt", "b/../a.txt", "**/c", "!a.txt\n.",
    "*.*", "**/.*", "[!a]*",
]  # fmt: skip


@pytest.mark.docker
@pytest.mark.parametrize("text", [*IGNORES, *(pytest.param(one, marks=pytest.mark.full) for one in FURTHER)])
def test_the_builder_gets_the_files_that_we_look_at(tmp_path, text):
    folder = write(tmp_path / "context", {**FILES, "Dockerfile": "FROM scratch\nCOPY . /\n", ".dockerignore": text})
    out = tmp_path / "out"
    subprocess.run(["docker", "build", "-q", "-o", str(out), str(folder)], check=True, capture_output=True)

    built = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}

    assert {file.relative_to(folder).as_posix() for file in context.files(folder)} == built | {"Dockerfile"}
