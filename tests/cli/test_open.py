"""The address of a service that has exited is printed with a warning."""

from types import SimpleNamespace

from localenv.cli import open as opening
from localenv.environment import deaths


def test_a_service_that_has_exited_is_named(monkeypatch, capsys):
    stack = SimpleNamespace(needs={})
    found = SimpleNamespace(stack=stack, url=lambda name: "http://127.0.0.1:1", engine=None, deployment=None)
    monkeypatch.setattr(opening, "attach", lambda request: found)
    monkeypatch.setattr(deaths, "deaths", lambda engine, deployment: {"api": "exited (exit code 7)"})

    for service in ("api", "web"):
        opening.command([service], only_print=True)

    out, err = capsys.readouterr()
    assert out == "http://127.0.0.1:1\n" * 2
    assert " ".join(err.split()) == "warning: api exited (exit code 7); see its last lines: localenv status"
