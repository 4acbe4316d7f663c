"""Java's archive of the stub server, created before the first environment that can use it.

localenv itself creates it while an environment runs, with a small share of the processors, which does not end on a
machine that is busy with tests: each stub server would start without it, and begin to create it again.
"""

import os
import subprocess
from contextlib import suppress
from functools import cache

from localenv.engines.compose import daemon
from localenv.engines.compose.prepared import classes, program
from localenv.engines.native.wiremock import archive, fixed_options, jar, java
from localenv.errors import EngineError
from localenv.stack.references import resolve
from localenv.stubs import server


@cache
def ensure(engine: str) -> None:
    """Create it, unless it exists, another process is creating it, or this machine cannot run the stub server."""
    with suppress(EngineError):  # the first environment with an upstream shows it
        _WAYS[engine]()


def _options() -> str:
    return resolve(server.service({}).environment["JAVA_OPTS"], str)


def _in_a_process() -> None:
    found = jar.find(lambda line: None)
    options = fixed_options(_options())
    made = archive.of(java.find(), found, options)
    if not made.options():
        for trainer in made.trainer(found, options):
            subprocess.run(trainer.argv, env=dict(trainer.environment), cwd=trainer.folder, check=False)


def _in_a_container() -> None:
    found, image = daemon.connect(), server.service({}).image
    assert image is not None
    made = classes.archive(found, resolve(image, str), _options())
    if found.image(made.image) and not made.is_decided:
        more = {"address": found.address, "name": f"localenv-training-{os.getpid()}", "labels": {}}
        program.prepare({**made.asked, **more})


_WAYS = {"native": _in_a_process, "compose": _in_a_container}
