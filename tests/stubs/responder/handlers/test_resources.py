"""What was created at a stateful upstream is there to get, list, change and delete, until a version is come back to."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from localenv.pytest_plugin.scope import Scope
from localenv.pytest_plugin.settings import SessionSettings
from localenv.stack import StubSource
from localenv.stubs import sources
from localenv.stubs.responder.handlers.resources import FILE, FIRST, handler
from localenv.stubs.responder.values import Handler, MalformedRequest, ResponderAnswer, ResponderRequest
from localenv.stubs.vocabulary import HOST, OBSERVED
from tests.stubs.sources.openapi.conftest import written

ORDER = {
    "type": "object",
    "required": ["id", "sku"],
    "properties": {
        "id": {"type": "string", "pattern": "^ord_[0-9]{4}$"},
        "sku": {"type": "string"},
        "state": {"const": "open"},
    },
}
NEW = {"type": "object", "properties": {"sku": {"type": "string"}, "secret": {"type": "string"}}}
PAGE = {"type": "object", "properties": {"data": {"type": "array", "items": ORDER}, "total": {"type": "integer"}}}


def answering(status: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    content = {"content": {"application/json": {"schema": schema}}} if schema else {}
    return {status: {"description": "x", **content, **more}}


FIELDS = {
    "type": "object",
    "properties": {
        "email": {"type": "string", "maxLength": 512},
        "balance": {"type": "integer"},
        "live": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "integer"}},
        "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
        "pin": {"type": "string", "writeOnly": True},
        "plan": {"type": "string"},
    },
}
CUSTOMER = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "maxLength": 5000},
        **FIELDS["properties"],
        "email": {"type": "string", "maxLength": 5000},
        "plan": {"type": "string", "enum": ["free", "gold"]},
    },
}
FORM = {"requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": FIELDS}}}}
BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}}}
LOCATION = {"headers": {"Location": {"schema": {"type": "string"}}}}
MISSING = {"404": {"description": "no", "content": {"application/json": {"example": {"error": "no order"}}}}}
PATHS = {
    "/shops/{shop}/orders": {
        "post": {**BODY, "responses": answering("201", ORDER, **LOCATION)},
        "get": {"responses": answering("200", PAGE)},
    },
    "/shops/{shop}/orders/{order-id}": {
        "get": {"responses": answering("200", ORDER) | MISSING},
        "put": {**BODY, "responses": answering("200", ORDER)},
        "patch": {**BODY, "responses": answering("204")},
        "delete": {"responses": answering("204")},
    },
    "/reports": {"post": {"responses": answering("201", ORDER)}},
}


@pytest.fixture
def asked(tmp_path: Path) -> Handler:
    """The responder's handler with the resources of a contract."""
    source = StubSource(kind="openapi", value=written(tmp_path, PATHS), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    return handler(tmp_path)


def ask(
    found: Handler, method: str, path: str, body: Any = None, upstream: str = "shop", **headers: str
) -> tuple[int, Any]:
    content = b"" if body is None else json.dumps(body).encode()
    answer = found(ResponderRequest(upstream=upstream, method=method, path=path, headers=headers, body=content))
    return answer.status, json.loads(answer.body) if answer.body else None


ORDERS = "/http/shops/a/orders"


def test_tests_that_share_an_environment_see_what_was_there_and_what_each_has_created(asked: Handler) -> None:
    settings = SessionSettings(isolation="shared")
    one, other = (Scope(name=name, settings=settings).traceparent() for name in ("one", "other"))
    (_, first) = ask(asked, "POST", ORDERS, {"sku": "first"})

    def listed(trace: str = "") -> list[str]:
        return [order["sku"] for order in ask(asked, "GET", ORDERS, traceparent=trace)[1]["data"]]

    _, made = ask(asked, "POST", ORDERS, {"sku": "lamp"}, traceparent=one)
    ask(asked, "POST", ORDERS, {"sku": "sofa"}, traceparent=other)
    ask(asked, "DELETE", f"{ORDERS}/{first['id']}", traceparent=other)

    assert (listed(one), listed(other), listed()) == (["first", "lamp"], ["sofa"], ["first"])
    assert ask(asked, "GET", f"{ORDERS}/{made['id']}", traceparent=one)[0] == 200
    apart = Scope(name="one", settings=SessionSettings()).traceparent()
    assert listed(apart) == ["first"]  # it has the environment for itself


TAG = {
    "type": "object",
    "required": ["slug"],
    "properties": {
        "slug": {"type": "string"},
        "color": {"type": "string"},
        "page": {"type": "integer", "default": 7},
        "marks": {"type": "array", "items": {"type": "integer"}},
        "place": {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": ["string", "null"]}}},
    },
}
GIVEN = {"requestBody": {"content": {"application/json": {"schema": TAG}}}}
PATCHED = {"requestBody": {"content": {"application/merge-patch+json": {"schema": TAG}}}}
ASKING = {
    "parameters": [
        *({"name": name, "in": "query", "schema": {}} for name in ("color", "page", "q", "sort", "order", "mark")),
        {"name": "marks", "in": "query", "explode": False, "schema": {"type": "array", "items": {"type": "integer"}}},
    ]
}
TAGS = {
    "/tags": {
        "post": {**GIVEN, "responses": answering("201", TAG) | answering("409", {"const": "taken"})},
        "get": {**ASKING, "responses": answering("200", {"type": "array", "items": TAG})},
    },
    "/tags/{slug}": {
        "get": {"responses": answering("200", TAG)},
        "put": {**GIVEN, "responses": answering("200", TAG) | answering("201", TAG)},
        "patch": {**PATCHED, "responses": answering("200", TAG)},
    },
}


@pytest.fixture
def tags(tmp_path: Path) -> Handler:
    """The responder's handler with resources whose ids clients give."""
    source = StubSource(kind="openapi", value=written(tmp_path, TAGS), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    found = handler(tmp_path)
    for slug, color, marks in (("a", "red", [1, 2]), ("b", "blue", [2]), ("c", "red", [])):
        place = {"city": "Bern", "zip": "1"}
        ask(found, "POST", "/http/tags", {"slug": slug, "color": color, "place": place, "marks": marks})
    return found


def test_what_is_there_already_is_not_created_again(tags: Handler) -> None:
    assert ask(tags, "POST", "/http/tags", {"slug": "a", "color": "green"}) == (409, "taken")
    assert ask(tags, "GET", "/http/tags/a")[1]["color"] == "red"


def test_what_a_request_leaves_out_has_its_default(tags: Handler) -> None:
    assert ask(tags, "PUT", "/http/tags/a", {"slug": "a", "page": 3})[1]["page"] == 3
    assert ask(tags, "PATCH", "/http/tags/a", {"color": "red"})[1]["page"] == 3
    assert ask(tags, "POST", "/http/tags", {"slug": "e"})[1]["page"] == 7


def test_put_creates_what_is_not_there_where_the_contract_says_so(tags: Handler) -> None:
    assert [ask(tags, "PUT", "/http/tags/d", {"slug": "d", "color": one})[0] for one in ("red", "blue")] == [201, 200]
    assert ask(tags, "GET", "/http/tags/d")[1]["color"] == "blue"


def test_a_merge_patch_changes_the_parts_of_an_object(tags: Handler) -> None:
    kind = {"content-type": "application/merge-patch+json"}
    status, made = ask(tags, "PATCH", "/http/tags/a", {"place": {"zip": None}}, **kind)

    assert (status, made["color"], made["place"]) == (200, "red", {"city": "Bern"})


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("color=red", "ac"), ("color=red&color=blue", "abc"), ("color=green", ""), ("q=red", "ac"),
        ("q=BERN%20red", "ac"), ("q=color:red", "abc"), ("q=7", ""),
        ("marks=1", "a"), ("marks=1,2", "ab"), ("mark=2&color=blue", "b"), ("mark=2&mark=7", "ab"), ("mark=3", ""),
        ("sort=slug", "abc"), ("sort=-slug", "cba"), ("sort=color", "bac"), ("sort=color:desc", "acb"),
        ("sort=color&order=DESC&color=red", "ac"), ("sort=slug%20desc", "cba"), ("sort=nothing", "abc"),
    ],
)  # fmt: skip
def test_a_list_has_what_its_parameters_ask_for(tags: Handler, query: str, slugs: str) -> None:
    answer = tags(ResponderRequest(upstream="shop", method="GET", path="/http/tags", query=query, headers={}, body=b""))

    assert "".join(one["slug"] for one in json.loads(answer.body)) == slugs


SALE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "price": {"type": "number"},
        "created_at": {"type": "string", "format": "date-time"},
        "day": {"type": "string", "format": "date"},
        "note": {"type": "string"},
    },
}
BOUND = {"type": "object", "properties": {"gte": {"type": "string"}, "lt": {"type": "string"}}}
BOUNDS = [
    *({"name": name, "in": "query", "schema": {"type": "string"}} for name in (
        *("min_price", "priceMax", "price_gt", "price__lte", "created_after", "createdBefore", "to_day", "min_note"),
        "created_until",
    )),
    {"name": "price", "in": "query", "style": "deepObject", "schema": {"anyOf": [BOUND, {"type": "number"}]}},
    {"name": "created_at", "in": "query", "style": "deepObject", "schema": BOUND},
]  # fmt: skip


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Handler:
    """The responder's handler with a list that has bounds."""
    folder = tmp_path_factory.mktemp("sales")
    given = {"requestBody": {"content": {"application/json": {"schema": SALE}}}}
    many = {"get": {"parameters": BOUNDS, "responses": answering("200", {"type": "array", "items": SALE})}}
    one = {"get": {"responses": answering("200", SALE)}}
    paths = {"/sales": {**many, "post": {**given, "responses": answering("201", SALE)}}, "/sales/{id}": one}
    source = StubSource(kind="openapi", value=written(folder, paths), options={"stateful": True})
    (folder / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    found = handler(folder)
    for key, price, day in (("a", 5, "2026-01-30"), ("b", 10, "2026-01-31"), ("c", 20.5, "2026-02-01")):
        times = {"created_at": f"{day}T12:00:00Z", "day": day, "note": "n"}
        ask(found, "POST", "/http/sales", {"id": key, "price": price, **times})
    return found


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("min_price=10", "bc"), ("priceMax=10", "ab"), ("price_gt=10", "c"), ("price__lte=10.0", "ab"),
        ("min_price=6&priceMax=12", "b"), ("price[gte]=10&price[lt]=20", "b"), ("price=10", "b"),
        ("created_after=2026-01-31", "bc"), ("created_after=2026-01-31T12:00:00Z", "c"),
        ("createdBefore=2026-01-31T14:00:00%2B02:00", "a"), ("created_until=2026-01-31", "ab"),
        ("created_at[gte]=2026-01-31T12:00:00", "bc"), ("to_day=2026-01-31", "ab"), ("min_note=z", "abc"),
    ],
)  # fmt: skip
def test_a_list_has_what_is_within_the_bounds_that_are_asked_for(sales: Handler, query: str, keys: str) -> None:
    asked = ResponderRequest(upstream="shop", method="GET", path="/http/sales", query=query, headers={}, body=b"")

    assert "".join(one["id"] for one in json.loads(sales(asked).body)) == keys


@pytest.fixture
def rooms(tmp_path: Path) -> Handler:
    """The responder's handler with a collection in the items of another one, and requests that name no fields."""
    room = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer"}, "size": {"type": "integer"}},
    }
    anything = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
    made, shown = answering("201", room), answering("200", room)
    none = answering("404", {"const": "no such house"})
    paths = {
        "/houses": {"post": {**anything, "responses": made}},
        "/houses/{house}": {"get": {"responses": shown | none}},
        "/houses/{house}/rooms": {"post": {**anything, "responses": made | none}, "get": {"responses": shown}},
        "/houses/{house}/rooms/{id}": {"get": {"responses": shown}, "patch": {**anything, "responses": shown}},
        "/houses/{house}/rooms/{id}/paint": {"post": {"responses": shown}},
    }
    source = StubSource(kind="openapi", value=written(tmp_path, paths), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    assert "POST /houses/{house}/rooms/{id}/paint" in str(sources.warnings(source))
    return handler(tmp_path)


def test_a_collection_is_in_an_item_that_is_kept(rooms: Handler) -> None:
    assert ask(rooms, "POST", "/http/houses/1/rooms", {}) == (404, "no such house")
    ask(rooms, "POST", "/http/houses", {})
    assert ask(rooms, "POST", "/http/houses/1/rooms", {})[0] == 201
    assert ask(rooms, "GET", "/http/houses/2/rooms")[0] == 200  # that documents nothing else


def test_a_request_that_names_no_fields_changes_those_of_the_item(rooms: Handler) -> None:
    ask(rooms, "POST", "/http/houses", {})
    _, room = ask(rooms, "POST", "/http/houses/1/rooms", {"size": 8})
    assert room["size"] == 8
    changed, path = {**room, "size": 9}, f"/http/houses/1/rooms/{room['id']}"
    assert ask(rooms, "PATCH", path, {"size": 9, "other": 1, "id": 3})[1] == changed
    assert ask(rooms, "PATCH", path, {"size": "large"})[1] == changed


def test_a_new_item_has_not_ended(tmp_path: Path) -> None:
    ends = {
        "deletedAt": {"type": ["string", "null"], "format": "date-time"},
        "archived": {"type": "boolean"},
        "closed_on": {"type": "string", "format": "date"},
        "expired_at": {"type": "string", "format": "date-time"},
        "closedness": {"type": "string"},
    }
    task = {
        "type": "object",
        "required": ["id", "expired_at"],
        "properties": {"id": {"type": "integer"}, "note": {"type": "string"}, **ends},
    }
    body = {"requestBody": {"content": {"application/json": {"schema": {"properties": {"archived": {}, "note": {}}}}}}}
    paths = {
        "/tasks": {"post": {**body, "responses": answering("201", task)}},
        "/tasks/{id}": {
            "get": {"responses": answering("200", task)},
            "delete": {"responses": answering("200", task)},
        },
    }
    source = StubSource(kind="openapi", value=written(tmp_path, paths), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    found = handler(tmp_path)

    for given, archived in (({}, False), ({"archived": True}, True)):
        _, made = ask(found, "POST", "/http/tasks", given)
        assert made.keys() == {"id", "note", "deletedAt", "archived", "expired_at", "closedness"}
        assert (made["deletedAt"], made["archived"]) == (None, archived)
        assert ask(found, "GET", f"/http/tasks/{made['id']}") == (200, made)

    _, made = ask(found, "POST", "/http/tasks", {"note": "mine"})
    _, gone = ask(found, "DELETE", f"/http/tasks/{made['id']}")
    assert (gone["id"], gone["note"], gone["deletedAt"] is None) == (made["id"], "mine", False)


def test_a_comparison_with_the_real_server_changes_nothing_and_knows_the_ids_of_that(asked: Handler) -> None:
    _, kept = ask(asked, "POST", ORDERS, {"sku": "lamp"})

    def observed(status: int, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return ask(asked, method, path, body, **{OBSERVED.lower(): f"{status} c0ffee 1"})

    assert observed(201, "POST", ORDERS, {"sku": "sofa"})[0] == 201
    assert observed(200, "GET", f"{ORDERS}/id-of-the-real-one")[0] == 200
    assert observed(404, "GET", f"{ORDERS}/{kept['id']}")[0] == 404
    assert observed(204, "DELETE", f"{ORDERS}/id-of-the-real-one")[0] == 204
    assert observed(204, "DELETE", f"{ORDERS}/{kept['id']}")[0] == 204
    assert [one["sku"] for one in observed(200, "GET", ORDERS)[1]["data"]] == ["sofa"]
    assert ask(asked, "GET", ORDERS) == (200, {"data": [kept], "total": 1})


def test_a_resource_lives_from_its_creation_to_its_deletion(asked: Handler) -> None:
    status, made = ask(asked, "POST", ORDERS, {"sku": "lamp", "secret": "x"})
    assert (status, made["sku"], "secret" in made) == (201, "lamp", False)
    one = f"{ORDERS}/{made['id']}"

    assert ask(asked, "GET", one) == (200, made)
    assert ask(asked, "GET", ORDERS) == (200, {"data": [made], "total": 1})
    assert ask(asked, "PATCH", one, {"sku": "sofa"}) == (204, None)
    assert ask(asked, "GET", one) == (200, made | {"sku": "sofa"})
    assert ask(asked, "PUT", one, {"sku": "desk"}) == (200, made | {"sku": "desk"})
    assert ask(asked, "DELETE", one) == (204, None)
    assert ask(asked, "GET", one) == (404, {"error": "no order"})
    assert ask(asked, "DELETE", one)[0] == 404


def query(name: str, schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


NUMBER = {"type": "integer"}
MORE = {
    "has_more": {"type": "boolean"},
    "next_cursor": {"type": ["string", "null"]},
    "next": {"type": "string", "format": "uri"},
}
PAGES: dict[str, tuple[list[Any], dict[str, list[int]]]] = {
    "limit and offset": (
        [query("limit", {**NUMBER, "default": 2}), query("offset", NUMBER)],
        {"": [0, 1], "limit=3": [0, 1, 2], "limit=2&offset=3": [3, 4], "offset=9": [], "limit=0": []},
    ),
    "pages": (
        [query("per_page", NUMBER), query("page", {**NUMBER, "minimum": 1})],
        {"": [0, 1, 2, 3, 4], "per_page=2": [0, 1], "per_page=2&page=3": [4], "per_page=2&page=4": []},
    ),
    "pages from zero": (
        [query("pageSize", NUMBER), query("page", {**NUMBER, "default": 0})],
        {"pageSize=2&page=0": [0, 1], "pageSize=2&page=1": [2, 3]},
    ),
    "cursors": (
        [query("limit", NUMBER), query("starting_after", {"type": "string"})],
        {"limit=2": [0, 1], "limit=2&starting_after=ID1": [2, 3], "starting_after=ID3": [4],
         "starting_after=x": [0, 1, 2, 3, 4]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("is_plain", [True, False])
def test_a_list_is_answered_in_the_pages_that_the_contract_has(tmp_path: Path, name: str, is_plain: bool) -> None:
    parameters, pages = PAGES[name]
    page = {"type": "array", "items": ORDER} if is_plain else {**PAGE, "properties": {**PAGE["properties"], **MORE}}
    listing = {"parameters": parameters, "responses": answering("200", page)}
    paths = {
        "/orders": {"post": {**BODY, "responses": answering("201", ORDER)}, "get": listing},
        "/orders/{id}": {"get": {"responses": answering("200", ORDER)}},
    }
    source = StubSource(kind="openapi", value=written(tmp_path, paths), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    asked = handler(tmp_path)
    ids = [ask(asked, "POST", "/http/orders", {"sku": str(n)})[1]["id"] for n in range(5)]

    for text, numbers in pages.items():
        expected = text.replace("ID1", ids[1]).replace("ID3", ids[3])
        request = ResponderRequest(upstream="shop", method="GET", path="/http/orders", query=expected)
        found = json.loads(asked(request).body)
        assert [one["id"] for one in (found if is_plain else found["data"])] == [ids[n] for n in numbers], text
        if not is_plain:
            is_more = (bool(numbers) and numbers[-1] < 4) or text == "limit=0"
            assert (found["total"], found["has_more"]) == (5, is_more)
            assert ("next" in found) == is_more  # left out on the last page
            if name == "cursors":
                assert found["next_cursor"] == (ids[numbers[-1]] if is_more else None)


TEXT = {"type": "string"}
URL = {"type": ["string", "null"], "format": "uri"}
LISTS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "pages": (
        [query("page_size", {**NUMBER, "default": 2}), query("page", NUMBER)],
        {"count": NUMBER, "next": URL, "previous": URL, "results": {"type": "array", "items": ORDER}},
    ),
    "offsets, in links": (
        [query("limit", {**NUMBER, "default": 2}), query("offset", NUMBER)],
        {
            "data": {"type": "array", "items": ORDER},
            "_links": {"type": "object", "properties": {"next": {"type": "object", "properties": {"href": TEXT}}}},
            "meta": {"type": "object", "properties": {"total": NUMBER, "pages": NUMBER}},
        },
    ),
    "cursors": (
        [query("limit", {**NUMBER, "default": 2}), query("cursor", TEXT)],
        {"items": {"type": "array", "items": ORDER}, "next_page_url": TEXT},
    ),
    "a header": ([query("per_page", {**NUMBER, "default": 2}), query("page", NUMBER)], {}),
}


def _next(name: str, answer: ResponderAnswer) -> str | None:
    found = json.loads(answer.body)
    if name == "a header":
        assert answer.headers["X-Total-Pages"] == "3"
        return next(iter(re.findall(r'<([^>]*)>; rel="next"', answer.headers["Link"])), None)
    if name == "offsets, in links":
        assert (found["meta"]["total"], found["meta"]["pages"]) == (5, 3)
        return found["_links"].get("next", {}).get("href")
    return found.get("next", found.get("next_page_url"))


@pytest.mark.parametrize("name", LISTS)
def test_the_url_of_the_next_page_leads_through_the_whole_list(tmp_path: Path, name: str) -> None:
    parameters, properties = LISTS[name]
    page = {"type": "object", "required": [*properties][:3], "properties": properties}
    link = {"headers": {"Link": {"schema": TEXT}, "X-Total-Pages": {"schema": NUMBER}}}
    schema = page if properties else {"type": "array", "items": ORDER}
    more = {} if properties else link
    paths = {
        "/orders": {
            "post": {**BODY, "responses": answering("201", ORDER)},
            "get": {"parameters": parameters, "responses": answering("200", schema, **more)},
        },
        "/orders/{id}": {"get": {"responses": answering("200", ORDER)}},
    }
    source = StubSource(kind="openapi", value=written(tmp_path, paths), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    asked = handler(tmp_path)
    ids = [ask(asked, "POST", "/http/orders", {"sku": str(n)})[1]["id"] for n in range(5)]

    read: list[str] = []
    url: str | None = "http://127.0.0.1:80/orders?q=a%20b"
    while url and len(read) < 9:
        assert url.startswith("http://127.0.0.1:80/orders?q=a")
        sent = {"query": url.partition("?")[2], "headers": {HOST.lower(): "127.0.0.1:80"}}
        answer = asked(ResponderRequest(upstream="shop", method="GET", path="/http/orders", **sent))
        found = json.loads(answer.body)
        read += [one["id"] for one in (found if isinstance(found, list) else next(filter(_is_list, found.values())))]
        url = _next(name, answer)

    assert read == ids


def test_the_pages_beyond_the_last_one_are_empty_and_lead_back_to_it(tmp_path: Path) -> None:
    page = {"type": "object", "properties": {"items": {"type": "array", "items": ORDER}, "self": URL, "previous": URL}}
    parameters = [query(name, NUMBER) for name in ("per_page", "page")] + [query("after", TEXT)]
    paths = {
        "/orders": {
            "post": {**BODY, "responses": answering("201", ORDER)},
            "get": {"parameters": parameters, "responses": answering("200", page)},
        },
        "/orders/{id}": {"get": {"responses": answering("200", ORDER)}},
    }
    source = StubSource(kind="openapi", value=written(tmp_path, paths), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    asked = handler(tmp_path)
    for number in range(3):
        ask(asked, "POST", "/http/orders", {"sku": str(number)})

    answer = asked(ResponderRequest(upstream="shop", method="GET", path="/http/orders", query="per_page=2&page=9"))

    urls = {"self": "/orders?per_page=2&page=9", "previous": "/orders?per_page=2&page=2"}
    assert json.loads(answer.body) == {"items": [], **urls}


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def test_a_form_creates_and_changes_what_is_kept_with_values_of_the_contracts_types(tmp_path: Path) -> None:
    posted = {"post": {**FORM, "responses": answering("200", CUSTOMER)}}
    deleted = {"type": "object", "properties": {"id": {"type": "string"}}}
    paths = {
        "/customers": posted,
        "/customers/{customer}": {
            **posted,
            "get": {"responses": answering("200", {"anyOf": [CUSTOMER, deleted]})},
            "delete": {"responses": answering("200", deleted)},
        },
        "/invoices": posted,
        "/invoices/{invoice}": {"post": {"responses": answering("200", PAGE)}, "get": posted["post"]},
    }
    source = StubSource(kind="openapi", value=written(tmp_path, paths), options={"stateful": True})
    (tmp_path / FILE).write_text(json.dumps({"shop": list(sources.resources(source))}))
    asked = handler(tmp_path)

    def post(path: str, body: bytes) -> Any:
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        request = ResponderRequest(upstream="shop", method="POST", path=path, headers=headers, body=body)
        return json.loads(asked(request).body)

    kept = {one["path"]: {*one["operations"]} for one in sources.resources(source)}
    assert kept == {"/customers": {"create", "change", "get", "delete"}, "/invoices": {"create", "get"}}
    made = post(
        "/http/customers",
        b"email=a%40b.example&balance=-5&live=true&tags[]=1&tags[]=2&metadata[order]=7&metadata[x+y]=z&other=1"
        b"&metadata[at][0][day]=5&metadata[at][0][hour]=6&metadata[at][1][day]=7&pin=1234&plan=gold",
    )
    at = [{"day": "5", "hour": "6"}, {"day": "7"}]
    text = {"plan": "gold", "email": "a@b.example", "metadata": {"order": "7", "x y": "z", "at": at}}
    assert made == {"id": made["id"], "balance": -5, "live": True, "tags": [1, 2], **text}
    one = f"/http/customers/{made['id']}"
    assert post("/http/customers", b"")["id"][-9:-8] == made["id"][-9:-8] == "-"
    assert ask(asked, "GET", one) == (200, made)
    assert post(one, b"balance=12&tags[0]=3&plan=none") == made | {"balance": 12, "tags": [3]}
    assert ask(asked, "GET", one) == (200, made | {"balance": 12, "tags": [3]})
    assert ask(asked, "DELETE", one) == (200, {"id": made["id"]})


def test_collections_and_upstreams_are_kept_apart(asked: Handler, tmp_path: Path) -> None:
    plans = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**plans, "shop.gw1": plans["shop"]}))
    ask(asked, "POST", ORDERS, {"sku": "lamp"})

    assert ask(asked, "GET", "/http/shops/b/orders") == (200, {"data": [], "total": 0})
    assert ask(asked, "GET", ORDERS, upstream="shop.gw1") == (200, {"data": [], "total": 0})


def test_every_id_is_new_and_valid(asked: Handler) -> None:
    made = [ask(asked, "POST", ORDERS, {"sku": "lamp"})[1]["id"] for _ in range(20)]

    assert len(set(made)) == 20
    assert all(one.startswith("ord_") and len(one) == 8 for one in made)


def test_a_version_can_be_come_back_to(asked: Handler) -> None:
    assert ask(asked, "GET", "/state") == (200, {"state": FIRST})
    _, made = ask(asked, "POST", ORDERS, {"sku": "lamp"})
    _, before = ask(asked, "GET", "/state")
    ask(asked, "DELETE", f"{ORDERS}/{made['id']}")
    ask(asked, "POST", ORDERS, {"sku": "sofa"})

    assert ask(asked, "PUT", "/state", before) == (200, before)
    assert ask(asked, "GET", ORDERS) == (200, {"data": [made], "total": 1})
    ask(asked, "PUT", "/state", {"state": FIRST})
    assert ask(asked, "GET", ORDERS)[1]["data"] == []


def test_only_paths_with_items_are_resources(tmp_path: Path) -> None:
    file = written(tmp_path, PATHS)
    kept, plain = (StubSource(kind="openapi", value=file, options=one) for one in ({"stateful": True}, {}))

    def proxied(source: StubSource, key: str = "proxyBaseUrl") -> set[str]:
        return {one.about["operation"] for one in sources.mappings(source) if key in one.mapping["response"]}

    assert [one["path"] for one in sources.resources(kept)] == ["/shops/{shop}/orders"]
    assert {one.partition(" ")[0] for one in proxied(kept)} == {"GET", "POST", "PUT", "PATCH", "DELETE"}
    assert not any("/reports" in one for one in proxied(kept))
    templated = proxied(kept) & proxied(kept, "transformers")  # WireMock fills in none for two parts of one name
    assert {one.partition(" ")[0] for one in templated} == {"GET"}
    assert proxied(plain) == set()
    assert sources.resources(plain) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"\xff", b"1" * 5000])
def test_a_version_that_cannot_be_read_is_malformed(asked: Handler, body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        asked(ResponderRequest(upstream="shop", method="PUT", path="/state", body=body))


def test_half_of_a_surrogate_pair_comes_back_as_it_was_sent(asked: Handler) -> None:
    path = "/http/shops/7/orders"
    answer = asked(ResponderRequest(upstream="shop", method="POST", path=path, body=b'{"sku": "\\ud800"}'))
    assert (answer.status, json.loads(answer.body)["sku"]) == (201, "\ud800")
