"""Each kind of secret and personal data, where it stands in traffic, is replaced; what only looks like one stays."""

import base64
import json
from urllib.parse import quote

import pytest

from localenv.stubs.recording import mappings, writing
from localenv.stubs.recording.exchange import RecordedExchange
from localenv.stubs.recording.scrubbing import Scrubber

ORIGIN = "https://api.example"
TOKENS = (
    "gsk_" + "aB12" * 13, "dckr_pat_" + "aB1-" * 7, "lin_api_" + "aB12" * 10, "ATATT3x" + "aB12" * 15,
    "glsa_" + "aB12" * 8 + "_1a2b3c4d", "sbp_" + "0a1b" * 10, "AGE-SECRET-KEY-1" + "QPZRY9X8" * 7,
    "PMAK-" + "0a1b" * 6 + "-" + "0a1b" * 8, "hvb." + "CAES" * 6, "xkeysib-" + "0a1b" * 16 + "-abcDEF12",
    "1//0gabcdefghijkLMNOP-qrstuv1234567890", "ntn_" + "aB12" * 10, "figd_" + "aB1-" * 10, "pi_3abc_secret_def4567890",
    "pat" + "aB12cD34eF56gH" + "." + "0a1b" * 16, "dapi" + "0a1b" * 8, "amzn.mws.4ea38b7b-f563-7709-4bae-87aea15c",
    "0a1b" * 8 + "-us12", "rzp_live_aB12aB12aB12aB", "xoxe.xoxp-1-aB12aB12aB12",
)  # fmt: skip
TEXTS = (
    "4242\u00a04242\u00a04242\u00a04242", "4242.4242.4242.4242", "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000",
    "212-555-0187", "0049 30 901820", "001 415 555 2671", "020 7946 0958", "01 42 68 53 00", "0171/1234567",
    "jane@[192.168.1.5]", '"jane doe"@mail.example',
)  # fmt: skip
WITHIN = {  # a secret → a text around it, which stands in a member of JSON, and in a body of text
    "r3disPw": "redis://:{}@cache:6379/0",
    "c0ffee99": "https://x.webhook.office.com/webhookb2/a1@b2/IncomingWebhook/{}/d",
    "Zz9Yy8Xx7Ww6Vv5U": "click https://shop.example/password/reset/{} now.",
    "Zz9Yy8Xx7Ww6Vv5V": "click https://shop.example/verify-email/{}, please",
    "nest3d-t0k": "to https://a.example/?next=https%3A%2F%2Fb.example%2F%3Fback%3D%252Fc%253Ftoken%253D{}",
    "curl-u-pw": "curl -u admin:{} https://x.example",
    "0ption-pw": "psql --password {} -h db",
    "t0ken-99": "the token is {}, keep it",
    "482910": "{} is your Shop verification code",
    "two words 77y": 'DB_PASSWORD="{}"',
    "single w0rds": "{{password: '{}'}}",
    "escaped-pw": '"{{\\"password\\": \\"{}\\"}}"',
    "+49 30 901821": "tel:{}",
}
BODIES = {  # a secret → a content type, and a body around it
    "correct horse 1": ("application/yaml", "db:\n  password: {}\n  host: x\n"),
    "block of yaml 1": ("application/yaml", "db:\n  password: |\n    {}\n  host: x\n"),
    "plist-pw-1": ("application/xml", "<dict><key>password</key><string>{}</string></dict>"),
    "member-pw-1": ("text/xml", "<member><name>password</name><value><string>{}</string></value></member>"),
    "below-pw-1": ("text/xml", "<a:credentials><user>jane</user><data x='1'>{}</data></a:credentials>"),
    "entry-pw-1": ("text/xml", '<entry key="password">{}</entry>'),
    "add-key-pw-1": ("text/xml", '<add key="ApiSecret" value="{}"/>'),
    "cdata<-pw": ("text/xml", "<password><![CDATA[{}]]></password>"),
    "semicolon-pw-1": ("text/csv", "user;password\njane;{}\n"),
    "tabbed-pw-1": ("text/tab-separated-values", "user\tpassword\njane\t{}\n"),
    "part-pw-1": (
        "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=password\r\n\r\n{}\r\n--B--\r\n"
    ),
    "lat1n-pw": ("application/json; charset=iso-8859-1", '{{"n": "é", "password": "{}"}}'),
    "cp1252-pw": ("text/plain; charset=windows-1252", "n=é\npassword={}\n"),
    "und3clared-pw": ("text/plain", "n=é\npassword={}\n"),
}  # fmt: skip
MEMBERS = {  # a secret → JSON that it stands in
    "kv-s3cr3t": [{"Key": "DB_PASSWORD", "Value": "kv-s3cr3t"}],
    "kv-s3cr4t": {"env": [{"name": "API_TOKEN", "value": "kv-s3cr4t", "sensitive": True, "id": 1, "x": 2}]},
    "api-key-below": {"api": {"key": "api-key-below"}},
    "Zz9Yy8Xx7Ww6Vv5W": {"magicLink": "https://a.example/m/Zz9Yy8Xx7Ww6Vv5W"},
    "654": {"securityCode": "654"},
    "p4tched-pw": [{"op": "replace", "path": "/user/password", "value": "p4tched-pw"}],
    "phps-1": {"PHPSESSID": "phps-1"},
    "legal winner thank": {"mnemonic": "legal winner thank"},
}
for_urls = base64.urlsafe_b64encode(b'{"password": "??>>~~hidden"}').decode()


def found_in(secret, *exchanges):
    """Whether a secret is in a recording of exchanges."""
    scrubber = Scrubber(key=b"k" * 32)
    stubs = mappings.stubs(exchanges, scrubber, ORIGIN, "2026-01-02")
    bodies = b"".join(content for stub in stubs for content in stub.bodies.values())
    text = json.dumps([stub.mappings for stub in stubs], ensure_ascii=False) + bodies.decode("latin-1")
    return any(one in text for one in (secret, quote(secret, safe=""), secret.replace('"', '\\"')))


def answered(value, kind="application/json"):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return RecordedExchange(method="GET", url="/a", status=200, headers=(("Content-Type", kind),), answer=body)


def asked(body, kind):
    return RecordedExchange(method="POST", url="/a", status=204, asked=(("Content-Type", kind),), body=body)


def test_a_text_has_none_of_them():
    alone = [*TOKENS, *TEXTS, for_urls]
    assert [one for one in alone if found_in(one, answered({"text": f"with {one} in it"}))] == [for_urls]
    assert [one for one in alone if found_in(one, answered({"text": one}))] == []
    around = {secret: text.format(secret) for secret, text in WITHIN.items()}
    assert [secret for secret, text in around.items() if found_in(secret, answered({"text": text}))] == []
    assert [secret for secret, text in around.items() if found_in(secret, answered(text.encode(), "text/plain"))] == []


def test_a_path_has_none_of_them():
    paths = [f"/bot987654321:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0{rest}" for rest in ("", "/sendMessage")]
    for path in (*paths, "/unsubscribe/Zz9Yy8Xx7Ww6Vv5U", "/v1/invite/Zz9Yy8Xx7Ww6Vv5U"):
        assert not found_in(path, RecordedExchange(method="GET", url=path, status=204))


@pytest.mark.parametrize("of_request", [False, True])
def test_a_body_has_none_of_them_in_its_own_encoding(of_request):
    leaked = []
    for secret, (kind, text) in BODIES.items():
        body = text.format(secret).encode("latin-1")
        if found_in(secret, asked(body, kind) if of_request else answered(body, kind)):
            leaked.append(secret)
    assert leaked == []


def test_members_have_none_of_them():
    assert [secret for secret, value in MEMBERS.items() if found_in(secret, answered(value))] == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1", "shift_jis"])
def test_an_answer_keeps_its_encoding(encoding):
    text = {"latin-1": "é", "shift_jis": "日本"}.get(encoding, "é日本")
    body = f'{{"n": "{text}", "password": "pw-77"}}'.encode(encoding)
    kind = f"application/json; charset={encoding if '-sig' not in encoding else 'utf-8'}"
    [stub] = mappings.stubs([answered(body, kind)], Scrubber(key=b"k" * 32), ORIGIN, "2026-01-02")

    written = next(iter(stub.bodies.values()), str(stub.mappings[0]["response"].get("body", "")).encode())
    assert f'"{text}"' in written.decode(encoding)
    assert "pw-77" not in written.decode(encoding)


@pytest.mark.parametrize("word", ["password", "response", "request", "Started", "username", "equalToJson", "12345678"])
def test_a_password_that_is_a_word_of_the_traffic_stops_no_recording(tmp_path, word):
    login = json.dumps({"user": "jane", "password": word}).encode()
    known = {"username": "x", "request": {"password_hint": "none"}, "id": "ch_1234567890", "grant_type": "password"}
    scrubber = Scrubber(key=b"k" * 32)
    exchanges = [asked(login, "application/json"), answered(known)]
    writing.write(tmp_path, mappings.stubs(exchanges, scrubber, ORIGIN, "2026-01-02"), scrubber)

    [file] = (tmp_path / "mappings/recorded").glob("get-*.json")
    assert json.loads(file.read_text())["response"]["jsonBody"] == known


PLAIN = (
    {"license": {"key": "mit", "spdx_id": "MIT"}, "node_id": "MDEwOlJlcG9zaXRvcnkxMjk2MjY5"},
    {"sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e", "card": {"checks": {"cvc_check": "pass"}, "last4": "4242"}},
    {"isbn": "978-3-16-148410-0", "sku": "0815-4711", "order_number": "100-200-3000", "range": "2020-2026"},
    {"date": "01.02.2026 03:04", "sizes": "10 20 30 40 50", "gtin": "00012345600012", "ip": "192.168.100.200"},
    {"text": "The status code is 404 and the country code is DE49. Use --token TOKEN, or a key that is in the mail."},
    {"a": "http://x?", "b": "see https://x.example/path_(a).", "c": "https://a.example/orders/6f1d3c52-7e0b-5d94"},
)


@pytest.mark.parametrize("value", PLAIN, ids=range(len(PLAIN)))
def test_what_only_looks_like_one_stays(value):
    [stub] = mappings.stubs([answered(value)], Scrubber(key=b"k" * 32), ORIGIN, "2026-01-02")
    assert stub.mappings[0]["response"]["jsonBody"] == value


def test_a_page_and_a_document_without_secrets_stay():
    page = "<div id='password-reset'><h1>Reset your password</h1><label for=pw>Password</label><p>Twice.</p></div>"
    order = "<order id='7'><name>Lamp</name><key>sku</key><value>red</value><status code='200'>ok</status></order>"
    scrubber = Scrubber(key=b"k" * 32)
    assert (scrubber.body(page, "text/html"), scrubber.body(order, "application/xml")) == (page, order)
