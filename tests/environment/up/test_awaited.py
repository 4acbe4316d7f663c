"""What is waited for without the progress of a start is named, with the reason, once that takes long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from localenv.environment.up import awaited, probing
from localenv.stack import Probe, ProbeKind, Role, Service


def test_the_message_names_what_is_not_ready_yet_and_why(monkeypatch):
    messages: list[Callable[[], str]] = []
    said: list[str] = []

    @contextmanager
    def announced(message: Callable[[], str]) -> Iterator[None]:
        messages.append(message)
        yield

    def wait(
        engine: Any, deployment: Any, services: Any, deadline: float, ready: Any, *, report: Any, **_: Any
    ) -> None:
        said.append(messages[0]())
        report("api", "GET /health returned 503", False)
        ready("db", 1.0)
        said.append(messages[0]())
        ready("api", 2.0)
        said.append(messages[0]())

    monkeypatch.setattr(awaited, "announced", announced)
    monkeypatch.setattr(probing, "wait", wait)
    probe = Probe(kind=ProbeKind.HTTP)
    services = [Service(name=name, role=Role.SERVICE, probe=probe) for name in ("api", "db")]

    awaited.wait(cast(Any, None), cast(Any, None), services, 60.0)

    assert said == [
        "waiting for api, db; Ctrl-C ends this",
        "waiting for api (GET /health returned 503); Ctrl-C ends this",
        "",
    ]
