"""Recorded traffic as stubs: no secret is written, what is written still answers, and files of others stay."""

import base64
import gzip
import json
import os
import re
from urllib.parse import quote

import pytest

from localenv.errors import DescriptionError, LocalenvError
from localenv.stubs import compression, sources
from localenv.stubs.recording import exchange, mappings, writing
from localenv.stubs.recording.exchange import RecordedExchange
from localenv.stubs.recording.mappings import RecordedStub
from localenv.stubs.recording.scrubbing import Scrubber
from localenv.stubs.responder.forward import ForwardedExchange
from tests.stubs.folders import folders

ORIGIN = "https://api.example"
JSON = (("Content-Type", "application/json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


def exchanged(**given):
    return RecordedExchange(**{"method": "POST", "url": "/v1/charges", "status": 200, "headers": JSON, **given})


def asked_json(value, **given):
    return exchanged(asked=JSON, body=json.dumps(value).encode(), **given)


def answered_json(value, **given):
    return exchanged(method="GET", answer=json.dumps(value).encode(), **given)


def header(name, value):
    return exchanged(asked=((name, value), *JSON), body=json.dumps({"echo": value}).encode())


def field(name, value):
    return exchanged(asked=FORM, body=f"a=1&{name}={quote(value)}&b=2".encode())


def query(name, value):
    return exchanged(method="GET", url=f"/v1/charges?page=1&{name}={quote(value)}")


# each secret, and the exchange that it stands in
CORPUS = {
    "Xa9-bearer-2b7fQ": header("Authorization", "Bearer Xa9-bearer-2b7fQ"),
    "dXNlcjpodW50ZXIy": header("Authorization", "Basic dXNlcjpodW50ZXIy"),
    "raw-authorization-1": header("Authorization", "raw-authorization-1"),
    "proxy-secret-99": header("Proxy-Authorization", "Bearer proxy-secret-99"),
    "s3ss10n-c00k1e": exchanged(asked=(("Cookie", "theme=x; sid=s3ss10n-c00k1e"),)),
    "set-c00k1e-value": answered_json({}, headers=(("Set-Cookie", "sid=set-c00k1e-value; Path=/; HttpOnly"), *JSON)),
    "k3y-in-header-77": header("X-Api-Key", "k3y-in-header-77"),
    "auth-t0ken-5": header("X-Auth-Token", "auth-t0ken-5"),
    "csrf-9f8e7d": header("X-CSRF-Token", "csrf-9f8e7d"),
    "x-secret-header-1": header("X-Shop-Secret", "x-secret-header-1"),
    "hunter2": asked_json({"user": "jane", "password": "hunter2"}),
    "hunter3": asked_json({"userPassword": "hunter3"}),
    "hunter4": asked_json({"user": {"passwd": "hunter4"}}),
    "cl1ent-s3cret": asked_json({"client_secret": "cl1ent-s3cret"}),
    "acc3ss-t0ken": answered_json({"access_token": "acc3ss-t0ken", "token_type": "Bearer", "expires_in": 3600}),
    "r3fresh-t0ken": answered_json({"refreshToken": "r3fresh-t0ken"}),
    "id-t0ken-xyz": answered_json({"data": [{"idToken": "id-t0ken-xyz"}]}),
    "ap1-k3y": answered_json({"apiKey": "ap1-k3y"}),
    "pr1vate-k3y": answered_json({"private_key": "pr1vate-k3y"}),
    "w3bhook-s3cret": answered_json({"webhook_secret": "w3bhook-s3cret"}),
    "9137": asked_json({"pin": "9137"}),
    "123": asked_json({"card": {"cvc": "123", "exp": "12/30"}}),
    "078-05-1120": asked_json({"ssn": "078-05-1120"}),
    "825913": asked_json({"otp": "825913"}),
    JWT: answered_json({"note": f"use {JWT} next"}),
    JWT[:-5] + "AAAAA": answered_json({"value": JWT[:-5] + "AAAAA"}),
    "4242424242424242": asked_json({"number": "4242424242424242"}),
    "4000 0000 0000 0002": asked_json({"text": "pay with 4000 0000 0000 0002 please"}),
    "5555-5555-5555-4444": field("source", "5555-5555-5555-4444"),
    "378282246310005": asked_json({"amount": 1, "ref": 378282246310005}),
    "6011111111111117": query("q", "6011111111111117"),
    "jane.doe@mail.example": asked_json({"contact": "jane.doe@mail.example"}),
    "john+tag@corp.example.co": answered_json({"text": "Dear john+tag@corp.example.co, hello"}),
    "ann@path.example": exchanged(method="GET", url="/v1/users/ann@path.example/orders"),
    "bob@query.example": query("who", "bob@query.example"),
    "eve@form.example": field("who", "eve@form.example"),
    "DE89370400440532013000": asked_json({"to": "DE89370400440532013000"}),
    "GB29 NWBK 6016 1331 9268 19": answered_json({"text": "to GB29 NWBK 6016 1331 9268 19."}),
    "FR1420041010050500013M02606": field("to", "FR1420041010050500013M02606"),
    "+49 30 1234567": asked_json({"call": "+49 30 1234567"}),
    "+14155550123": answered_json({"text": "call +14155550123 now"}),
    "(415) 555-0199": answered_json({"text": "or (415) 555-0199"}),
    "030 7654321": asked_json({"phone": "030 7654321"}),
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc": answered_json({"text": "sk_test_4eC39HqLyjWDarjtT1zdp7dc"}),
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": answered_json({"x": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a": answered_json({"x": "ghp_16C7e42F292c6912E7710c838347Ae178B4a"}),
    "glpat-abcDEF1234567890abcd": answered_json({"x": "glpat-abcDEF1234567890abcd"}),
    "xoxb-123456789012-abcdefGHIJKL": answered_json({"x": "xoxb-123456789012-abcdefGHIJKL"}),
    "AKIAIOSFODNN7EXAMPLE": answered_json({"x": "AKIAIOSFODNN7EXAMPLE"}),
    "AIzaSyA1234567890abcdefGHIJKLMNOPQRSTUV": query("x", "AIzaSyA1234567890abcdefGHIJKLMNOPQRSTUV"),
    "sk-proj-abcdefghijklmnopqrstuvwx": header("X-Upstream", "sk-proj-abcdefghijklmnopqrstuvwx"),
    "s1gn4ture0fTheRequ3st": query("sig", "s1gn4ture0fTheRequ3st"),
    "c0deOfTheGr4ntXYZ": field("code", "c0deOfTheGr4ntXYZ"),
    "St4te0fTheL0ginQ9": query("state", "St4te0fTheL0ginQ9"),
    "qu3ry-t0ken": query("access_token", "qu3ry-t0ken"),
    "f0rm-passw0rd": field("password", "f0rm-passw0rd"),
    "p4ss-in-url": answered_json({"dsn": "postgres://app:p4ss-in-url@db.example/shop"}),
    "t0ken-in-link": answered_json({"next": "https://api.example/v1?token=t0ken-in-link&page=2"}),
    "l0cation-t0ken": exchanged(status=302, headers=(("Location", f"{ORIGIN}/done?token=l0cation-t0ken"),)),
    "nested-s3cret": asked_json({"payload": json.dumps({"password": "nested-s3cret"})}),
    "xml-p4ssword": exchanged(
        asked=(("Content-Type", "application/xml"),), body=b"<login><password>xml-p4ssword</password></login>"
    ),
    "plain-p4ssword": exchanged(asked=(("Content-Type", "text/plain"),), body=b"user=a\npassword=plain-p4ssword\n"),
    "multipart-s3cret": exchanged(
        asked=(("Content-Type", "multipart/form-data; boundary=x"),),
        body=b'--x\r\nContent-Disposition: form-data; name="api_key"\r\n\r\nmultipart-s3cret\r\n--x--\r\n',
    ),
    "event-t0ken": exchanged(
        headers=(("Content-Type", "text/event-stream"),), answer=b'event: a\ndata: {"token": "event-t0ken"}\n\n'
    ),
    "b4ck-up-c0de": answered_json({"backup_codes": ["b4ck-up-c0de"]}),
    "AAAA1-BBBB2-CCCC3": answered_json({"licenseKey": "AAAA1-BBBB2-CCCC3"}),
    "n3trc-w0rd": exchanged(
        headers=(("Content-Type", "text/plain"),), answer=b"machine a.example login jane password n3trc-w0rd\n"
    ),
    "unqu0ted-field": exchanged(
        headers=(("Content-Type", "text/html"),), answer=b"<input type=hidden name=csrf_token value='unqu0ted-field'>"
    ),
    "value-of-p4ir": asked_json({"fields": [{"name": "password", "value": "value-of-p4ir"}]}),
    "Zm9yLXlvdS1vbmx5LWEtc2VjcmV0QG1haWwuZXhhbXBsZQ==": answered_json(
        {"blob": "Zm9yLXlvdS1vbmx5LWEtc2VjcmV0QG1haWwuZXhhbXBsZQ=="}
    ),
    "MIIEowIBAAKCAQEA7bq": answered_json(
        {"pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq\n-----END RSA PRIVATE KEY-----"}
    ),
    "p4ge-password": exchanged(
        headers=(("Content-Type", "text/html"),),
        answer=b'<input name="password" type="password" value="p4ge-password">',
    ),
    "p4ge-csrf": exchanged(
        headers=(("Content-Type", "text/html"),), answer=b'<meta content="p4ge-csrf" name="csrf-token">'
    ),
    "l1sted-t0ken": answered_json({"tokens": ["l1sted-t0ken"]}),
    "b3low-secrets": answered_json({"secrets": {"db": {"main": "b3low-secrets"}}}),
    "cdata-p4ss": exchanged(
        asked=(("Content-Type", "text/xml"),), body=b"<a:Password x='1'><![CDATA[cdata-p4ss]]></a:Password>"
    ),
    "T000/B000/XXXXyyyyZZZZ1234": answered_json({"x": "https://hooks.slack.com/services/T000/B000/XXXXyyyyZZZZ1234"}),
    "nl91abna0417164300": query("to", "nl91abna0417164300"),
    "jörg@büro.example": answered_json({"to": "jörg@büro.example"}),
    "0pen-sesame": exchanged(
        asked=(("Authorization", "Basic YWxhZGRpbjowcGVuLXNlc2FtZQ=="), *JSON), body=b'{"note": "my 0pen-sesame"}'
    ),
    "t4ble-password": exchanged(
        headers=(("Content-Type", "text/csv"),), answer=b'user,password\n"jane, d",t4ble-password\n'
    ),
    "PHNhbWxwOlJlc3BvbnNlPg": field("SAMLResponse", "PHNhbWxwOlJlc3BvbnNlPg"),
    "8241": answered_json({"echo": "grant=x&card%5Bcvc%5D=8241&n=4"}),
    "8242": answered_json({"echo": "card[cvc]=8242"}),
    "NUS0hmi4Fs9Z6YkRYU7oe1wN": asked_json({"session": {"id": "NUS0hmi4Fs9Z6YkRYU7oe1wN"}}),
    "r3setInThePathB3low": exchanged(method="GET", url="/v1/password/reset/r3setInThePathB3low"),
    "t0kenInThePath4Reset": exchanged(method="GET", url="/v1/password_reset/token/t0kenInThePath4Reset"),
}


@pytest.fixture
def scrubber():
    return Scrubber(key=b"k" * 32)


@pytest.fixture
def record(tmp_path, scrubber):
    """Write exchanges as stubs of a root; returns what was written, and the root."""
    root = tmp_path / "payments"
    (root / "mappings").mkdir(parents=True)

    def write(*exchanges, scrubber=scrubber):
        found = mappings.stubs(exchanges, scrubber, ORIGIN, "2026-01-02")
        return writing.write(root, found, scrubber), root

    return write


def files_of(root):
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def mappings_of(root):
    return [one.mapping for one in sources.mappings(*folders(root))]


def test_the_corpus_has_sixty_secrets():
    assert len(CORPUS) >= 60


@pytest.mark.parametrize("secret", CORPUS)
def test_no_secret_reaches_the_disk(record, secret):
    _, root = record(CORPUS[secret])

    written = b"\n".join(files_of(root).values()).decode()
    names = " ".join(files_of(root))
    for form in (secret, quote(secret), quote(secret, safe=""), secret.replace(" ", "+")):
        assert form not in written
        assert form not in names
    assert sources.check(*folders(root)) == []


def test_the_whole_corpus_in_one_recording_leaks_nothing(record):
    done, root = record(*CORPUS.values())

    written = b"\n".join(files_of(root).values()).decode()
    assert [secret for secret in CORPUS if len(secret) > 4 and secret in written] == []
    assert len(done.written) > 5
    assert sources.check(*folders(root)) == []


def test_what_is_no_secret_stays(record):
    plain = {
        "id": "ch_1", "amount": 4950, "currency": "EUR", "created": 1767312000, "token_type": "Bearer",
        "url": "https://shop.example/orders/7", "status": "passed", "passenger": "one", "key": "sku",
        "total_tokens": 17, "code": "declined",
        "version": "1.2.3", "text": "A sentence with 12 words, 2026-01-02, and 10.50.", "next": None, "live": False,
        "uuid": "6f1d3c52-7e0b-5d94-8a53-2b9d0f6c1e84", "state": "succeeded", "big": 12345678901234, "hash": "md5",
    }  # fmt: skip
    _, root = record(asked_json(plain, answer=json.dumps(plain).encode()))
    [one] = mappings_of(root)

    assert one["response"]["jsonBody"] == plain
    assert one["request"]["bodyPatterns"] == [{"equalToJson": plain}]


def test_a_value_has_the_same_placeholder_everywhere_and_matchers_take_any_value(record):
    mail = "jane@mail.example"
    first = asked_json({"email": mail, "amount": 1}, answer=json.dumps({"sent_to": mail}).encode())
    second = exchanged(method="GET", url=f"/v1/users/{mail}?copy={mail}", answer=json.dumps({"mail": mail}).encode())
    _, root = record(first, second)
    posted, got = sorted(mappings_of(root), key=lambda one: one["request"]["method"], reverse=True)

    [placeholder] = {posted["response"]["jsonBody"]["sent_to"], got["response"]["jsonBody"]["mail"]}
    assert re.fullmatch(r"email-[0-9a-f]{12}@example\.com", placeholder)
    assert posted["request"]["bodyPatterns"] == [{"equalToJson": {"email": "${json-unit.ignore}", "amount": 1}}]
    assert got["request"]["urlPathPattern"] == "/v1/users/[^/]+"
    assert got["request"]["queryParameters"] == {"copy": {"matches": "(?s).+"}}
    assert Scrubber(key=b"x").placeholder(mail, "email") != placeholder


def test_a_password_is_replaced_where_nothing_tells_it_too(record):
    _, root = record(
        answered_json({"text": "it is correct-horse"}, url="/a"), asked_json({"password": "correct-horse"})
    )
    assert b"correct-horse" not in b"".join(files_of(root).values())


def test_volatile_headers_go_and_the_address_of_the_service_too(record):
    headers = (
        ("Date", "Fri"), ("Server", "nginx"), ("X-Request-Id", "r-1"), ("CF-Ray", "1"), ("Content-Length", "2"),
        ("Content-Type", "application/json"), ("X-RateLimit-Limit", "60"), ("Location", f"{ORIGIN}/v1/charges/8"),
        ("Link", "</a>; rel=next"), ("Link", "</b>; rel=prev"),
    )  # fmt: skip
    _, root = record(exchanged(status=201, headers=headers, answer=b"{}"))
    [one] = mappings_of(root)

    assert one["response"]["headers"] == {
        "Content-Type": "application/json",
        "X-RateLimit-Limit": "60",
        "Location": "/v1/charges/8",
        "Link": ["</a>; rel=next", "</b>; rel=prev"],
    }
    assert one["metadata"]["recorded"]["host"] == ORIGIN


def test_the_size_in_an_answer_to_head_stays(record):
    headers = (("Content-Length", "123456"), ("Content-Type", "application/zip"), ("Date", "Fri"))
    _, root = record(exchanged(method="HEAD", headers=headers))
    [one] = mappings_of(root)

    assert one["response"]["headers"] == {"Content-Length": "123456", "Content-Type": "application/zip"}


def test_equal_answers_are_folded_and_others_become_a_scenario(record):
    def status(text):
        return answered_json({"status": text}, url="/v1/charges/1")

    done, root = record(status("open"), status("open"), status("paid"), answered_json({}, url="/a"))
    again = record(answered_json({}, url="/b"), answered_json({}, url="/b"))[0]

    assert (len(done.written), len(again.written)) == (2, 1)
    steps = [one for one in reversed(mappings_of(root)) if "scenarioName" in one]
    assert [(one["requiredScenarioState"], one.get("newScenarioState")) for one in steps] == [
        ("Started", "2"),
        ("2", "3"),
        ("3", None),
    ]
    assert [one["response"]["jsonBody"]["status"] for one in steps] == ["open", "open", "paid"]


def test_binary_and_long_bodies_are_files(record):
    png = b"\x89PNG\r\n\x1a\n\0\0\xff"
    long = {"rows": ["x" * 50] * 200}
    image = exchanged(method="GET", url="/logo", headers=(("Content-Type", "image/png"),), answer=png)
    _, root = record(image, answered_json(long, url="/rows"))
    found = {one["request"]["urlPath"]: one["response"]["bodyFileName"] for one in mappings_of(root)}

    assert (root / "__files" / found["/logo"]).read_bytes() == png
    assert found["/logo"].endswith(".png")
    assert json.loads((root / "__files" / found["/rows"]).read_text()) == long


def test_of_two_stubs_that_match_a_request_the_one_with_more_conditions_answers(record):
    image = exchanged(asked=(("Content-Type", "image/png"),), body=b"\0\xff")
    gets = [exchanged(method="GET", url=f"/v1{rest}") for rest in ("/a", "/a?page=2", "/a?page=2&size=9")]
    mails = [exchanged(method="GET", url=f"/v1/jane@mail.example{rest}") for rest in ("", "?page=2")]
    _, root = record(asked_json({"amount": 1}), image, *gets, *mails)
    found = {json.dumps(one["request"]): one["priority"] for one in mappings_of(root)}

    assert sorted(found.values()) == [5, 6, 6, 7, 7, 8, 9]
    assert [found[one] for one in found if "urlPathPattern" in one and "queryParameters" in one] == [8]
    assert [found[one] for one in found if "size" in one or "bodyPatterns" in one] in ([5, 6], [6, 5])


def test_a_secret_is_replaced_as_it_stands_in_a_url_and_in_base64_too(record):
    quoted, hidden = quote("+49 30 901820", safe=""), base64.b64encode(b"it is correct-horse-1").decode()
    echo = answered_json({"path": f"/users/{quoted}", "note": hidden}, url="/b")
    _, root = record(asked_json({"phone": "+49 30 901820", "password": "correct-horse-1"}, url="/a"), echo)

    written = b"".join(files_of(root).values()).decode()
    assert quoted not in written
    assert hidden not in written


def test_an_event_without_a_secret_stays_as_it_was_written(record):
    events = b'data: {"delta":"a"}\n\ndata: {"delta":"b","token":"event-t0ken"}\n\n'
    _, root = record(exchanged(method="GET", headers=(("Content-Type", "text/event-stream"),), answer=events))
    [one] = mappings_of(root)

    assert one["response"]["body"].startswith('data: {"delta":"a"}\n\n')
    assert "event-t0ken" not in one["response"]["body"]


def test_a_second_recording_updates_what_the_first_wrote_and_leaves_hand_made_files_alone(record):
    _, root = record(
        answered_json({"n": 1}, url="/a"), answered_json({"n": 1}, url="/b"), answered_json({"n": 1}, url="/c")
    )
    named = {json.loads(file.read_text())["request"]["urlPath"]: file for file in root.rglob("*.json")}
    edited = json.loads(named["/b"].read_text())
    edited["response"]["jsonBody"]["n"] = "by hand"
    named["/b"].write_text(json.dumps(edited))
    (root / "mappings/own.json").write_text('{"request": {}, "response": {}}')

    done, _ = record(answered_json({"n": 2}, url="/a"), answered_json({"n": 2}, url="/b"))
    same, _ = record(answered_json({"n": 2}, url="/a"))

    assert (done.written, done.edited, done.unchanged) == ((named["/a"],), (named["/b"],), ())
    assert same.unchanged == (named["/a"],)
    assert json.loads(named["/a"].read_text())["response"]["jsonBody"] == {"n": 2}
    assert json.loads(named["/b"].read_text())["response"]["jsonBody"] == {"n": "by hand"}
    assert named["/c"].exists()
    assert (root / "mappings/own.json").read_text() == '{"request": {}, "response": {}}'


def test_a_secret_that_is_left_stops_everything_and_is_shown(record, scrubber, tmp_path):
    hidden = b"\0\xff" + base64.b64encode(b"my password is correct-horse-battery") + b" jane@mail.example"
    image = exchanged(method="GET", url="/logo", headers=(("Content-Type", "image/png"),), answer=hidden)
    with pytest.raises(LocalenvError) as refused:
        record(answered_json({}, url="/fine"), image, asked_json({"password": "correct-horse-battery"}))

    assert "nothing was written: 2 values still look like secrets" in refused.value.message
    assert any("__files/recorded/get-logo" in line and "(email, 17 characters)" in line for line in refused.value.log)
    assert "jane" not in str(refused.value.log)
    assert files_of(tmp_path / "payments") == {}


def test_a_digest_that_looks_like_a_card_is_no_secret(record, monkeypatch):
    monkeypatch.setattr(writing, "_digest", lambda mapping: "4242424242424242")

    assert len(record(answered_json({}, url="/a"))[0].written) == 1


def test_what_differs_at_every_request_is_no_condition(record):
    body = {"idempotency_key": "a-1", "sent_at": "2026-01-02T03:04:05Z", "sku": "lamp"}
    _, root = record(asked_json(body, url="/v1/charges?timestamp=17&page=2"))
    [one] = mappings_of(root)

    ignored = "${json-unit.ignore}"
    assert one["request"]["bodyPatterns"] == [
        {"equalToJson": {"idempotency_key": ignored, "sent_at": ignored, "sku": "lamp"}}
    ]
    assert one["request"]["queryParameters"] == {"timestamp": {"matches": "(?s).+"}, "page": {"equalTo": "2"}}


@pytest.mark.parametrize(
    ("encoding", "content", "left"), [("gzip", gzip.compress(b'{"a": 1}', mtime=0), ""), ("br", b"\x8b\x03\x80", "br")]
)
def test_a_forwarded_exchange_is_read_where_its_answer_is_encoded_as_it_can_be_decoded(encoding, content, left):
    given = {"sent": [("A", "b")], "body": b"", "status": 200, "headers": [("Content-Encoding", encoding)]}
    found = exchange.of_forwarded(ForwardedExchange(method="GET", path="/a?b=1", answer=content, **given))
    assert (found.url, found.asked, found.encoding) == ("/a?b=1", (("A", "b"),), left)
    assert left or found.answer == b'{"a": 1}'


def test_a_form_in_a_browsers_recording_is_as_it_was_sent_and_what_has_no_answer_is_left_out(tmp_path):
    def entry(status, **posted):
        request = {"method": "POST", "url": "https://api.example/v1/a", "headers": [], "postData": posted}
        return {"request": request, "response": {"status": status, "headers": [], "content": {"text": "{}"}}}

    params = [{"name": "a", "value": "x y&z"}, {"name": "b", "value": "x%20y"}]
    file = tmp_path / "a.har"
    file.write_text(json.dumps({"log": {"entries": [entry(200, params=params, text=""), entry(101), entry(-1)]}}))
    [found] = exchange.of_har(file)["https://api.example"]
    assert found.body == b"a=x+y%26z&b=x%20y"


def test_what_only_the_browser_has_kept_is_an_answer_in_full_or_none(tmp_path):
    def entry(text):
        return {
            "request": {"method": "GET", "url": "https://api.example/v1/a", "headers": []},
            "response": {"status": 304, "headers": [], "content": {"text": text}},
        }

    file = tmp_path / "a.har"
    file.write_text(json.dumps({"log": {"entries": [entry("kept"), entry("")]}}))
    [found] = exchange.of_har(file)["https://api.example"]
    assert (found.status, found.answer) == (200, b"kept")


@pytest.mark.parametrize(
    ("method", "status", "content", "size", "lacks"),
    [
        ("GET", 200, {"size": 12}, -1, True),
        ("GET", 200, {"size": 0}, 12, True),
        ("GET", 500, {"size": 12, "text": ""}, 12, True),
        ("GET", 200, {"size": 12, "text": "hello, world"}, 12, False),
        ("GET", 200, {"size": 0, "text": ""}, 0, False),
        ("DELETE", 204, {}, -1, False),
        ("HEAD", 200, {"size": 12}, 12, False),
        ("GET", 302, {"size": 12}, 12, False),
        ("GET", 200, {"size": None}, "12", False),
    ],
)
def test_an_answer_that_the_browser_did_not_save_is_known(tmp_path, method, status, content, size, lacks):
    request = {"method": method, "url": "https://api.example/v1/a", "headers": []}
    response = {"status": status, "headers": [], "content": content, "bodySize": size}
    file = tmp_path / "a.har"
    file.write_text(json.dumps({"log": {"entries": [{"request": request, "response": response}]}}))
    [found] = exchange.of_har(file)["https://api.example"]
    assert found.lacks_answer == lacks


def test_a_browsers_recording_is_read_by_host(tmp_path):
    def entry(url, text="{}", **content):
        return {
            "request": {"method": "POST", "url": url, "postData": {"mimeType": "text/plain", "text": "sent"},
                        "headers": [{"name": ":method", "value": "POST"}, {"name": "A", "value": "b"}]},
            "response": {"status": 200, "headers": [], "content": {"text": text, **content}},
        }  # fmt: skip

    file = tmp_path / "a.har"
    entries = [entry("https://api.example/v1/a?b=1", "AAH/", encoding="base64"), entry("https://cdn.example/x.js")]
    file.write_text(json.dumps({"log": {"entries": entries}}))
    found = exchange.of_har(file)

    assert list(found) == ["https://api.example", "https://cdn.example"]
    [one] = found["https://api.example"]
    assert (one.url, one.body, one.answer, one.asked) == ("/v1/a?b=1", b"sent", b"\0\x01\xff", (("A", "b"),))
    for text, message in {
        "{": "is not valid JSON",
        "{}": "is not a HAR file",
        '{"log": {"entries": [{}]}}': "/log/entries/0",
        '{"log": {"entries": [7]}}': "/log/entries/0 is not a request with its answer",
        file.read_text().replace("200", "1e999"): "/log/entries/0",
        file.read_text().replace("/v1/a", "/\\ud800"): "/log/entries/0",
    }.items():
        file.write_text(text)
        with pytest.raises(DescriptionError, match=message):
            exchange.of_har(file)


def test_a_recording_that_is_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.har")
    with pytest.raises(DescriptionError, match="is not a file"):
        exchange.of_har(tmp_path / "a.har")


def test_a_large_recording_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "a.har").open("w") as file:
        file.truncate(65 << 20)
    with pytest.raises(DescriptionError, match="is larger than 64 MiB"):
        exchange.of_har(tmp_path / "a.har")


def test_a_body_that_becomes_too_large_stays_compressed(monkeypatch):
    monkeypatch.setattr(compression, "_LARGEST", 100)
    for size, is_whole in ((100, True), (101, False)):
        body = gzip.compress(bytes(60)) + gzip.compress(bytes(size - 60))  # two members
        assert compression.decompressed(body, "") == (bytes(size) if is_whole else body)


def test_names_of_files_hold_no_secret_and_are_the_same_in_every_recording(scrubber):
    one = exchanged(method="GET", url="/v1/users/jane@mail.example/cards/4242424242424242")
    names = [mappings.stubs([one], Scrubber(key=key), ORIGIN, "2026-01-02")[0].name for key in (b"a", b"b")]
    assert names[0] == names[1]
    assert isinstance(mappings.stubs([one], scrubber, ORIGIN, "2026-01-02")[0], RecordedStub)
    assert re.fullmatch(r"get-v1-users-x-cards-x-[0-9a-f]{8}", names[0])


@pytest.mark.parametrize("place", ["mappings/recorded", "__files", "__files/recorded"])
def test_nothing_is_recorded_through_a_link_out_of_the_root(record, tmp_path, place):
    outside, root = tmp_path / "outside", tmp_path / "payments"
    outside.mkdir()
    (root / place).parent.mkdir(exist_ok=True)
    (root / place).symlink_to(outside)

    with pytest.raises(LocalenvError, match="leads out of"):
        record(exchanged(method="GET", answer=b"x" * 5000, headers=()))

    assert list(outside.iterdir()) == []


def test_a_crafted_stub_removes_no_file_outside_of_its_root(record, tmp_path):
    done, _ = record(exchanged(method="GET", answer=b"1"))
    mine = tmp_path / "mine"
    mine.write_text("mine")
    document = json.loads(done.written[0].read_text())
    document["response"] = {"bodyFileName": "recorded/../../../mine"}
    document["metadata"]["recorded"]["digest"] = writing._digest(document)
    done.written[0].write_text(json.dumps(document))

    again, _ = record(exchanged(method="GET", answer=b"2"))

    assert again.written == done.written
    assert mine.read_text() == "mine"


@pytest.mark.parametrize("order", [1, -1])
def test_a_secret_is_replaced_before_and_behind_what_names_it(scrubber, order):
    secret = "Zk3pq9Xw2mT7"
    told = answered_json({"text": f"password={secret} and {secret}"}, url="/a")
    later = [answered_json({"text": f"it is {secret} too"}, url="/b"), answered_json({"password": secret}, url="/c")]
    for stub in mappings.stubs([told, *later][::order], scrubber, ORIGIN, "2026-01-02"):
        assert secret not in str(stub.mappings)
