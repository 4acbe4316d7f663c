"""The packs of stubs that come with localenv, before anything runs."""

import pytest

from localenv import paths
from localenv.stack import StubSource
from localenv.stubs import sources
from localenv.stubs.sources import pack
from tests.stubs.folders import folders


def test_a_pack_that_is_none_is_named_with_those_there_are():
    [problem] = sources.check(StubSource(kind="pack", value="payments"))
    assert problem.message == "unknown pack 'payments'"
    assert problem.hint == f"available: {', '.join(pack.names())}"
    assert {"metadata", "openai", "otlp", "sentry"} <= {*pack.names()}
    [problem] = sources.check(StubSource(kind="pack", value="opnai"))
    assert problem.hint == "did you mean 'openai'?"


@pytest.mark.parametrize("name", pack.names())
def test_a_pack_is_a_root_of_wiremock_without_mistakes(name):
    root = paths.packs() / name
    [source] = folders(root)

    assert sources.check(source) == []
    assert f"pack: {name}" in (root / "README.md").read_text()
    assert all(one.mapping.get("name") for one in sources.mappings(source))
