"""The command of a service that its Dockerfile has, as it runs on this machine."""

import pytest

from localenv.environment.here import own_commands
from localenv.stack import Build, Port, Role, Service


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('FROM node:20\nCOPY . .\nCMD ["node", "server.js"]\n', ["node", "server.js"]),
        (
            'FROM python:3.13\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]\n',
            ["uvicorn", "main:app", "--host", "${bind}", "--port", "${port}"],
        ),
        ("FROM python:3.13\nCMD python main.py && true\n", ["sh", "-c", "python main.py && true"]),
        ("FROM scratch\n", []),
    ],
)
def test_the_command_of_a_dockerfile_runs_in_the_folder_that_it_is_built_from(tmp_path, text, expected):
    (tmp_path / "Dockerfile").write_text(text)
    port = Port(name="api", target=8000)
    service = Service(name="api", role=Role.SERVICE, build=Build(context=tmp_path), port=port)

    assert [str(word) for word in own_commands.of_image(service)] == expected
    assert own_commands.of_image(Service(name="api", role=Role.SERVICE)) == ()
