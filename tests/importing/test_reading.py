"""What `init` reads: nothing that a repository leads to outside of itself, and no more than it needs."""

import pytest

from localenv.importing import reading

SECRET = "planted-canary"
CNF = f"[mysqld]\nmax_connections = 7\ninit_connect = {SECRET}\n"
LINKS = {
    "Procfile": f"web: python app.py {SECRET}\n",
    ".python-version": f"3.12 {SECRET}\n",
    "package.json": f'{{"name": "{SECRET}", "scripts": {{"start": "node {SECRET}.js"}}}}',
    "requirements.txt": f"{SECRET}\npsycopg\n",
    "go.mod": f"module {SECRET}\n",
    "Dockerfile": f"FROM python:3.13\nENV A={SECRET}\nEXPOSE 8000\n",
    "README.md": f"docker build -t api --label {SECRET} .\n",
    "start.sh": f"alembic upgrade head {SECRET}\n",
}  # fmt: skip
COMPOSE = """\
services:
  api: {image: api, ports: ["8000:8000"], env_file: [../outside/api.env], command: python app.py}
  web: {build: ../outside, ports: ["3000:3000"]}
  db:
    image: mysql:8
    env_file: ../outside/db.env
    environment: {MYSQL_ROOT_PASSWORD: a}
    volumes: ["../outside/my.cnf:/etc/mysql/conf.d/my.cnf"]
"""


@pytest.fixture
def outside(tmp_path):
    """A folder beside the repository with what it must not learn."""
    folder = tmp_path / "outside"
    folder.mkdir()
    files = {**LINKS, "my.cnf": CNF, "api.env": f"KEY={SECRET}\n", "db.env": f"MYSQL_DATABASE={SECRET}\n"}
    for name, content in files.items():
        (folder / name).write_text(content)
    return folder


def test_links_out_of_a_repository_are_not_followed(init, tmp_path, outside):
    (tmp_path / "shop").mkdir()
    for name in LINKS:
        (tmp_path / "shop" / name).symlink_to(outside / name)

    assert SECRET not in init({"app.py": "import flask\n", "main.go": "package main\nfunc main() {}\n"}).text


def test_a_compose_file_that_names_files_outside_gets_nothing_of_them(init, outside):
    done = init({"compose.yaml": COMPOSE})

    assert SECRET not in done.text
    assert "max_connections" not in done.text


def test_a_file_is_read_as_far_as_is_asked_and_what_cannot_be_read_is_empty(tmp_path, outside):
    (tmp_path / "a").write_text("\ufeffabcdef")
    (tmp_path / "linked").symlink_to(tmp_path / "a")

    assert reading.text(tmp_path / "a", most=3) == "abc"
    assert reading.text(tmp_path / "linked") == "abcdef"
    assert reading.text(tmp_path / "a", within=outside) == ""
    assert [reading.text(tmp_path / name) for name in ("gone", "outside", "a\0b")] == ["", "", ""]
