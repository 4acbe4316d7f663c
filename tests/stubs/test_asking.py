"""A stub server that does not answer is waited for a limited time, and the user is told."""

import socket
from threading import Event

import pytest

from localenv.errors import LocalenvError
from localenv.host import waiting
from localenv.stubs.asking import Asking


def test_a_server_that_is_stopped_keeps_nobody_waiting_in_silence(monkeypatch):
    said: list[str] = []
    heard = Event()
    monkeypatch.setattr(waiting, "SILENT", 0)
    monkeypatch.setattr(waiting, "announce", lambda text: (said.append(text), heard.set()))
    with socket.create_server(("127.0.0.1", 0)) as stopped:  # accepts, and never reads
        asking = Asking(port=stopped.getsockname()[1], password="s3cret", patience=0.05)
        with pytest.raises(LocalenvError, match="the stub server does not answer: timed out"):
            asking.ask("GET", "/mappings")
        asking.close()

    assert heard.wait(10)
    assert said == ["waiting for the stub server, which does not answer; Ctrl-C ends this"]
