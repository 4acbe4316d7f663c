"""`localenv init`: what it writes, and what it leaves alone."""

import json

import pytest

STUB = '{"request": {}, "response": {}}'
COMPOSE = "services: {app: {image: 'python:3.13-slim', ports: ['8000:8000']}, db: {image: 'postgres:17'}}\n"


def test_it_writes_a_description_that_has_no_mistakes_and_says_what_comes_next(call, repository):
    folder = repository({"compose.yaml": COMPOSE, ".gitignore": "*.pyc"})

    done = call("init")

    assert done.code == 0
    assert "ok envs/local.yaml" in done.out
    assert "next: localenv up" in done.err
    text = (folder / "envs/local.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=./localenv.schema.json\n")
    assert json.loads((folder / "envs/localenv.schema.json").read_text())["title"] == "Description of an environment"
    assert (folder / ".gitignore").read_text() == "*.pyc\n.localenv/\n"
    assert call("check").out == "ok envs/local.yaml\n"


def test_a_description_that_exists_is_replaced_with_force_alone(call, repository):
    folder = repository({"compose.yaml": COMPOSE, "envs/local.yaml": "mine", "stubs/app/mappings/a.json": STUB})

    refused = call("init")
    assert (refused.code, "localenv init --force" in refused.err) == (2, True)
    assert (folder / "envs/local.yaml").read_text() == "mine"

    assert "postgres: 17" in call("init", "--dry-run").out
    assert (folder / "envs/local.yaml").read_text() == "mine"

    assert call("init", "ci").code == 0
    assert call("init", "--force", "--stub", "app").code == 0
    assert "mine" not in (folder / "envs/local.yaml").read_text()
    assert (folder / "stubs/app/mappings/a.json").read_text() == STUB
    assert (folder / ".gitignore").read_text() == ".localenv/\n"


def test_dry_run_prints_and_writes_nothing(call, repository):
    folder = repository({"compose.yaml": COMPOSE})
    before = sorted(folder.rglob("*"))

    done = call("init", "--dry-run")

    assert (done.code, "postgres: 17" in done.out) == (0, True)
    assert sorted(folder.rglob("*")) == before


def test_another_file_can_be_named_and_is_read_from_where_it_is(call, repository):
    folder = repository({"deploy/stack.yml": "services: {web: {build: ../app}}", "app/Dockerfile": "FROM nginx:1.26\n"})

    assert call("init", "--from", "deploy/stack.yml").code == 0
    assert "build: ../app" in (folder / "envs/local.yaml").read_text()
    missing = call("init", "--from", "nothing.yml", "--force")
    assert (missing.code, "nothing.yml does not exist" in missing.err) == (2, True)


@pytest.mark.parametrize("link", ["envs", "envs/local.yaml", "stubs", ".gitignore"])
def test_it_never_writes_through_a_link_that_leads_out_of_the_repository(call, repository, tmp_path_factory, link):
    folder, outside = repository({"compose.yaml": COMPOSE}), tmp_path_factory.mktemp("outside")
    target = outside / "there"
    if "." in link:
        target.write_text("theirs\n")
    else:
        target.mkdir()
    (folder / link).parent.mkdir(exist_ok=True)
    (folder / link).symlink_to(target)

    done = call("init", "--force", "--stub", "app")

    assert (done.code, "leads out of the repository" in done.err) == (2, True)
    assert [*outside.rglob("*")] == [target]
    assert target.is_dir() or target.read_text() == "theirs\n"


def test_a_compose_file_that_leads_out_of_the_repository_is_not_read(call, repository, tmp_path_factory):
    other = tmp_path_factory.mktemp("outside") / "compose.yaml"
    other.write_text(COMPOSE)
    (repository({}) / "compose.yaml").symlink_to(other)

    assert call("init").code == 2


def test_where_nothing_can_be_described_it_says_so(call, repository):
    repository({"README.md": ""})

    done = call("init")

    assert (done.code, "nothing to describe" in done.err) == (2, True)
    assert call("init", "a/b").code == 2
