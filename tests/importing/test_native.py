"""Commands that listen where the engine wants them to."""

import pytest

from localenv.importing.native import listening, native
from localenv.importing.programs import FoundProgram


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("uvicorn app.main:app --host 0.0.0.0 --port 8000", "uvicorn app.main:app --host ${bind} --port ${port}"),
        ("fastapi run main.py --port=8000", "fastapi run main.py --port=${port}"),
        ("gunicorn -b :8000 app:app", "gunicorn -b ${bind}:${port} app:app"),
        ("python manage.py runserver 0.0.0.0:8000", "python manage.py runserver ${bind}:${port}"),
        ("flask run -p 8000", "flask run -p ${port}"),
        ("server --port 80001", "server --port 80001"),
        ("uvicorn app.main:app", "uvicorn app.main:app --host ${bind} --port ${port}"),
    ],
)
def test_a_command_listens_on_the_port_that_the_engine_gives(line, expected):
    assert listening(line, 8000) == expected


def test_a_dollar_of_a_shell_stays_one():
    program = FoundProgram(language="python", command=("sh", "-c", "gunicorn -b 0.0.0.0:$PORT -w $WORKERS app:app"))
    part = native(program, 8000, has_command=False)
    assert part
    assert part.document["command"] == ["sh", "-c", "gunicorn -b ${bind}:${port} -w $$WORKERS app:app"]
