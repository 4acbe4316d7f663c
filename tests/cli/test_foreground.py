"""Stubs that change while an environment is in the foreground."""

import json
from types import SimpleNamespace

import pytest

from localenv.cli.foreground import _Stubs
from localenv.stack import Upstream
from localenv.stubs import sources
from tests.stubs.folders import folders


@pytest.fixture
def stubs(tmp_path):
    """A root of stubs, what was put into the server, and what was said."""
    root = tmp_path / "payments"
    (root / "mappings").mkdir(parents=True)
    known = folders(root)
    upstream = Upstream(name="payments", server="s", sources=known, digest=sources.digest(known))
    put, said = [], []
    found = SimpleNamespace(stack=SimpleNamespace(upstreams={"payments": upstream}), reload=put.append)
    teller = SimpleNamespace(
        reloaded=lambda name, took: said.append(f"{name} reloaded"),
        refused=lambda name, error: said.append(error.message),
    )
    return SimpleNamespace(root=root, put=put, said=said, reload=lambda: _Stubs(found, teller).reload("payments"))


def write(root, **request):
    text = json.dumps({"request": request, "response": {"status": 200}})
    (root / "mappings/a.json").write_text(text)


def test_a_saved_stub_is_put_into_the_server(stubs):
    write(stubs.root, method="GET", urlPath="/a")
    stubs.reload()

    assert (stubs.put, stubs.said) == (["payments"], ["payments reloaded"])


def test_a_mistake_keeps_the_old_stubs_and_is_shown_at_its_place(stubs):
    write(stubs.root, method="GET", url="/a", urlPath="/b")
    stubs.reload()

    assert stubs.put == []
    assert "payments/mappings/a.json:1:" in stubs.said[0]


def test_a_save_that_changes_nothing_is_passed_over(stubs):
    stubs.reload()

    assert (stubs.put, stubs.said) == ([], [])
