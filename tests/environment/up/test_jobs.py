"""What is said of a step that exited with 0."""

from types import SimpleNamespace

import pytest

from localenv.environment.up import jobs
from localenv.process import Completed


def ran(*lines):
    """What `jobs.run` returns of a step that printed these lines."""
    stack = SimpleNamespace(needs={})
    commands = SimpleNamespace(run=lambda deployment, job, say: Completed(code=0, output="\n".join(lines)))
    prepared = SimpleNamespace(stack=stack, engine=SimpleNamespace(commands=commands), deployment=None)
    job = SimpleNamespace(name="db.seed", file=None, service="api", title="python seed.py")
    return jobs.run(prepared, job, lambda text: None)


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("done", ""),
        ("ERROR:seed:no such table", "db.seed: exited with code 0, but printed an error: ERROR:seed:no such table"),
        (
            "ERROR:  no such table",
            "db.seed: psql continued after an error (-v ON_ERROR_STOP=1 makes it stop): ERROR:  no such table",
        ),
    ],
)
def test_a_step_that_exited_with_0_after_an_error_is_a_warning(line, warning):
    assert ran("begins", line, "ends") == warning
