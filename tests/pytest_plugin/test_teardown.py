"""However a session ends, nothing of it is left: each case is a real process."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.pytest_plugin.conftest import on
from tests.world.commands import Running

PATIENCE = 30  # seconds for pytest to exit
ENVIRONMENTS = {
    "envs/slow.yaml": "name: slow\nneeds: {cache: redis}\njobs: {wait: {command: sleep 60, service: cache}}\n",
}

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
    "the first failure": """
        def test_it(localenv_test): assert False
        def test_never(localenv_test): pass
    """,
    "as many failures as may be": """
        def test_it(localenv_test): assert False
        def test_another(localenv_test): assert False
        def test_never(localenv_test): pass
    """,
    "the debugger is quit": "def test_it(localenv_test): assert False",
    "a timeout by signal": """
        import pytest, time
        @pytest.mark.timeout(1, method="signal", func_only=True)
        def test_it(localenv_test): time.sleep(60)
    """,
    "a timeout by thread": """
        import pytest, time
        @pytest.mark.timeout(1, method="thread", func_only=True)
        def test_it(localenv_test): time.sleep(60)
    """,
    "a timeout by signal while it starts": """
        import pytest
        @pytest.mark.timeout(2, method="signal")
        @pytest.mark.localenv(env="slow")
        def test_it(localenv_test): pass
    """,
    "a timeout by thread while it starts": """
        import pytest
        @pytest.mark.timeout(2, method="thread")
        @pytest.mark.localenv(env="slow")
        def test_it(localenv_test): pass
    """,
    "an end without a word": "import os\ndef test_it(localenv_test): os._exit(1)",
    "a crash of the interpreter": "import os, signal\ndef test_it(localenv_test): os.kill(os.getpid(), signal.SIGSEGV)",
}
ON_COMPOSE_TOO = ("all goes well", "a crash of the interpreter")
USUAL = {
    *("all goes well", "a setup that fails", "an interrupt during a setup", "pytest.exit", "the first failure"),
    *(
        "a timeout by signal while it starts",
        "a timeout by thread",
        "an end without a word",
        "a crash of the interpreter",
    ),
    *("a worker that crashes", "every worker gives up"),
}  # what differs in who ends what; the rest is for the full catalogue
ARGUMENTS = {
    "the first failure": ("-x",),
    "as many failures as may be": ("--maxfail=2",),
    "the debugger is quit": ("--pdb",),
}
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
    """,
    "a worker that crashes": """
        import os, signal
        def test_one(localenv_test): os.kill(os.getpid(), signal.SIGSEGV)
        def test_two(localenv_test): pass
    """,
    "a worker that ends while it starts": """
        import os, pathlib, pytest, threading, time
        def end():
            while not [*pathlib.Path(os.environ["XDG_STATE_HOME"]).glob("localenv/[!.]*/state.json")]:
                time.sleep(0.05)
            os._exit(1)
        threading.Thread(target=end, daemon=True).start()
        @pytest.mark.localenv(env="slow")
        def test_one(localenv_test): pass
    """,
    "a timeout by thread": """
        import pytest, time
        @pytest.mark.timeout(1, method="thread", func_only=True)
        def test_one(localenv_test): time.sleep(60)
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
STARTING = """
    import pytest
    @pytest.mark.localenv(env="slow")
    def test_it(localenv_test): pass
"""
INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL


def usual(names: Iterable[str]) -> list[Any]:
    return [pytest.param(one, marks=() if one in USUAL else pytest.mark.full) for one in names]


@pytest.fixture(scope="module")
def suite(with_cache: Callable[..., Any]) -> Any:
    return with_cache(ENVIRONMENTS)


@pytest.mark.parametrize("how", usual(SUITES))
def test_nothing_is_left_after(suite: Any, how: str) -> None:
    _ends(suite, how)

    assert suite.left() == set()


@on("compose")
@pytest.mark.parametrize("how", ON_COMPOSE_TOO)
def test_nothing_is_left_on_compose_after(suite: Any, how: str) -> None:
    _ends(suite, how)

    assert suite.left() == set()


@pytest.mark.parametrize("how", usual(WORKERS))
def test_nothing_is_left_by_workers_after(suite: Any, how: str) -> None:
    suite.write({"tests/test_inner.py": WORKERS[how]})
    ran = suite.run("-p", "pytest_timeout", "-n", "2", *WORKERS_ARGUMENTS.get(how, ()))

    assert ran.code != 0, ran.out
    assert suite.left() == set()


@pytest.mark.parametrize("number", [pytest.param(TERM, marks=pytest.mark.full), KILL], ids=["TERM", "KILL"])
@on(compose=pytest.mark.full)
def test_nothing_is_left_when_a_signal_ends_pytest(
    suite: Any, until: Callable[..., Any], number: signal.Signals
) -> None:
    child = _begun(suite, until)
    child.signal(number)
    child.wait(PATIENCE)

    assert suite.left() == set()


@pytest.mark.parametrize("number", [TERM, pytest.param(KILL, marks=pytest.mark.full)], ids=["TERM", "KILL"])
def test_nothing_is_left_when_a_signal_ends_the_controller_of_workers(
    suite: Any, until: Callable[..., Any], number: signal.Signals
) -> None:
    child = _begun(suite, until, "-n", "2")
    child.signal(number)
    child.wait(PATIENCE)

    assert suite.left() == set()


@pytest.mark.parametrize(
    ("workers", "send"),
    [
        pytest.param((), os.kill, id="itself-alone"),
        pytest.param((), os.killpg, id="all-alone", marks=pytest.mark.full),
        pytest.param(("-n", "2"), os.kill, id="itself-workers", marks=pytest.mark.full),
        pytest.param(("-n", "2"), os.killpg, id="all-workers", marks=pytest.mark.full),  # as CI begins
    ],
)
def test_nothing_is_left_when_pytest_is_interrupted(
    suite: Any, until: Callable[..., Any], send: Callable[[int, int], None], workers: tuple[str, ...]
) -> None:
    child = _begun(suite, until, *workers)
    send(child.pid, INT)  # as a program does, and as a terminal does
    child.wait(PATIENCE)

    assert suite.left() == set()


@on(compose=pytest.mark.full)
def test_nothing_is_left_when_ci_cancels_the_job(suite: Any, until: Callable[..., Any]) -> None:
    child = _begun(suite, until, "-n", "2")
    for number in (INT, TERM, KILL):  # to every process of the job, like a CI runner
        with suppress(ProcessLookupError):  # all have exited
            os.killpg(child.pid, number)
        time.sleep(0.3)
    child.wait(PATIENCE)

    assert suite.left() == set()


@pytest.mark.parametrize("number", [INT, pytest.param(TERM, marks=pytest.mark.full), KILL], ids=["INT", "TERM", "KILL"])
@on(compose=pytest.mark.full)
def test_nothing_is_left_when_it_ends_while_the_environment_starts(
    suite: Any, until: Callable[..., Any], number: signal.Signals
) -> None:
    suite.write({"tests/test_inner.py": STARTING})
    child = suite.start()
    until(lambda: suite.instances() or child.code is not None, "need")
    assert child.code is None, child.text
    child.signal(number)
    child.wait(PATIENCE)

    assert suite.left() == set()


def _ends(suite: Any, how: str) -> None:
    suite.write({"tests/test_inner.py": SUITES[how]})
    ran = suite.run("-p", "pytest_timeout", *ARGUMENTS.get(how, ()))
    assert ran.code == CODES.get(how, 1), ran.out


def _begun(suite: Any, until: Callable[..., Any], *arguments: str) -> Running:
    ready = Path(suite.folder / "ready")
    ready.unlink(missing_ok=True)
    suite.write({"tests/test_inner.py": WAITING})
    child: Running = suite.start(*arguments)
    until(lambda: ready.exists() or child.code is not None, "test")
    assert child.code is None, child.text
    return child
