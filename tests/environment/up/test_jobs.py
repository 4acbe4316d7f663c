"""What is said of a step, whether it failed or exited with 0."""

from types import SimpleNamespace

import pytest

from localenv.environment.up import jobs
from localenv.errors import JobError
from localenv.process import Completed
from localenv.stack import Job, Need, Stage
from localenv.stack.references import literal


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


DB = Need(name="db", kind="postgres", version="17", user="u", databases=("d",))


@pytest.mark.parametrize(
    ("service", "line", "hint"),
    [
        ("api", "psql: error: connection to server on socket", "psql ran in api: `service: db`"),
        ("api", "psql: error: no such table", "keep everything up"),
        ("db", "psql: error: connection to server on socket", "keep everything up"),
    ],
)
def test_a_client_that_runs_in_a_service_is_told_where_it_is_connected(service, line, hint):
    commands = SimpleNamespace(run=lambda deployment, job, say: Completed(code=2, output=line))
    stack = SimpleNamespace(needs={"db": DB})
    prepared = SimpleNamespace(stack=stack, engine=SimpleNamespace(commands=commands), deployment=None, is_new=True)
    job = Job(name="db.migrate", stage=Stage.MIGRATE, need="db", service=service, command=(literal("psql"),))

    with pytest.raises(JobError) as failed:
        jobs.run(prepared, job, lambda text: None)

    assert failed.value.hint.startswith(hint)
