"""What is kept in the forms that contracts have: in an envelope, made by PUT, changed by a JSON patch, with an ETag."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from localenv.stack import StubSource
from localenv.stubs import sources
from localenv.stubs.responder.handlers.resources import FILE, handler
from localenv.stubs.responder.values import Handler, ResponderAnswer, ResponderRequest
from tests.stubs.sources.openapi.conftest import written

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def shaped(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required or [], "properties": properties}


def listed(schema: Any) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def answering(status: str, schema: Any = None, kind: str = "application/json", **headers: Any) -> dict[str, Any]:
    content = {"content": {kind: {"schema": schema}}} if schema else {}
    named = {"headers": {name: {"schema": one} for name, one in headers.items()}} if headers else {}
    return {status: {"description": "x", **content, **named}}


def taking(schema: Any, kind: str = "application/json") -> dict[str, Any]:
    return {"requestBody": {"content": {kind: {"schema": schema}}}}


def serving(folder: Path, paths: dict[str, Any]) -> Handler:
    source = StubSource(kind="openapi", value=written(folder, paths), options={"stateful": True})
    (folder / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    return handler(folder)


def send(found: Handler, method: str, path: str, body: Any = None, **headers: str) -> ResponderAnswer:
    content = b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return found(ResponderRequest(upstream="shop", method=method, path=f"/http{path}", headers=named, body=content))


def ask(found: Handler, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    answer = send(found, method, path, body, **headers)
    return answer.status, json.loads(answer.body) if answer.body else None


API = "application/vnd.api+json"
ATTRIBUTES = shaped(["title", "stars"], title=TEXT, stars=NUMBER)
ARTICLE = shaped(["type", "id", "attributes"], type={"const": "articles"}, id=TEXT, attributes=ATTRIBUTES)
SENT = shaped(["type"], type={"const": "articles"}, attributes=shaped(title=TEXT, stars=NUMBER))
ONE, GIVEN = shaped(["data"], data=ARTICLE), taking(shaped(["data"], data=SENT), API)


@pytest.fixture
def articles(tmp_path: Path) -> Handler:
    """Articles as JSON:API has them."""
    paths = {
        "/articles": {
            "post": {**GIVEN, "responses": answering("201", ONE, API)},
            "get": {"responses": answering("200", shaped(data=listed(ARTICLE)), API)},
        },
        "/articles/{articleId}": {
            "get": {"responses": answering("200", ONE, API)},
            "patch": {**GIVEN, "responses": answering("200", ONE, API)},
            "delete": {"responses": answering("204")},
        },
    }
    return serving(tmp_path, paths)


def article(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "articles", "attributes": attributes}}


def test_an_item_in_an_envelope_lives_from_its_creation_to_its_deletion(articles: Handler) -> None:
    status, made = ask(articles, "POST", "/articles", article(title="a", stars=3))
    one = f"/articles/{made['data']['id']}"

    assert (status, made["data"]["attributes"]) == (201, {"title": "a", "stars": 3})
    assert ask(articles, "GET", one) == (200, made)
    assert ask(articles, "GET", "/articles") == (200, {"data": [made["data"]]})
    _, changed = ask(articles, "PATCH", one, article(title="b"), content_type=API)
    assert changed["data"] == made["data"] | {"attributes": {"title": "b", "stars": 3}}
    assert ask(articles, "DELETE", one) == (204, None)
    assert ask(articles, "GET", one)[0] == 404


def test_a_request_without_the_envelope_of_its_answer_is_kept(tmp_path: Path) -> None:
    droplet = shaped(["id", "name"], id=NUMBER, name=TEXT)
    whole, links = shaped(["droplet"], droplet=droplet, links=shaped(self=TEXT)), shaped(self=TEXT)
    page = shaped(["droplets"], links=links, droplets=listed(droplet), meta=shaped(total=NUMBER))
    asked = serving(
        tmp_path,
        {
            "/droplets": {
                "post": {**taking(shaped(name=TEXT)), "responses": answering("202", whole)},
                "get": {"responses": answering("200", page)},
            },
            "/droplets/{droplet_id}": {"get": {"responses": answering("200", whole)}},
        },
    )

    status, made = ask(asked, "POST", "/droplets", {"name": "web"})
    assert (status, made["droplet"]) == (202, {"id": 1, "name": "web"})
    assert ask(asked, "GET", "/droplets/1")[1]["droplet"] == made["droplet"]
    assert ask(asked, "GET", "/droplets")[1]["droplets"] == [made["droplet"]]


def test_items_are_listed_where_a_list_has_them(tmp_path: Path) -> None:
    order = shaped(["id"], id=TEXT, sku=TEXT)
    page = shaped(["_embedded"], _links=shaped(self=TEXT), _embedded=shaped(["orders"], orders=listed(order)))
    posted = {"post": {**taking(order), "responses": answering("201", order)}}
    shown = {"get": {"responses": answering("200", order)}}
    listing = {"get": {"responses": answering("200", page, "application/hal+json")}}
    asked = serving(tmp_path, {"/orders": {**posted, **listing}, "/orders/{id}": shown})

    _, made = ask(asked, "POST", "/orders", {"sku": "lamp"})
    assert ask(asked, "GET", "/orders")[1]["_embedded"] == {"orders": [made]}


def test_put_creates_where_nothing_else_does(tmp_path: Path) -> None:
    flag = shaped(["key"], key=TEXT, on={"type": "boolean"})
    put = {**taking(shaped(on={"type": "boolean"})), "responses": answering("200", flag) | answering("201", flag)}
    one = {"get": {"responses": answering("200", flag)}, "put": put, "delete": {"responses": answering("204")}}
    plain = {"get": one["get"], "put": {**put, "responses": answering("200", flag)}}
    asked = serving(tmp_path, {"/flags/{key}": one, "/names/{key}": plain})

    assert ask(asked, "GET", "/flags/new")[0] == 404
    assert ask(asked, "PUT", "/flags/new", {"on": True}) == (201, {"key": "new", "on": True})
    assert ask(asked, "PUT", "/flags/new", {"on": False}) == (200, {"key": "new", "on": False})
    assert ask(asked, "GET", "/flags/new") == (200, {"key": "new", "on": False})
    assert ask(asked, "DELETE", "/flags/new")[0] == 204
    assert ask(asked, "GET", "/names/a")[1]["error"] == "GET /http/names/a is not a resource"  # WireMock answers


POST = shaped(["id"], id=NUMBER, userId=NUMBER, title=TEXT, tags=listed(TEXT), at={**TEXT, "readOnly": True})


@pytest.fixture
def posts(tmp_path: Path) -> Handler:
    """The posts of users, with an ETag, changed by JSON patches."""
    patch = {**taking(listed(shaped()), "application/json-patch+json"), "responses": answering("200", POST)}
    get = {"responses": answering("200", POST, ETag=TEXT) | answering("304")}
    put = {**taking(POST), "responses": answering("200", POST, ETag=TEXT) | answering("412", {"const": "stale"})}
    paths = {
        "/users/{userId}/posts": {"post": {**taking(POST), "responses": answering("201", POST)}},
        "/users/{userId}/posts/{postId}": {"get": get, "patch": patch, "put": put},
    }
    return serving(tmp_path, paths)


def test_an_item_has_the_parameters_of_its_collections_path(posts: Handler) -> None:
    assert ask(posts, "POST", "/users/7/posts", {"title": "a", "userId": 3})[1]["userId"] == 7
    assert ask(posts, "GET", "/users/7/posts/1")[1]["userId"] == 7
    assert ask(posts, "GET", "/users/8/posts/1")[0] == 404


PATCHES: Mapping[str, tuple[list[Any], int, dict[str, Any]]] = {
    "replace": ([{"op": "replace", "path": "/title", "value": "b"}], 200, {"title": "b"}),
    "add to a list": ([{"op": "add", "path": "/tags/-", "value": "z"}], 200, {"tags": ["x", "y", "z"]}),
    "insert": ([{"op": "add", "path": "/tags/0", "value": "z"}], 200, {"tags": ["z", "x", "y"]}),
    "remove": ([{"op": "remove", "path": "/tags/1"}], 200, {"tags": ["x"]}),
    "move": ([{"op": "move", "from": "/tags/0", "path": "/title"}], 200, {"title": "x", "tags": ["y"]}),
    "copy": ([{"op": "copy", "from": "/tags/0", "path": "/title"}], 200, {"title": "x"}),
    "a test that holds": (
        [{"op": "test", "path": "/title", "value": "a"}, {"op": "replace", "path": "/title", "value": "c"}],
        200,
        {"title": "c"},
    ),
    "a test that fails": ([{"op": "test", "path": "/title", "value": "b"}], 409, {}),
    "a place that is not there": ([{"op": "remove", "path": "/tags/9"}], 409, {}),
    "another type": ([{"op": "replace", "path": "/title", "value": 7}], 409, {}),
    "a field that the service sets": ([{"op": "add", "path": "/at", "value": "now"}], 409, {}),
    "one without what is required": ([{"op": "remove", "path": "/id"}], 409, {}),
}


@pytest.mark.parametrize("name", PATCHES)
def test_a_json_patch_changes_the_item_or_is_refused(posts: Handler, name: str) -> None:
    operations, status, changed = PATCHES[name]
    _, made = ask(posts, "POST", "/users/7/posts", {"title": "a", "tags": ["x", "y"]})
    answer = ask(posts, "PATCH", "/users/7/posts/1", operations, content_type="application/json-patch+json")

    assert answer[0] == status
    assert ask(posts, "GET", "/users/7/posts/1")[1] == made | changed


def test_an_etag_changes_with_the_item_and_is_compared(posts: Handler) -> None:
    ask(posts, "POST", "/users/7/posts", {"title": "a"})
    tag = send(posts, "GET", "/users/7/posts/1").headers["ETag"]

    assert send(posts, "GET", "/users/7/posts/1").headers["ETag"] == tag
    assert ask(posts, "GET", "/users/7/posts/1", if_none_match=tag) == (304, None)
    changed = send(posts, "PUT", "/users/7/posts/1", {"title": "b"}, if_match=tag)
    assert (changed.status, changed.headers["ETag"] != tag) == (200, True)
    assert ask(posts, "PUT", "/users/7/posts/1", {"title": "c"}, if_match=tag) == (412, "stale")
    assert ask(posts, "GET", "/users/7/posts/1", if_none_match=tag)[1]["title"] == "b"
