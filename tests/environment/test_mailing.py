"""A mail server that does not answer keeps no command waiting in silence."""

import socket
from queue import Queue
from types import SimpleNamespace
from typing import Any, cast

import pytest

from localenv.environment import mailing
from localenv.errors import LocalenvError
from localenv.host import waiting


def test_a_mail_server_that_is_stopped_is_named(monkeypatch):
    said: Queue[str] = Queue()
    monkeypatch.setattr(waiting, "SILENT", 0)
    monkeypatch.setattr(waiting, "_listeners", [said.put])
    monkeypatch.setattr(mailing, "_PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as stopped:  # accepts, and never reads
        url = f"http://127.0.0.1:{stopped.getsockname()[1]}"
        resolution = SimpleNamespace(connection=lambda name, reader: SimpleNamespace(url=url))
        needs = {"mail": SimpleNamespace(kind=mailing.KIND)}
        found: Any = SimpleNamespace(
            stack=SimpleNamespace(needs=needs), deployment=SimpleNamespace(resolution=resolution)
        )
        with pytest.raises(LocalenvError, match="the mail server does not answer: no complete headers within"):
            mailing.mails(cast(Any, found))

    assert said.get(timeout=10) == "waiting for the mail server, which does not answer; Ctrl-C ends this"
