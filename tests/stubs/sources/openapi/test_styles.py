"""A real WireMock answers requests in every form that a contract knows, and a judge agrees with it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from localenv.stack import StubSource, Upstream
from localenv.stubs import layers, sources
from localenv.stubs.admin import Admin
from localenv.stubs.recognition import MARK
from localenv.stubs.sources.kind import Exchange, Judge

CONTRACT = Path(__file__).with_name("styles.yaml")

Case = tuple[str, str, dict[str, Any], int]  # method, URL, options of httpx, status

CASES: Mapping[str, tuple[Case, ...]] = {  # by the first segment of the path
    "deep": (
        ("GET", "/deep?filter[status]=open", {}, 200),
        ("GET", "/deep?filter%5Bstatus%5D=done&filter%5Bpage%5D=2", {}, 200),
        ("GET", "/deep", {}, 400),
        ("GET", "/deep?filter[status]=no", {}, 400),
        ("GET", "/deep?filter[page]=1", {}, 400),
        ("GET", "/deep?filter[status]=open&filter[page]=0", {}, 400),
        ("GET", "/deep?filter[status]=open&filter[page]=x", {}, 400),
        ("GET", "/deep?filter[status]=open&filter[range][from]=2026-01-31", {}, 200),
        ("GET", "/deep?filter[status]=open&filter[range][from]=yesterday", {}, 400),
    ),
    "deepopt": (
        ("GET", "/deepopt", {}, 200),
        ("GET", "/deepopt?filter[page]=1", {}, 400),
        ("GET", "/deepopt?filter[tags]=a", {}, 400),
        ("GET", "/deepopt?filter[status]=done&filter[tags]=a", {}, 200),
        ("GET", "/deepopt?filter[status]=done", {}, 200),
        ("GET", "/deepopt?filter[status]=x", {}, 400),
    ),
    "deepany": (
        ("GET", "/deepany", {}, 400),
        ("GET", "/deepany?f[a]=1", {}, 200),
        ("GET", "/deepany?f[b]=x", {}, 400),
    ),
    "obj": (
        ("GET", "/obj?status=open", {}, 200),
        ("GET", "/obj", {}, 400),
        ("GET", "/obj?status=no", {}, 400),
        ("GET", "/obj?status=open&page=x", {}, 400),
    ),
    "objflat": (
        ("GET", "/objflat?color=R,1,G,2", {}, 200),
        ("GET", "/objflat", {}, 400),
    ),
    "content": (
        ("GET", '/content?q={"a":1}', {}, 200),
        ("GET", "/content?q=%7B%22a%22%3A1%7D", {}, 200),
        ("GET", '/content?q={"a":"x"}', {}, 400),
        ("GET", "/content?q={}", {}, 400),
        ("GET", "/content?q=nonsense", {}, 400),
        ("GET", "/content", {}, 400),
    ),
    "contentstr": (
        ("GET", "/contentstr?q=[1,2]", {}, 200),
        ("GET", '/contentstr?q=["x"]', {}, 400),
    ),
    "space": (
        ("GET", "/space?ids=1%202%203", {}, 200),
        ("GET", "/space?ids=1+2", {}, 200),
        ("GET", "/space?ids=1%202%203%204", {}, 400),
        ("GET", "/space?ids=1%20x", {}, 400),
        ("GET", "/space?ids=1,2", {}, 400),
        ("GET", "/space?ids=", {}, 400),
    ),
    "pipe": (
        ("GET", "/pipe?ids=a|b", {}, 200),
        ("GET", "/pipe?ids=a%7Cb", {}, 200),
        ("GET", "/pipe?ids=a|c", {}, 400),
        ("GET", "/pipe?ids=a|a", {}, 400),
        ("GET", "/pipe?ids=a", {}, 200),
        ("GET", "/pipe?ids=", {}, 400),
    ),
    "csv": (
        ("GET", "/csv?ids=1,2", {}, 200),
        ("GET", "/csv?ids=", {}, 400),
        ("GET", "/csv?ids=1", {}, 400),
        ("GET", "/csv?ids=1,2,3,4", {}, 400),
        ("GET", "/csv?ids=1%2C2", {}, 200),
    ),
    "multi": (
        ("GET", "/multi?ids=1&ids=2", {}, 200),
        ("GET", "/multi?ids=1", {}, 400),
        ("GET", "/multi?ids=1&ids=2&ids=3&ids=4", {}, 400),
        ("GET", "/multi?ids=1&ids=x", {}, 400),
        ("GET", "/multi", {}, 400),
    ),
    "multistr": (
        ("GET", "/multistr", {}, 200),
        ("GET", "/multistr?tags=abc&tags=de", {}, 200),
        ("GET", "/multistr?tags=abc&tags=DE", {}, 400),
        ("GET", "/multistr?tags=abcdef", {}, 400),
    ),
    "choice": (
        ("GET", "/choice?q=5", {}, 200),
        ("GET", "/choice?q=all", {}, 200),
        ("GET", "/choice?q=some", {}, 400),
    ),
    "anyarr": (
        ("GET", "/anyarr?q=5", {}, 200),
        ("GET", "/anyarr?q=5&q=6", {}, 200),
    ),
    "ref": (
        ("GET", "/ref?q=1&q=2", {}, 200),
        ("GET", "/ref?q=x", {}, 400),
    ),
    "brackets": (
        ("GET", "/brackets?page[size]=3", {}, 200),
        ("GET", "/brackets?page%5Bsize%5D=3&ids%5B%5D=1&ids[]=2&%24top=5", {}, 200),
        ("GET", "/brackets?page[size]=x", {}, 400),
        ("GET", "/brackets?page[size]=1&ids[]=x", {}, 400),
        ("GET", "/brackets?page[size]=1&$top=x", {}, 400),
        ("GET", "/brackets", {}, 400),
    ),
    "empty": (
        ("GET", "/empty?flag=", {}, 200),
        ("GET", "/empty?flag", {}, 200),
        ("GET", "/empty?flag=true", {}, 200),
        ("GET", "/empty?flag=1", {}, 400),
    ),
    "nullable": (
        ("GET", "/nullable?n=1", {}, 200),
        ("GET", "/nullable?n=0", {}, 400),
        ("GET", "/nullable?n=null", {}, 200),
        ("GET", "/nullable", {}, 200),
    ),
    "num": (
        ("GET", "/num?n=19.99", {}, 200),
        ("GET", "/num?n=0.07", {}, 200),
        ("GET", "/num?n=0.005", {}, 400),
        ("GET", "/num?n=0", {}, 400),
        ("GET", "/num?m=15", {}, 200),
        ("GET", "/num?m=16", {}, 400),
        ("GET", "/num?m=105", {}, 400),
    ),
    "bool": (
        ("GET", "/bool?b=true", {}, 200),
        ("GET", "/bool?b=TRUE", {}, 400),
        ("GET", "/bool?b=1", {}, 400),
    ),
    "cookie": (
        ("GET", "/cookie", {"headers": {"Cookie": "session=s1"}}, 200),
        ("GET", "/cookie", {}, 400),
        ("GET", "/cookie", {"headers": {"Cookie": "session=x"}}, 400),
        ("GET", "/cookie", {"headers": {"Cookie": "session=s1; n=4"}}, 200),
        ("GET", "/cookie", {"headers": {"Cookie": "session=s1; n=x"}}, 400),
    ),
    "hdr": (
        (
            "GET",
            "/hdr",
            {"headers": {"X-Req": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "X-Ids": "1,2", "X-Obj": "a,1"}},
            200,
        ),
        ("GET", "/hdr", {"headers": {"X-Req": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "X-Ids": "1,x"}}, 400),
        ("GET", "/hdr", {"headers": {"X-Req": "no"}}, 400),
        ("GET", "/hdr", {}, 400),
    ),
    "lab": (
        ("GET", "/lab/.5", {}, 200),
        ("GET", "/lab/5", {}, 400),
    ),
    "mat": (
        ("GET", "/mat/;id=5", {}, 200),
        ("GET", "/mat/;id=x", {}, 400),
    ),
    "arr": (
        ("GET", "/arr/1,2", {}, 200),
        ("GET", "/arr/1,x", {}, 400),
    ),
    "name": (
        ("GET", "/name/ADA%20L", {}, 200),
        ("GET", "/name/ada", {}, 400),
        ("GET", "/name/%41DA", {}, 200),
    ),
    "f": (
        ("GET", "/f/a.b.json", {}, 200),
        ("GET", "/f/a.txt", {}, 400),
    ),
    "p": (
        ("GET", "/p/1?v=1", {}, 200),
        ("GET", "/p/1?v=x", {}, 400),
        ("POST", "/p/1?v=x", {}, 200),
        ("POST", "/p/1", {}, 400),
        ("GET", "/p/x?v=1", {}, 400),
    ),
    "accept": (
        ("GET", "/accept", {}, 200),
        ("GET", "/accept", {"headers": {"Accept": "application/xml"}}, 200),
        (
            "GET",
            "/accept",
            {"headers": {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}},
            200,
        ),
        ("GET", "/accept", {"headers": {"Accept": "application/json, text/plain, */*"}}, 200),
        ("GET", "/accept", {"headers": {"Accept": "application/json;q=0.5, text/plain"}}, 200),
        ("GET", "/accept", {"headers": {"Accept": "text/csv, text/plain"}}, 200),
        ("GET", "/accept", {"headers": {"Accept": "text/plain"}}, 200),
        ("GET", "/accept", {"headers": {"Accept": "text/plain;q=0, application/json"}}, 200),
        ("GET", "/accept", {"headers": {"Accept": "*/*"}}, 200),
        ("GET", "/accept", {"headers": {"Accept": "image/png"}}, 406),
        ("GET", "/accept", {"headers": {"Accept": "text/*"}}, 200),
    ),
    "text": (("GET", "/text", {}, 200),),
    "textint": (("GET", "/textint", {}, 200),),
    "bin": (("GET", "/bin", {}, 200),),
    "png": (("GET", "/png", {}, 200),),
    "xml": (("GET", "/xml", {}, 200),),
    "problem": (
        ("GET", "/problem", {}, 400),
        ("GET", "/problem?a=1", {}, 200),
        ("GET", "/problem?a=1", {"headers": {"Prefer": "code=503"}}, 503),
    ),
    "def": (("GET", "/def", {}, 400),),
    "2xx": (
        ("GET", "/2xx", {}, 200),
        ("GET", "/2xx", {"headers": {"Prefer": "code=404"}}, 404),
    ),
    "head": (
        ("HEAD", "/head", {}, 200),
        ("OPTIONS", "/head", {}, 204),
    ),
    "disc": (
        ("POST", "/disc", {"json": {"kind": "cat", "lives": 9}}, 200),
        ("POST", "/disc", {"json": {"kind": "dog", "name": "x"}}, 200),
        ("POST", "/disc", {"json": {"kind": "cow"}}, 400),
        ("POST", "/disc", {"json": {"kind": "cat", "lives": "x"}}, 400),
        ("POST", "/disc", {"json": {"kind": "dog", "lives": "x"}}, 200),
        ("POST", "/disc", {"json": {}}, 400),
    ),
    "base": (
        ("POST", "/base", {"json": {"type": "car", "doors": 4}}, 200),
        ("POST", "/base", {"json": {"type": "car"}}, 400),
        ("POST", "/base", {"json": {"type": "bike", "gears": 4}}, 200),
        ("POST", "/base", {"json": {"type": "plane"}}, 400),
    ),
    "const": (
        ("POST", "/const", {"json": {"v": 3}}, 200),
        ("POST", "/const", {"json": {"v": 4}}, 400),
        ("POST", "/const", {"json": {"v": 3, "t": None, "p": ["a", 1]}}, 200),
        ("POST", "/const", {"json": {"v": 3, "p": ["a", 1, 2]}}, 400),
        ("POST", "/const", {"json": {"v": 3, "p": [1]}}, 400),
        ("POST", "/const", {"json": {"v": 3, "d": {"k": 0}}}, 400),
        ("POST", "/const", {"json": {"v": 3, "x": 1}}, 400),
    ),
    "ro": (
        ("POST", "/ro", {"json": {"name": "a", "password": "b"}}, 201),
        ("POST", "/ro", {"json": {"name": "a"}}, 400),
        ("POST", "/ro", {"json": {"name": "a", "password": "b", "nick": None}}, 201),
    ),
    "allof": (
        ("POST", "/allof", {"json": {"a": 3}}, 201),
        ("POST", "/allof", {"json": {"a": 2}}, 400),
        ("POST", "/allof", {"json": {"a": 3, "c": "x"}}, 400),
    ),
    "uneval": (
        ("POST", "/uneval", {"json": {"a": 1, "b": "x"}}, 200),
        ("POST", "/uneval", {"json": {"a": 1, "z": "x"}}, 400),
    ),
    "limits": (
        ("POST", "/limits", {"json": {"n": 19.99}}, 200),
        ("POST", "/limits", {"json": {"n": 0.07}}, 200),
        ("POST", "/limits", {"json": {"n": 0.001}}, 400),
        ("POST", "/limits", {"json": {"u": [1, 2]}}, 200),
        ("POST", "/limits", {"json": {"u": [1, 1]}}, 400),
        ("POST", "/limits", {"json": {"s": "ab"}}, 200),
        ("POST", "/limits", {"json": {"s": "a"}}, 400),
        ("POST", "/limits", {"json": {"s": "abcd"}}, 400),
        ("POST", "/limits", {"json": {"s": "äöü"}}, 200),
        ("POST", "/limits", {"json": {"s": "😀😀😀"}}, 200),
        ("POST", "/limits", {"json": {"pat": "123"}}, 200),
        ("POST", "/limits", {"json": {"pat": "1234"}}, 400),
        ("POST", "/limits", {"json": {"pat": "123\n"}}, 400),
        ("POST", "/limits", {"json": {"unanch": "abc"}}, 200),
        ("POST", "/limits", {"json": {"unanch": "ac"}}, 400),
        ("POST", "/limits", {"json": {"cls": "[a&"}}, 200),
        ("POST", "/limits", {"json": {"cls": "A"}}, 400),
        ("POST", "/limits", {"json": {"d": "2026-02-30"}}, 400),
        ("POST", "/limits", {"json": {"d": "2026-02-28"}}, 200),
        ("POST", "/limits", {"json": {"uuid": "x"}}, 400),
        ("POST", "/limits", {"json": {"both": "1026-01-01"}}, 400),
        ("POST", "/limits", {"json": {"both": "2026-01-01"}}, 200),
        ("POST", "/limits", {"json": {"both": "2026"}}, 400),
        ("POST", "/limits", {"json": {"x": 0}}, 400),
        ("POST", "/limits", {"json": {"x": 1}}, 200),
        ("POST", "/limits", {"json": {"x": 10}}, 400),
        ("POST", "/limits", {"json": {}}, 400),
    ),
    "form": (
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "42"}}, 200),
        ("POST", "/form", {"data": {"user": "ada"}}, 400),
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "x"}}, 400),
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "4", "card[cvc]": "x"}}, 400),
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "4", "age": "x"}}, 400),
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "4", "other": "x"}}, 400),
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "4", "tags": ["a", "b"]}}, 200),
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "4", "tags": ["a", "c"]}}, 400),
        ("POST", "/form", {"data": {"user": "ada", "card[number]": "4", "meta data[k]": "v"}}, 200),
    ),
    "formdeep": (  # as Stripe's clients write it
        ("POST", "/formdeep", {"data": {"lines[0][price]": "1", "lines[1][price]": "2"}}, 200),
        ("POST", "/formdeep", {"data": {"lines[][price]": "1", "expand[]": ["a", "b"]}}, 200),
        ("POST", "/formdeep", {"data": {"lines[0][price]": "1", "expand[0]": "a", "expand[1]": "b"}}, 200),
        ("POST", "/formdeep", {"data": {"lines[0][price]": "1", "metadata[k]": "v", "shipping[days]": "3"}}, 200),
        ("POST", "/formdeep", {"data": {"lines[0][price]": "1", "metadata": "", "shipping": ""}}, 200),
        ("POST", "/formdeep", {"data": {"expand[0]": "a"}}, 400),
        ("POST", "/formdeep", {"data": {"lines[0][price]": "1", "other[0]": "x"}}, 400),
    ),
    "formjson": (
        ("POST", "/formjson", {"data": {"o": '{"a":1}'}}, 200),
        ("POST", "/formjson", {"data": {"o[a]": "1"}}, 200),
        ("POST", "/formjson", {"data": {"a": "1"}}, 200),
        ("POST", "/formjson", {"data": {"b": "1"}}, 400),
    ),
    "multi-part": (
        (
            "POST",
            "/multi-part",
            {
                "files": {
                    "file": ("a.bin", b"\x00\xff\r\nx"),
                    "meta": (None, '{"a":1}', "application/json"),
                    "n": (None, "3"),
                }
            },
            200,
        ),
        (
            "POST",
            "/multi-part",
            {"files": {"file": ("a.bin", b"x"), "meta": (None, '{"a":"x"}', "application/json"), "n": (None, "3")}},
            400,
        ),
        ("POST", "/multi-part", {"files": {"file": ("a.bin", b"x"), "meta": (None, '{"a":1}'), "n": (None, "x")}}, 400),
        ("POST", "/multi-part", {"files": {"file": ("a.bin", b"x"), "meta": (None, '{"a":1}')}}, 400),
        (
            "POST",
            "/multi-part",
            {"files": {"file": ("a.bin", b"x"), "meta": (None, '{"a":1}'), "n": (None, "3"), "kind": (None, "z")}},
            400,
        ),
        (
            "POST",
            "/multi-part",
            {
                "files": [
                    ("file", ("a.bin", b"x")),
                    ("meta", (None, '{"a":1}')),
                    ("n", (None, "3")),
                    ("kind", (None, "y")),
                    ("files", ("1", b"1")),
                    ("files", ("2", b"2")),
                ]
            },
            200,
        ),
    ),
    "mats": (
        ("GET", "/mats/;ids=1;ids=2/.mo.tu", {}, 200),
        ("GET", "/mats/;ids=1/.mo", {}, 200),
        ("GET", "/mats/;ids=x/.mo", {}, 400),
        ("GET", "/mats/1/.mo", {}, 400),
        ("GET", "/mats/;ids=1/.mo.we", {}, 400),
    ),
    "note": (
        ("POST", "/note", {"content": "short", "headers": {"Content-Type": "text/plain"}}, 200),
        ("POST", "/note", {"content": "much too long", "headers": {"Content-Type": "text/plain"}}, 400),
        ("POST", "/note", {"content": "7\n", "headers": {"Content-Type": "text/csv"}}, 200),
        ("POST", "/note", {"content": "seven", "headers": {"Content-Type": "text/csv"}}, 400),
    ),
    "plainbody": (
        ("POST", "/plainbody", {"content": "hi", "headers": {"Content-Type": "text/plain; charset=utf-8"}}, 200),
        ("POST", "/plainbody", {"content": "hi", "headers": {"Content-Type": "text/html"}}, 415),
    ),
    "octet": (
        ("POST", "/octet", {"content": b"\x00\xff", "headers": {"Content-Type": "application/octet-stream"}}, 200),
    ),
    "optbody": (
        ("POST", "/optbody", {}, 200),
        ("POST", "/optbody", {"json": {"a": 1}}, 200),
        ("POST", "/optbody", {"json": {}}, 400),
    ),
    "two": (
        ("POST", "/two", {"json": {"a": 1}}, 200),
        ("POST", "/two", {"json": {}}, 400),
        ("POST", "/two", {"content": "<a/>", "headers": {"Content-Type": "application/xml"}}, 200),
    ),
    "patch": (
        ("PATCH", "/patch", {"content": '{"a":1}', "headers": {"Content-Type": "application/merge-patch+json"}}, 200),
        ("PATCH", "/patch", {"json": {"a": 1}}, 415),
    ),
    "vendor": (
        ("POST", "/vendor", {"content": '{"data":1}', "headers": {"Content-Type": "application/vnd.api+json"}}, 200),
        ("POST", "/vendor", {"content": "{}", "headers": {"Content-Type": "application/vnd.api+json"}}, 400),
    ),
    "415": (
        ("POST", "/415", {"content": "x", "headers": {"Content-Type": "text/csv"}}, 415),
        ("POST", "/415", {}, 400),
        ("POST", "/415", {"content": "[", "headers": {"Content-Type": "application/json"}}, 400),
        ("POST", "/415", {"json": {}}, 200),
    ),
    "rec": (
        ("POST", "/rec", {"json": {"v": 1, "next": {"v": 2, "next": {"v": 3}}}}, 200),
        ("POST", "/rec", {"json": {"v": 1, "next": {"v": "x"}}}, 400),
    ),
    "cb": (("POST", "/cb", {}, 200),),
    "nosec": (("GET", "/nosec", {}, 200),),
    "sec": (
        ("GET", "/sec", {}, 401),
        ("GET", "/sec", {"headers": {"Authorization": "Basic YTpi"}}, 200),
        ("GET", "/sec?key=1", {}, 401),
        ("GET", "/sec?key=1", {"headers": {"Cookie": "sid=1"}}, 200),
    ),
    "mtls": (("GET", "/mtls", {}, 200),),
}
TYPES: Mapping[str, str] = {  # by the `Accept` header
    "*/*": "application/json",
    "application/xml": "application/xml",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "application/xml",
    "application/json, text/plain, */*": "application/json",
    "application/json;q=0.5, text/plain": "text/plain",
    "text/csv, text/plain": "text/csv",
    "text/plain;q=0, application/json": "application/json",
}


@pytest.fixture(scope="module")
def upstream() -> Upstream:
    contract = StubSource(kind="openapi", value=CONTRACT, options={"strict": True})
    assert list(sources.check(contract)) == []
    assert list(sources.warnings(contract)) == []
    return Upstream(name="styles", server="s", sources=(contract,))


@pytest.fixture(scope="module")
def judge(upstream: Upstream) -> Judge:
    found = sources.contract(upstream.sources[0])
    assert found is not None
    return found.judge(upstream.sources[0])


@pytest.fixture(scope="module")
def client(wiremock: int, admin: Admin, upstream: Upstream) -> Iterator[httpx.Client]:
    admin.load(upstream)
    with httpx.Client(base_url=f"http://127.0.0.1:{wiremock}", headers={MARK: "styles"}) as opened:
        yield opened


@pytest.mark.parametrize("name", CASES)
def test_requests_in_every_form_get_the_documented_status_and_a_judge_agrees(
    client: httpx.Client, judge: Judge, name: str
) -> None:
    wrong = []
    for method, url, options, status in CASES[name]:
        request = client.build_request(method, url, **options)
        answer = client.send(request)
        exchange = Exchange(
            method=method,
            url=request.url.raw_path.decode(),
            headers={key.lower(): one for key, one in request.headers.items()},
            body=request.read(),
            status=answer.status_code,
            answer_headers={key.lower(): one for key, one in answer.headers.items()},
            answer=answer.content,
            is_own=answer.status_code >= 400,
        )
        verdicts = [str(one) for one in judge.judge(exchange)]
        is_refused = status in (400, 401, 415)
        if answer.status_code != status or bool(verdicts) != is_refused:
            wrong.append((method, url, options, status, answer.status_code, verdicts))
    assert not wrong


@pytest.mark.parametrize("accept", TYPES)
def test_the_content_type_is_the_one_that_is_asked_for(client: httpx.Client, accept: str) -> None:
    answer = client.get("/accept", headers={"Accept": accept})

    assert answer.headers["Content-Type"] == TYPES[accept]
    if accept == "application/xml":
        assert "<Thing>" in answer.text


def test_answers_are_what_their_content_type_says(client: httpx.Client) -> None:
    assert client.get("/text").text == "hello"
    assert client.get("/textint").text.isdigit()
    assert "<tags><tag>" in client.get("/xml").text
    assert client.head("/head").headers["X-Count"] == "7"
    made = client.post("/ro", json={"name": "a", "password": "b"}).json()
    assert "id" in made
    assert "password" not in made
    assert client.get("/name/ADA%20L").json() == {"n": "ADA L"}
    assert client.get("/problem").json() == {"e": "four"}
    assert client.get("/def").json() == {"e": "default"}
    asked = client.get("/problem?a=1", headers={"Prefer": "code=404"})
    assert (asked.status_code, asked.json()) == (404, {"e": "four"})


def test_mappings_come_back_unchanged(client: httpx.Client, admin: Admin, upstream: Upstream) -> None:
    stored = {one["id"]: one["request"] for one in admin.stubs("styles")}
    for sent in layers.mappings(upstream):
        came = {key: one for key, one in stored[sent["id"]].items() if key != "headers"}
        assert came == {key: one for key, one in sent["request"].items() if key != "headers"}
