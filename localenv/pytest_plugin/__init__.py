"""The pytest plugin: a running environment as a fixture; imports nothing of localenv until a test uses it."""

import os
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from localenv.pytest_plugin.settings import OPTIONS

if TYPE_CHECKING:
    from localenv.pytest_plugin.facade import Facade
    from localenv.pytest_plugin.session import Session

_FIXTURE, _GIVEN = "localenv", "localenv_settings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register every setting as a command-line option and an ini option."""
    group = parser.getgroup("localenv", "an environment for the tests")
    for option in OPTIONS:
        more: dict[str, Any] = {"choices": option.choices} if option.choices else {}
        more |= {"metavar": option.metavar} if option.metavar else {}
        more |= {} if option.choices or option.metavar else {"action": "store_true"}
        group.addoption(option.flag, dest=option.key, default=None, help=option.help, **more)
        parser.addini(option.key, option.help, default="")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "flags(NAME=[VALUE, ...]): run a test of localenv for each state of feature flags, and each combination",
    )
    config.addinivalue_line(
        "markers",
        "faults(UPSTREAM, ..., kinds=, method=, path=): run a test of localenv for each way in which an upstream fails",
    )
    config.addinivalue_line(
        "markers",
        "localenv(env=, reset=, isolation=, unmatched=, contract=, engine=): the environment a test runs in, whether"
        " its data is put back afterwards, and what else differs from the session's settings",
    )


@pytest.fixture(scope="session")
def localenv_settings() -> Mapping[str, Any]:
    """Settings of this session that go before all others: override it and return `{"env": "ci"}`."""
    return {}


@pytest.fixture(scope="session")
def localenv(request: pytest.FixtureRequest, localenv_settings: Mapping[str, Any]) -> "Facade":
    """The running environment: `.url("api")`, `.client("api")`, `.upstream("payments")`, `.need("db")`, `.logs("api")`.

    What is changed through it stays until the session ends; what a fixture of a class or module changes goes with that.
    """
    return _session(request.config).fixture(localenv_settings, request.config.stash.get(_ITEM, None))


@pytest.fixture
def localenv_test(request: pytest.FixtureRequest, localenv: "Facade") -> "Facade":
    """The same for one test: what is changed through it is undone afterwards."""
    return _session(request.config).test_fixture(request.node)


@pytest.fixture(autouse=True)  # a marker cannot add a fixture to its test
def _localenv_flags(request: pytest.FixtureRequest) -> None:
    """Set the flags of a test's marker."""
    if hasattr(request, "param"):
        request.getfixturevalue("localenv_test").flags.set(request.param)


@pytest.fixture(autouse=True)
def _localenv_faults(request: pytest.FixtureRequest) -> None:
    """Make an upstream or a need fail as a test's marker says."""
    if hasattr(request, "param"):
        about, test = request.param, request.getfixturevalue("localenv_test")
        if about["upstream"] in test.environment.stack.needs:
            test.need(about["upstream"]).fails(about["kind"])
        else:
            upstream = test.upstream(about["upstream"])
            upstream.request(about.get("method", "ANY"), about.get("path", "")).fails(about["kind"])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test for each state that its marker names."""
    if any(metafunc.definition.get_closest_marker(name) for name in ("flags", "faults")):
        from localenv.pytest_plugin import matrices

        matrices.parametrize(metafunc)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: "pytest.FixtureDef[Any]", request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Bind changes made through `localenv` in a fixture for several tests to the lifetime of that fixture."""
    if fixturedef.argname == _FIXTURE:
        try:
            return (yield)
        except pytest.fail.Exception as failed:
            # pytest would repeat the failure; the session knows what to try again
            fixturedef.finish(request)  # type: ignore[arg-type]  # a SubRequest, which pytest does not export
            raise _short(failed) from None
    is_known = _SESSION in request.config.stash or _FIXTURE in request.fixturenames
    if fixturedef.scope == "function" or fixturedef.argname == _GIVEN or not is_known:
        return (yield)
    with _session(request.config).holding(fixturedef):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Assign requests to this test from now on."""
    item.config.stash[_ITEM] = item
    if _uses(item):
        try:
            _session(item.config).begin(item)
        except pytest.fail.Exception as failed:
            raise _short(failed) from None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the test if one of its requests was unmatched."""
    try:
        result = yield
    except Exception as error:
        if _uses(item):
            _session(item.config).add(item, error)
        raise
    if _uses(item):
        _session(item.config).check(item)
    return result


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """After the fixtures: undo changes, reset the data, and check for unmatched requests since the call."""
    try:
        return (yield)
    finally:
        if _uses(item):
            _session(item.config).end(item)
        item.config.stash[_ITEM] = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the diagnosis to the report of a failed test."""
    if call.excinfo and _uses(item) and not item.config.getoption("fulltrace", False):
        from localenv.pytest_plugin import reports

        reports.shorten(call.excinfo)
    report = yield
    if _uses(item):
        _session(item.config).explain(item, report)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_keyboard_interrupt(excinfo: pytest.ExceptionInfo[BaseException]) -> None:
    """Start removing the environments, while interrupted workers have ten seconds to exit."""
    for config in _CONTROLLERS:
        _finish(config, failed=True)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """After the workers have exited: remove the environments, or keep them."""
    try:
        return (yield)
    finally:
        _finish(session.config, failed=session.testsfailed > 0)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Clean up if the end of the session was interrupted."""
    _finish(config, failed=True)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Report what happened to the environments."""
    lines = config.stash.get(_LINES, [])
    if lines:
        terminalreporter.section("localenv")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist which process owns the environments."""
    if node.config not in _CONTROLLERS:
        _CONTROLLERS.append(node.config)
    node.workerinput["localenv_owner"] = os.getpid()


_SESSION = pytest.StashKey["Session"]()
_ITEM = pytest.StashKey[pytest.Item | None]()  # the running test
_LINES = pytest.StashKey[list[str]]()
_CONTROLLERS: list[pytest.Config] = []  # those with workers, in this process
_FINISHED = pytest.StashKey[bool]()


def _session(config: pytest.Config) -> "Session":
    if _SESSION not in config.stash:
        from localenv.pytest_plugin.session import Session

        config.stash[_SESSION] = Session(config)
    return config.stash[_SESSION]


def _short(failed: Any) -> BaseException:
    """A failure without Python's stack: one that has a stack is a time limit that ended an import of localenv."""
    text = f"localenv: the environment was still starting: {failed}"
    found: BaseException = pytest.fail.Exception(text, pytrace=False) if failed.pytrace else failed
    return found


def _uses(item: pytest.Item) -> bool:
    """Whether a test uses a fixture, or has requested it at run time."""
    if _FIXTURE in getattr(item, "fixturenames", ()):
        return True
    return _SESSION in item.config.stash and item.config.stash[_SESSION].has(item)


def _finish(config: pytest.Config, *, failed: bool) -> None:
    if config.stash.get(_FINISHED, False):
        return
    config.stash[_FINISHED] = True
    try:
        if _SESSION in config.stash:
            config.stash[_SESSION].close()
    finally:
        is_owner = not hasattr(config, "workerinput") and (_SESSION in config.stash or config in _CONTROLLERS)
        if is_owner:
            from localenv.pytest_plugin import sharing

            if sharing.exists(os.getpid()):
                from localenv.pytest_plugin import ending

                config.stash[_LINES] = ending.finish(config, failed=failed)
