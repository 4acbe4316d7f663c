"""A WireMock root with the documented features, and requests that use each of them."""

import base64
import gzip

from tests.engines.native.wiremock.asking import ENVELOPE, FORM, PACKED, PART, TEMPLATED, Ask, post, stub
from tests.engines.native.wiremock.more_corpus import MORE, MORE_ASKS

# lenient notations
WRITTEN = {
    "schema": '{"$schema": "https://json.schemastore.org/x.json", "request": {"urlPath": "/w/schema"}, "response": {}}',
    "comment": '// whose\n{"request": {"urlPath": /* only */ "/w/comment"}, "response": {"body": "a // b /* c */ d"}}',
    "quotes": "{'request': {'urlPath': '/w/quotes'}, 'response': {'body': 'it\\'s \"so\"'}}",
    "escaped": '{"request": {"urlPath": "/w/escaped"}, "response": {"body": "it\\\'s \\"so\\" \\\\"}}',
    "nulls": (
        '{"name": null, "priority": null, "scenarioName": null, "metadata": null, "request": {"url": null, "method":'
        ' null, "urlPath": "/w/nulls", "headers": null, "host": null, "bodyPatterns": null}, "response": {"status":'
        ' 203, "body": null, "fixedDelayMilliseconds": null, "headers": null, "fault": null, "jsonBody": {"a": null}}}'
    ),
    "nothing": '{"request": {"urlPath": "/w/nothing"}, "response": null}',
    "status": '{"request": {"urlPath": "/w/status"}, "response": {"status": "418", "fixedDelayMilliseconds": "10"}}',
    "float": '{"request": {"urlPath": "/w/float"}, "response": {"status": 202.0, "body": 1.5}}',
    "texts": '{"name": 5, "request": {"urlPath": "/w/texts"}, "response": {"body": true, "statusMessage": 7}}',
    "export": '{"insertionIndex": 3, "id": "5a0f1f2e-0000-4000-8000-000000000001", "persistent": true, "request":'
    ' {"urlPath": "/w/export"}, "response": {"fromConfiguredStub": true, "status": 207}}',
    "bom": '\ufeff{"request": {"urlPath": "/w/bom"}, "response": {"body": "é"}}',
    "unpadded": '{"request": {"urlPath": "/w/unpadded"}, "response": {"base64Body": "YQ"}}',
    "many": '{"$schema": "x", "mappings": [{"request": {"urlPath": "/w/many"}, "response": {}}], "meta": {}}',
    "numbers": (
        '{"request": {"urlPath": "/w/numbers"}, "response":'
        ' {"delayDistribution": {"type": "uniform", "lower": "1", "upper": 2.0}, "body": "later",'
        ' "chunkedDribbleDelay": {"numberOfChunks": "2", "totalDuration": "20"}}}'
    ),
}
MATCHED = {
    "path": stub({"method": "GET", "urlPath": "/m/path"}),
    "url": stub({"method": "GET", "url": "/m/url?a=1"}),
    "pattern": stub({"urlPattern": "/m/pattern/[0-9]+\\?x=.*"}),
    "path-pattern": stub({"urlPathPattern": "/m/pathpattern/[a-z]+"}),
    "template": stub({"urlPathTemplate": "/m/t/{id}", "pathParameters": {"id": {"matches": "[0-9]+"}}}),
    "lower": stub({"method": "get", "urlPath": "/m/lower"}),
    "query": stub(
        {"urlPath": "/m/query", "queryParameters": {"a": {"hasExactly": [{"equalTo": "1"}, {"equalTo": "2"}]}}}
    ),
    "includes": stub({"urlPath": "/m/includes", "queryParameters": {"a": {"includes": [{"contains": "x"}]}}}),
    "absent": stub({"urlPath": "/m/absent", "queryParameters": {"a": {"absent": True}}}),
    "header": stub({"urlPath": "/m/header", "headers": {"X-A": {"equalTo": "b", "caseInsensitive": "true"}}}),
    "logic": stub({"urlPath": "/m/logic", "headers": {"X-A": {"or": [{"equalTo": "a"}, {"not": {"contains": "b"}}]}}}),
    "host": stub({"urlPath": "/m/host", "headers": {"Host": {"matches": "pay.*"}}}),
    "cookie": stub({"urlPath": "/m/cookie", "cookies": {"s": {"matches": "[a-f]+"}}}),
    "auth": stub({"urlPath": "/m/auth", "basicAuthCredentials": {"username": "a", "password": "b"}}),
    "form": stub({"urlPath": "/m/form", "formParameters": {"a": {"equalTo": "1 2"}}}),
    "date": stub({"urlPath": "/m/date", "queryParameters": {"d": {"before": "2030-01-01T00:00:00Z"}}}),
    "offset": stub(
        {
            "urlPath": "/m/offset",
            "queryParameters": {"d": {"before": "now", "expectedOffset": -40000, "expectedOffsetUnit": "days"}},
        }
    ),
    "and": stub({"urlPath": "/m/and", "queryParameters": {"a": {"and": [{"matches": "[a-z]+"}, {"contains": "x"}]}}}),
    "any": stub(
        {"urlPath": "/m/any", "bodyPatterns": [{"equalToJson": {"a": "${json-unit.any-string}"}}], "method": "POST"}
    ),
    "placeholder": stub(
        {
            "urlPath": "/m/placeholder",
            "bodyPatterns": [{"equalToXml": "<a>${xmlunit.ignore}</a>", "enablePlaceholders": True}],
        }
    ),
    "json": stub({"urlPath": "/m/json", "bodyPatterns": [{"equalToJson": {"a": [1, 2]}, "ignoreArrayOrder": True}]}),
    "loose": stub(
        {"urlPath": "/m/loose", "bodyPatterns": [{"equalToJson": '{"a": 1.0}', "ignoreExtraElements": True}]}
    ),
    "json-path": stub(
        {"urlPath": "/m/jsonpath", "bodyPatterns": [{"matchesJsonPath": {"expression": "$.a", "equalTo": "1"}}]}
    ),
    "json-schema": stub({"urlPath": "/m/schema", "bodyPatterns": [{"matchesJsonSchema": {"required": ["a"]}}]}),
    "xml": stub({"urlPath": "/m/xml", "bodyPatterns": [{"equalToXml": ENVELOPE}]}),
    "x-path": stub(
        {"urlPath": "/m/xpath", "bodyPatterns": [{"matchesXPath": "//x:b", "xPathNamespaces": {"x": "urn:x"}}]}
    ),
    "binary": stub({"urlPath": "/m/binary", "bodyPatterns": [{"binaryEqualTo": base64.b64encode(b"\0\xff").decode()}]}),
    "text": stub(
        {"urlPath": "/m/text", "bodyPatterns": [{"contains": "b"}, {"doesNotContain": "c"}, {"matches": "a.*"}]}
    ),
    "part": stub({"urlPath": "/m/part", "multipartPatterns": [{"name": "one", "bodyPatterns": [{"contains": "alp"}]}]}),
    "first": stub({"urlPath": "/m/order"}, {"body": "zero"}, priority=0),
    "last": stub({"urlPath": "/m/order"}, {"body": "one"}, priority=1),
    "below": stub({"urlPath": "/m/below"}, {"body": "minus"}, priority="-3"),
    "above": stub({"urlPath": "/m/below"}, {"body": "five"}),
    "once": stub(
        {"urlPath": "/m/s"}, {"body": "1"}, scenarioName="s /%", requiredScenarioState="Started", newScenarioState="b"
    ),
    "twice": stub({"urlPath": "/m/s"}, {"body": "2"}, scenarioName="s /%", requiredScenarioState="b"),
}
ANSWERED = {
    "json": stub({"urlPath": "/a/json"}, {"jsonBody": {"a": 1.0, "b": [None, "é", 12345678901234567890]}}),
    "base64": stub({"urlPath": "/a/base64"}, {"base64Body": base64.b64encode(b"\0\xff\x1f\x8b").decode()}),
    "headers": stub({"urlPath": "/a/headers"}, {"headers": {"Set-Cookie": ["a=1", "b=2"], "X": "é"}, "status": 201}),
    "reason": stub({"urlPath": "/a/reason"}, {"status": 503, "statusMessage": "Not today"}),
    "empty": stub({"urlPath": "/a/empty"}, {"fault": "EMPTY_RESPONSE"}),
    "reset": stub({"urlPath": "/a/reset"}, {"fault": "CONNECTION_RESET_BY_PEER"}),
    "log": stub(
        {"urlPath": "/a/log"}, {"delayDistribution": {"type": "lognormal", "median": 2, "sigma": 0.1}, "body": "slow"}
    ),
    "template": stub(
        {"urlPath": "/a/template"},
        {
            "body": "{{request.path.[1]}} {{request.query.q}} {{jsonPath '{\"a\": 1}' '$.a'}} {{parameters.p}}",
            "headers": {"X-Q": "{{request.query.q}}"},
            "transformerParameters": {"p": "parameter", "none": None},
            **TEMPLATED,
        },
    ),
    "plain": stub({"urlPath": "/a/plain"}, {"body": "{{request.path}}"}),
    "file": stub({"urlPath": "/a/file"}, {"bodyFileName": "deep/a b.txt"}),
    "percent": stub({"urlPath": "/a/percent"}, {"bodyFileName": "100%.txt"}),
    "encoded": stub({"urlPath": "/a/encoded"}, {"bodyFileName": "a%20b.txt"}),
    "letters": stub({"urlPath": "/a/letters"}, {"bodyFileName": "é+&#?'.txt"}),
    "packed": stub(
        {"urlPath": "/a/packed"}, {"bodyFileName": "report.json.gz", "headers": {"Content-Encoding": "gzip"}}
    ),
    "tgz": stub({"urlPath": "/a/tgz"}, {"bodyFileName": "a.tgz"}),
    "file-template": stub({"urlPath": "/a/file-template"}, {"bodyFileName": "t.txt", **TEMPLATED}),
    "file-named": stub({"urlPathPattern": "/a/named/.*"}, {"bodyFileName": "{{request.path.[2]}}.txt", **TEMPLATED}),
}
FILES: dict[str, str | bytes] = {
    **{f"mappings/written/{name}.json": text for name, text in WRITTEN.items()},
    **{f"mappings/matched/{name}.json": text for name, text in MATCHED.items()},
    **{f"mappings/an swer%20ed/{name}.json": text for name, text in ANSWERED.items()},
    **{f"mappings/{name}.json": text for name, text in MORE.items()},
    "__files/deep/a b.txt": "a b",
    "__files/100%.txt": "percent",
    "__files/a%20b.txt": "encoded",
    "__files/é+&#?'.txt": "letters",
    "__files/report.json.gz": PACKED,
    "__files/a.tgz": gzip.compress(PACKED, mtime=0),
    "__files/t.txt": "{{request.query.q}}",
    "__files/one.txt": "named",
    "__files/a+b@c.txt": "with signs",
}
BASIC = base64.b64encode(b"a:b").decode()
PATHS = """
    path url?a=1 url?a=2 pattern/1?x=y pathpattern/ab pathpattern/1 t/12 t/x lower query?a=1&a=2 query?a=1
    includes?a=b&a=xx absent absent?a date?d=2020-01-01T00:00:00Z
    offset?d=2020-01-01T00:00:00Z offset?d=1900-01-01T00:00:00Z and?a=xy and?a=ab order below s s s host
"""
ASKS = (
    *(Ask(url=f"/w/{name}") for name in WRITTEN),
    *(Ask(url=f"/m/{rest}") for rest in PATHS.split()),
    *(Ask(url=f"/m/{name}", headers={"X-A": value}) for name in ("header", "logic") for value in ("B", "abc", "a")),
    Ask(url="/m/cookie", headers={"Cookie": "s=abc; t=1"}),
    Ask(url="/m/auth", headers={"Authorization": f"Basic {BASIC}"}),
    Ask(url="/m/auth"),
    post("/m/form", "a=1+2", Content_Type=FORM),
    post("/m/json", '{"a": [2, 1]}'),
    post("/m/loose", '{"a": 1.0, "b": 2}'),
    post("/m/jsonpath", '{"a": 1}'),
    post("/m/schema", '{"a": 1}'),
    post("/m/schema", "{}"),
    post("/m/xml", f" {ENVELOPE}"),
    post("/m/xpath", ENVELOPE),
    post("/m/binary", b"\0\xff"),
    post("/m/text", "ab"),
    post("/m/any", '{"a": "x"}'),
    post("/m/any", '{"a": 1}'),
    post("/m/placeholder", "<a>1</a>"),
    post("/m/text", "abc"),
    post("/m/part", PART, Content_Type="multipart/form-data; boundary=x"),
    *(Ask(url=f"/a/{name}?q=a%20b") for name in (*ANSWERED, "named/one", "named/a+b@c")),
    Ask(url="/a/packed", headers={"Accept-Encoding": "gzip"}),
    *MORE_ASKS,
)
