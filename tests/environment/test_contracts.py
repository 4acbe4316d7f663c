"""Mappings that nothing asked for, by the journal of a running environment."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from localenv.environment import contracts, stubbing
from localenv.stack import StubSource, Upstream
from localenv.stubs import layers


def test_an_interaction_is_unused_if_none_of_its_mappings_has_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interaction(name: str) -> dict[str, object]:
        request = {"method": "GET", "path": f"/{name}"}
        return {"description": name, "request": request, "response": {}, "providerStates": [{"name": "some"}]}

    pact = {
        "consumer": {"name": "web"},
        "provider": {"name": "shop"},
        "interactions": [interaction("asked"), interaction("idle")],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    (tmp_path / "pact.json").write_text(json.dumps(pact, indent=1))
    source = StubSource(kind="pact", value=tmp_path / "pact.json")
    shop = Upstream(name="shop", server="s", sources=(source,))
    stubs = layers.mappings(shop)
    [hit, _] = [one for one in stubs if "asked" in one["name"]]
    events = [("shop", {"stubMapping": {"id": hit["id"]}})]
    admin = SimpleNamespace(latest=lambda: events, stubs=lambda *_: stubs)
    monkeypatch.setattr(stubbing, "chosen", lambda *_: [shop])
    monkeypatch.setattr(contracts, "_admins", lambda *_: [_opened(admin)])

    found = [*contracts.unused(SimpleNamespace(stack=None), [])]  # type: ignore[arg-type]

    assert len(stubs) == 4
    assert [one.message for one in found] == ["shop: “idle (given some)” answered no request"]


def _opened(admin: SimpleNamespace) -> SimpleNamespace:
    class Opened(SimpleNamespace):
        def __enter__(self) -> None:
            return None

        def __exit__(self, *_: object) -> None:
            return None

    return Opened(**vars(admin))
