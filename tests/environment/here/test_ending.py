"""What runs in place of a service ends with its environment."""

import subprocess
import sys

from localenv import paths, state
from localenv.environment.here import ending
from localenv.environment.here.in_place import MARK
from localenv.host.waiting import until
from localenv.state import Here, Record

ASLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def recorded(**here: Here) -> None:
    state.save(Record(identity="a", name="a", env="local", folder="", description="", engine="native", here=here))


def test_only_a_program_of_the_removed_environment_ends():
    recorded(api=Here(ports={}, time=0.0))
    inside, beside = (subprocess.Popen(ASLEEP, env={MARK: f"{identity}/api"}) for identity in ("a", "b"))
    try:
        with ending.with_environment("a", "api"):
            recorded(api=Here(ports={}, time=1.0))
            assert inside.poll() is None

            paths.record("a").unlink()

            assert until(lambda: inside.poll() is not None, within=10)
        assert beside.poll() is None
    finally:
        for program in (inside, beside):
            program.kill()
            program.wait()
