"""What a test sees of a service that does not answer, and of a need that it may not break."""

from types import SimpleNamespace

import httpx
import pytest

from localenv.environment.overrides import need_faults
from localenv.errors import UsageError
from localenv.pytest_plugin import upstreams
from localenv.pytest_plugin.client import client
from localenv.pytest_plugin.needs import NeedFixture


def test_a_refused_connection_is_shown_without_the_frames_of_the_client():
    def refuse(request):
        raise httpx.ConnectError("refused") from OSError("inner")

    scope = SimpleNamespace(broken=False, answered=[], traceparent=lambda: "00-1-2-01")
    scope.now = scope
    opened = client("api", "http://api", scope, {"transport": httpx.MockTransport(refuse)})  # type: ignore[arg-type]
    with opened, pytest.raises(httpx.ConnectError) as raised:
        opened.get("/")

    assert scope.broken
    assert raised.value.__suppress_context__
    assert raised.traceback[-1].name == "send"


def test_an_unknown_failure_is_a_mistake_of_the_test():
    running = SimpleNamespace(environment=SimpleNamespace(stack=SimpleNamespace(faults={})))
    upstream = upstreams.UpstreamFixture(name="shop", running=running, scope=SimpleNamespace())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="did you mean slow=3s"):
        upstream._fault(["slwo=3s"])


@pytest.mark.parametrize(
    ("words", "is_shared", "is_refused"),
    [("stop", False, True), ("disconnect", False, True), ("refuse", False, False), ("refuse", True, True)],
)
def test_what_breaks_a_server_that_workers_share_is_refused(monkeypatch, words, is_shared, is_refused):
    def check_own(name):
        raise UsageError("other workers use it")

    added = []
    monkeypatch.setattr(need_faults, "check", lambda *_: SimpleNamespace(kind=words))
    monkeypatch.setattr(need_faults, "add", lambda *args, **_: added.append(args[2]))
    environment = SimpleNamespace(stack=SimpleNamespace(needs={"db.w1": SimpleNamespace(kind="postgres")}))
    running = SimpleNamespace(
        environment=environment, own=lambda name, _: f"{name}.w1", is_shared=is_shared, check_own=check_own, worker=1
    )
    scope = SimpleNamespace(name="test", interfered=False, undo=SimpleNamespace(callback=lambda *_: None))
    need = NeedFixture(name="db", running=running, scope=scope)  # type: ignore[arg-type]

    try:
        need.fails(words)
    except UsageError:
        assert is_refused
    assert added == ([] if is_refused else [(words,)])
