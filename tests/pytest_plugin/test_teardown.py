"""However a session ends, nothing of it is left: each way is a real process."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.docker

LONGEST = 10  # seconds until nothing is left

# what a suite does once its environment runs
SUITES = {
    "all goes well": "def test_it(localenv_test): pass",
    "a setup that fails": """
        import pytest
        @pytest.fixture(autouse=True)
        def broken(localenv_test): raise RuntimeError("broken")
        def test_it(): pass
    """,
    "an interrupt during a setup": """
        import pytest
        @pytest.fixture
        def impatient(localenv_test): raise KeyboardInterrupt
        def test_it(impatient): pass
    """,
    "pytest.exit": "import pytest\ndef test_it(localenv_test): pytest.exit('enough', returncode=7)",
    "a teardown that fails": """
        import pytest
        @pytest.fixture
        def broken(localenv_test):
            yield
            raise RuntimeError("broken")
        def test_it(broken): pass
    """,
    "the first failure ends it": """
        def test_it(localenv_test): assert False
        def test_never(localenv_test): pass
    """,
    "the debugger is quit": "def test_it(localenv_test): assert False",
    "a timeout that ends the process": "import os\ndef test_it(localenv_test): os._exit(1)",
    "a crash of the interpreter": "import os, signal\ndef test_it(localenv_test): os.kill(os.getpid(), signal.SIGSEGV)",
}
ARGUMENTS = {"the first failure ends it": ("-x",), "the debugger is quit": ("--pdb",)}
CODES = {
    "all goes well": 0,
    "an interrupt during a setup": 2,
    "pytest.exit": 7,
    "the debugger is quit": 2,
    "a crash of the interpreter": -signal.SIGSEGV,
}

WORKERS = {
    "a worker that ends without a word": """
        import os
        def test_one(localenv_test): os._exit(1)
        def test_two(localenv_test): pass
        def test_three(localenv_test): pass
    """,
    "a worker that crashes": """
        import os, signal
        def test_one(localenv_test): os.kill(os.getpid(), signal.SIGSEGV)
        def test_two(localenv_test): pass
    """,
    "every worker gives up": """
        def test_one(localenv_test): assert False
        def test_two(localenv_test): assert False
        def test_three(localenv_test): pass
    """,
}
WORKERS_ARGUMENTS = {"every worker gives up": ("--maxfail=1",)}

WAITING = """
    import os, pathlib, time
    def test_it(localenv_test):
        pathlib.Path("ready").touch()
        time.sleep(60)
    def test_another(localenv_test):
        time.sleep(60)
"""


@pytest.fixture(scope="module")
def suite(with_cache: Callable[..., Any]) -> Any:
    return with_cache({})


@pytest.mark.parametrize("how", SUITES)
def test_nothing_is_left_after(suite: Any, how: str) -> None:
    suite.write({"tests/test_inner.py": SUITES[how]})
    ran = suite.run(*ARGUMENTS.get(how, ()))

    assert ran.code == CODES.get(how, 1), ran.out
    _is_gone(suite)


@pytest.mark.parametrize("how", WORKERS)
def test_nothing_is_left_by_workers_after(suite: Any, how: str) -> None:
    suite.write({"tests/test_inner.py": WORKERS[how]})
    ran = suite.run("-n", "2", *WORKERS_ARGUMENTS.get(how, ()))

    assert ran.code != 0, ran.out
    _is_gone(suite)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "workers"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["INT", "TERM", "KILL"])
def test_nothing_is_left_when_a_signal_ends_pytest(
    suite: Any, until: Callable[..., Any], number: signal.Signals, workers: tuple[str, ...]
) -> None:
    child = _begun(suite, until, workers)
    if number is signal.SIGINT:
        os.killpg(child.pid, number)  # as a terminal does
    else:
        child.send_signal(number)
    child.wait(LONGEST)

    _is_gone(suite)


def test_nothing_is_left_when_ci_cancels_the_job(suite: Any, until: Callable[..., Any]) -> None:
    child = _begun(suite, until, ("-n", "2"))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):  # to every process of the job, as runners do
        os.killpg(child.pid, number)
        time.sleep(0.5)
    child.wait(LONGEST)

    _is_gone(suite)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["INT", "KILL"])
def test_nothing_is_left_when_it_ends_while_the_environment_starts(
    suite: Any, until: Callable[..., Any], number: signal.Signals
) -> None:
    suite.write({"tests/test_inner.py": WAITING})
    child = suite.start()
    until(suite.containers, "container")
    child.send_signal(number)
    child.wait(LONGEST)

    _is_gone(suite)


def _begun(suite: Any, until: Callable[..., Any], arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    ready = Path(suite.folder / "ready")
    ready.unlink(missing_ok=True)
    suite.write({"tests/test_inner.py": WAITING})
    child: subprocess.Popen[bytes] = suite.start(*arguments)
    until(lambda: ready.exists() or child.poll() is not None, "test")
    assert child.poll() is None, suite.out
    return child


def _is_gone(suite: Any) -> None:
    """Within ten seconds."""
    deadline = time.monotonic() + LONGEST
    while (left := suite.left()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == set()
