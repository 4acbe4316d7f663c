"""Scripts that connect the bare client of a need wherever a command calls it."""

import os
import subprocess
from pathlib import Path

import pytest

from localenv.needs import bare_clients
from localenv.stack import Need

SHOWS = '#!/bin/sh\nfor one; do printf "<%s>" "$one"; done\n'


@pytest.fixture
def call(tmp_path: Path):
    """Run a line in a shell that has the scripts of a need and a client that prints its arguments."""

    def passed(need: Need, line: str, *, has_client: bool = True) -> str:
        folders = [tmp_path / "a script's folder", tmp_path / "none", tmp_path / "real"]
        scripts = bare_clients.scripts(need, lambda command: [str(word) for word in command])
        for folder, files in ((folders[0], scripts), (folders[2], dict.fromkeys(scripts, SHOWS) if has_client else {})):
            folder.mkdir()
            for name, text in files.items():
                (folder / name).write_text(text)
                (folder / name).chmod(0o755)
        path = os.pathsep.join([*map(str, folders), os.defpath])
        done = subprocess.run(["sh", "-c", line], env={"PATH": path}, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    return passed


def test_a_client_that_a_shell_calls_gets_login_and_database(call) -> None:
    need = Need(name="db", kind="mariadb", version="11", user="an na", databases=("it's",))

    output = call(need, "mariadb -e 'select 1, \"*\"' ''")

    assert output.startswith("<--no-defaults><--protocol=tcp><--user=an na>")
    assert output.endswith('<--database=it\'s><-e><select 1, "*"><>')


@pytest.mark.parametrize("tool", ["mysqldump", "mariadb-admin"])
def test_a_tool_of_the_server_gets_address_and_login_and_no_database(tool: str, call) -> None:
    need = Need(name="db", kind="mariadb", version="11", user="anna", databases=("shop",))

    output = call(need, f"{tool} --single-transaction shop")

    assert output.startswith("<--no-defaults><--protocol=tcp><--user=anna>")
    assert "--host=" in output
    assert output.endswith("><--single-transaction><shop>")
    assert "database" not in output


def test_a_client_that_names_its_own_files_is_left_alone(call) -> None:
    need = Need(name="db", kind="mariadb", version="11", user="anna", databases=("shop",))

    assert call(need, "mysql --defaults-extra-file=/x -e 1") == "<--defaults-extra-file=/x><-e><1>"


def test_a_client_that_is_not_there_is_named(call) -> None:
    need = Need(name="cache", kind="redis", version="8", user="")

    assert call(need, "valkey-cli ping || echo $?", has_client=False) == "127\nvalkey-cli: not found\n"


def test_a_need_whose_clients_are_connected_by_variables_has_no_scripts() -> None:
    need = Need(name="db", kind="postgres", version="17", user="anna", databases=("shop",))

    assert bare_clients.scripts(need, lambda command: [str(word) for word in command]) == {}
