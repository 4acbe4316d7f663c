"""A client of a need that waits for a server that does not answer: the user is told; else the client speaks alone."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from localenv.cli import connect
from localenv.environment.handle import Environment
from localenv.environment.up import probes
from localenv.environment.up.probes import Unready
from localenv.stack import Need, Port, Role, Service, Stack


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            Unready(text="no answer within 1 s", is_silent=True),
            "waiting for db, which does not answer; Ctrl-C ends this",
        ),
        (Unready(text="the database system is starting up"), ""),
        (None, ""),
    ],
    ids=["silent", "refusing", "answering"],
)
def test_only_a_need_that_does_not_answer_is_waited_for(monkeypatch, tmp_path, answer, told):
    asked: list[str] = []

    def ask(engine: Any, deployment: Any, service: Service) -> Unready | None:
        asked.append(service.name)
        return cast(Unready | None, answer)

    monkeypatch.setattr(probes, "ask", ask)
    stack = Stack(
        name="shop",
        env="local",
        folder=tmp_path,
        services={"db": Service(name="db", role=Role.NEED, port=Port(name="db", target=5432))},
        needs={"db": Need(name="db", kind="postgres", version="17", user="u")},
    )
    found = cast(Environment, SimpleNamespace(stack=stack, engine=None, deployment=None))

    assert connect._silence(found, "db") == told
    assert asked == ["db"]
