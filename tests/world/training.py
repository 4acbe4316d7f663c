"""Java's archive of the stub server, created before the first environment that can use it.

localenv itself creates it at idle priority while an environment runs, which does not end on a machine that is busy with
tests: each stub server would start without it, and begin to create it again.
"""

import subprocess
from contextlib import suppress
from functools import cache

from localenv.engines.native.wiremock import archive, fixed_options, jar, java
from localenv.errors import EngineError
from localenv.stack.references import resolve
from localenv.stubs import server


@cache
def ensure() -> None:
    """Create it, unless it exists, another process is creating it, or this machine cannot run the stub server."""
    with suppress(EngineError):  # the first environment with an upstream shows it
        _create()


def _create() -> None:
    found = jar.find(lambda line: None)
    options = fixed_options(resolve(server.service({}).environment["JAVA_OPTS"], str))
    made = archive.of(java.find(), found, options)
    if not made.options():
        for program in made.trainer(found, options):
            subprocess.run(program.argv, env=dict(program.environment), cwd=program.folder, check=False)
