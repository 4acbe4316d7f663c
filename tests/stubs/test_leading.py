"""URLs in stubs may lead only to the environment, and to hosts that the user allows."""

import json
from pathlib import Path
from typing import Any

import pytest

from localenv.errors import DescriptionError
from localenv.stack import StubSource, Upstream
from localenv.stubs import leading

KNOWN = ("api", "payments", "allowed.example", "127.0.0.1:9000")


def upstream(root: Path, *mappings: Any) -> Upstream:
    (root / "mappings").mkdir(parents=True, exist_ok=True)
    (root / "mappings/a.json").write_text(json.dumps({"mappings": list(mappings)}))
    return Upstream(name="pay", server="localenv.stubs", sources=(StubSource(kind="stubs", value=root),))


def proxy(url: str) -> dict[str, Any]:
    return {"request": {"url": "/"}, "response": {"proxyBaseUrl": url}}


def hook(url: str, key: str = "serveEventListeners") -> dict[str, Any]:
    called = {"name": "webhook", "parameters": {"method": "POST", "url": url}}
    return {"request": {"url": "/"}, "response": {}, key: [called]}


ELSEWHERE = [
    "http://169.254.169.254/latest/meta-data",
    "http://127.0.0.1:22",
    "http://localhost:2375/containers/json",
    "http://api@evil.example/",
    "http://api:8000@evil.example/",
    "http://{{request.query.host}}/",
    "https://allowed.example.evil.example",
    "http://[::1]:80",
    "file:///etc/passwd",
    "//evil.example",
]


@pytest.mark.parametrize("url", ELSEWHERE)
@pytest.mark.parametrize("make", [proxy, hook, lambda url: hook(url, "postServeActions")])
def test_a_stub_that_leads_elsewhere_is_refused_with_its_place(tmp_path: Path, make: Any, url: str) -> None:
    with pytest.raises(DescriptionError, match="neither this environment's nor allowed") as raised:
        leading.looked_at(upstream(tmp_path, make(url)), KNOWN)

    assert "a.json:1:" in str(raised.value)
    assert "hosts: [" in str(raised.value)


def test_a_key_in_disguise_is_the_same_key(tmp_path: Path) -> None:
    found = upstream(tmp_path, proxy("http://evil.example"))
    file = tmp_path / "mappings/a.json"
    file.write_text(file.read_text().replace("proxyBaseUrl", "proxy\\u0042aseUrl"))

    with pytest.raises(DescriptionError):
        leading.looked_at(found, KNOWN)


def test_the_environments_own_and_what_the_user_allows_is_reached_and_what_proxies_is_known(tmp_path: Path) -> None:
    own = [proxy("http://api:8000/v1"), proxy("https://allowed.example"), hook("http://payments/{{request.path}}")]

    found = leading.looked_at(upstream(tmp_path, *own, proxy("http://127.0.0.1:9000")), KNOWN)

    assert set(found.proxies) == {"api:8000", "allowed.example:443", "127.0.0.1:9000"}


def test_stubs_that_lead_nowhere_are_not_read_for_it(tmp_path: Path) -> None:
    found = upstream(tmp_path, {"request": {"url": "/"}, "response": {"status": 200}})

    assert leading.looked_at(found, ()) == found


def test_a_reference_leads_to_what_it_names(tmp_path: Path) -> None:
    found = leading.looked_at(upstream(tmp_path, proxy("${api.url}"), hook("http://${api.address}/hook")), KNOWN)
    assert found.proxies == ("api:80",)
    for wrong in ("${other.url}/x", "${env.URL}", "http://${api.password}", "${api.url", "${api.host}.evil.example"):
        with pytest.raises(DescriptionError, match="neither this environment's nor allowed"):
            leading.looked_at(upstream(tmp_path, hook(wrong)), KNOWN)


def test_every_url_of_a_mapping_is_resolved_and_nothing_else(tmp_path: Path) -> None:
    old = {"webhook": {"method": "GET", "url": "http://api:8000"}}
    mapping = {**hook("http://api:8000/a"), "response": {"proxyBaseUrl": "http://api:8000", "body": "http://api:8000"}}
    found = leading.resolved({**mapping, "postServeActions": old}, lambda url: url.replace("api:8000", "127.0.0.1:1"))
    assert found["response"] == {"proxyBaseUrl": "http://127.0.0.1:1", "body": "http://api:8000"}
    assert found["serveEventListeners"][0]["parameters"]["url"] == "http://127.0.0.1:1/a"
    assert found["postServeActions"]["webhook"]["url"] == "http://127.0.0.1:1"
    assert old["webhook"]["url"] == "http://api:8000"
