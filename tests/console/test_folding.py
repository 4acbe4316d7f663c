"""Sentences on a narrow terminal are folded at spaces."""

import io
import os
from types import SimpleNamespace

import pytest

from localenv.console import overrides
from localenv.console.calls import shown
from localenv.console.failures import failure
from localenv.console.folding import folded
from localenv.errors import LocalenvError
from localenv.stubs.calls import Call


class Terminal(io.StringIO):
    """A terminal of 40 columns."""

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((40, 20)))


def test_an_error_and_its_hint_are_folded_below_themselves():
    error = LocalenvError("api: requirements.txt is not in the build context", hint="try " + "x" * 50 + " instead")

    assert failure(error, Terminal()).splitlines() == [
        "error: api: requirements.txt is not in",
        "       the build context",
        "hint: try",
        f"      {'x' * 50}",
        "      instead",
    ]
    assert len(failure(error, io.StringIO()).splitlines()) == 2


def test_a_command_to_paste_stays_on_one_line():
    text = "keep everything up, then: localenv logs api --follow --since 10m"

    assert folded(text, Terminal(), indent=2).splitlines()[-1] == "  localenv logs api --follow --since 10m"
    assert folded("a `b c d` " * 6, Terminal(), indent=0).count("`b c d`") == 6


def test_what_fits_stays_as_it_is():
    assert folded("two  spaces", Terminal(), indent=4) == "two  spaces"


def test_an_override_is_folded_below_its_subject():
    override = SimpleNamespace(
        id="75a586", subject="payments", title="status=503", times=None, ending="added by command"
    )

    assert overrides.shown(override, Terminal(), indent=2).splitlines() == [
        "  75a586  payments: status=503 (added by",
        "          command)",
    ]


def test_a_url_that_is_longer_than_the_terminal_loses_its_middle_there_and_stays_whole_elsewhere():
    url = f"/customers/{'8f14e45f' * 8}/loyalty"
    call = Call(
        id="",
        headers={},
        body=b"",
        matched=False,
        upstream="payments",
        method="GET",
        url=url,
        status=404,
        time=0,
        nearest="GET /a",
        differences=(f"URL {url}, the stub expects /a",),
    )

    narrow_lines, (first, _, last) = shown(call, Terminal()).splitlines(), shown(call, io.StringIO()).splitlines()

    assert max(map(len, narrow_lines)) <= 40, narrow_lines
    assert narrow_lines[1].startswith("  GET /")
    assert narrow_lines[1].endswith("…loyalty → 404 (no stub matched)"[-24:])
    assert narrow_lines[-2].endswith("/loyalty,")
    assert url in first
    assert url in last
