"""Templates and further matchers of WireMock, and requests that use each of them."""

from tests.engines.native.wiremock.asking import FORM, PART, TEMPLATED, Ask, post, stub

SOAP = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><n>7</n></s:Body></s:Envelope>'
HELPERS = {
    "texts": (
        "{{capitalize 'ab c'}} {{upper 'a'}} {{trim ' a '}} {{substring 'abcd' 1 3}} "
        "{{replace 'aXa' 'X' '-'}} {{join ',' (array 1 2 3)}}"
    ),
    "codes": (
        "{{base64 'a é'}} {{base64 'YSDDqQ==' decode=true}} {{urlEncode 'a b&é'}} {{urlEncode 'a+b%26' decode=true}}"
    ),
    "form": "{{formData request.body 'form' urlDecode=true}}{{form.a}} {{form.b.[1]}}",
    "found": (
        "{{regexExtract request.body '[0-9]+'}} "
        "{{regexExtract request.body '([a-z])=([0-9])' 'parts'}}{{parts.1}} "
        "{{regexExtract 'x' '[0-9]' default='none'}}"
    ),
    "numbers": (
        "{{math 7 '/' 2}} {{math 7 '%' 4}} {{numberFormat 1234.567 '#,##0.0' 'de'}} {{size 'abc'}} {{range 1 4}}"
    ),
    "dates": (
        "{{date (parseDate '2020-02-29T12:34:56Z') offset='1 years' format='yyyy-MM-dd'}} "
        "{{date (truncateDate (parseDate '2020-02-29T12:34:56Z') 'first day of month') format='epoch'}} "
        "{{date (parseDate '29/02/2020' format='dd/MM/yyyy') timezone='Asia/Tokyo'}}"
    ),
    "json": (
        "{{jsonMerge '{\"a\": 1}' '{\"b\": [2]}'}} {{jsonRemove '{\"a\": 1, \"b\": 2}' '$.a'}} "
        "{{jsonArrayAdd '[1]' '2'}} {{#parseJson 'it'}}{\"k\": {\"l\": 3}}{{/parseJson}}{{it.k.l}} "
        "{{toJson it}}"
    ),
    "xml": "{{soapXPath request.body '/n/text()'}} {{xPath '<a><b>1</b></a>' '/a/b/text()'}}",
    "blocks": (
        "{{#assign 'x'}}A{{/assign}}{{x}} {{val request.query.none or='else'}} "
        "{{#if (contains 'abc' 'b')}}yes{{else}}no{{/if}} "
        "{{#each (array 'a' 'b') as |one|}}{{@index}}{{one}}{{#unless @last}};{{/unless}}{{/each}} "
        "{{#eq 1 1}}same{{/eq}} {{matches '12' '[0-9]+'}}"
    ),
    "request": (
        "{{request.method}} {{request.url}} {{request.scheme}} {{request.host}} {{request.port}} "
        "{{request.baseUrl}} {{request.headers.X-A}} {{request.headers.X-A.[1]}} {{request.cookies.s}} "
        "{{request.query.q.[1]}} {{request.pathSegments.[1]}} {{request.clientIp}} "
        "{{request.bodyAsBase64}} {{request.isMultipart}} {{request.parts.one.body}} "
        "{{request.parts.one.headers.content-type}}"
    ),
    "unknown": ("{{request.nothing}} {{{request.query.q}}} {{request.query.q}} {{jsonPath '{}' '$.none' default='d'}}"),
}
MORE = {
    **{
        f"helper-{name}": stub({"urlPath": f"/h/{name}"}, {"body": text, **TEMPLATED}) for name, text in HELPERS.items()
    },
    "named-path": stub(
        {"urlPathTemplate": "/h/people/{id}/of/{x}"}, {"body": "{{request.path.id}} {{request.path.[1]}}", **TEMPLATED}
    ),
    "deep-parameters": stub(
        {"urlPath": "/h/deep"},
        {
            "jsonBody": {"a": "{{parameters.p.q.[0]}}", "{{request.query.q}}": 1},
            "transformerParameters": {"p": {"q": [1.50]}},
            **TEMPLATED,
        },
    ),
    "templated-json": stub(
        {"urlPath": "/h/body"},
        {"jsonBody": {"of": "{{jsonPath request.body '$.a.b'}}", "n": [1, None, "<&>"]}, **TEMPLATED},
    ),
    "client": stub({"urlPath": "/n/client", "clientIp": {"equalTo": "127.0.0.1"}}),
    "scheme": stub({"urlPath": "/n/scheme", "scheme": "http"}),
    "its-host": stub({"urlPath": "/n/host", "host": {"equalTo": "payments"}}),
    "its-port": stub({"urlPath": "/n/port", "port": 80}),
    "exact-headers": stub(
        {"urlPath": "/n/exact", "headers": {"X-A": {"hasExactly": [{"equalTo": "1"}, {"contains": "2"}]}}}
    ),
    "no-cookie": stub({"urlPath": "/n/nocookie", "cookies": {"s": {"absent": True}}}),
    "month": stub(
        {
            "urlPath": "/n/month",
            "queryParameters": {
                "d": {
                    "equalToDateTime": "2020-02-01T00:00:00Z",
                    "truncateActual": "first day of month",
                    "applyTruncationLast": True,
                }
            },
        }
    ),
    "written-date": stub(
        {
            "urlPath": "/n/written",
            "queryParameters": {"d": {"after": "2020-01-01T00:00:00Z", "actualFormat": "dd/MM/yyyy"}},
        }
    ),
    "schema-7": stub(
        {
            "urlPath": "/n/schema",
            "bodyPatterns": [
                {"matchesJsonSchema": '{"type": "object", "properties": {"a": {"const": 1}}}', "schemaVersion": "V7"}
            ],
        }
    ),
    "loose-xml": stub(
        {
            "urlPath": "/n/xml",
            "bodyPatterns": [
                {
                    "equalToXml": "<a><b>1</b><b>2</b></a>",
                    "exemptedComparisons": ["NAMESPACE_URI", "ELEMENT_TAG_NAME"],
                    "ignoreOrderOfSameNode": True,
                }
            ],
        }
    ),
    "x-path-value": stub(
        {"urlPath": "/n/xpath", "bodyPatterns": [{"matchesXPath": {"expression": "//b/text()", "matches": "[0-9]"}}]}
    ),
    "json-path-deep": stub(
        {
            "urlPath": "/n/jsonpath",
            "bodyPatterns": [
                {"matchesJsonPath": {"expression": "$.list", "equalToJson": "[1, 2]", "ignoreArrayOrder": True}},
                {"matchesJsonPath": "$.list[?(@ > 1)]"},
            ],
        }
    ),
    "no-json-path": stub({"urlPath": "/n/nojsonpath", "bodyPatterns": [{"not": {"matchesJsonPath": "$.a"}}]}),
    "all-parts": stub(
        {
            "urlPath": "/n/parts",
            "multipartPatterns": [{"matchingType": "ALL", "headers": {"Content-Type": {"contains": "plain"}}}],
        }
    ),
    "form-many": stub({"urlPath": "/n/form", "formParameters": {"a": {"includes": [{"equalTo": "2"}]}}}),
    "chunk": stub({"urlPath": "/n/chunk"}, {"fault": "MALFORMED_RESPONSE_CHUNK", "status": 201}),
    "no-content": stub({"urlPath": "/n/204"}, {"status": 204, "body": "none"}),
    "not-modified": stub({"urlPath": "/n/304"}, {"status": 304, "headers": {"ETag": "x"}}),
    "length": stub(
        {"urlPath": "/n/length"},
        {"body": "abc", "headers": {"Content-Type": "text/plain; charset=iso-8859-1", "X": ""}},
    ),
    "head": stub({"method": "HEAD", "urlPath": "/n/head"}, {"body": "abc", "status": 201}),
    "own-method": stub({"method": "PURGE", "urlPath": "/n/purge"}),
}
PATHS = """
    h/people/a%20b/of/c n/client n/scheme n/host n/port n/exact n/nocookie n/204 n/304 n/length n/chunk
"""
MORE_ASKS = (
    *(
        post(f"/h/{name}?q=1&q=%3C2%3E", "a=1+x&b=2&b=3", Content_Type=FORM, X_A="v", Cookie="s=abc")
        for name in HELPERS
    ),
    post("/h/request", PART, Content_Type="multipart/form-data; boundary=x"),
    post("/h/xml", SOAP, Content_Type="text/xml"),
    post("/h/body", '{"a": {"b": 1}}'),
    post("/h/deep?q=key", ""),
    *(Ask(url=f"/{rest}") for rest in PATHS.split()),
    Ask(url="/n/exact", headers={"X-A": "1"}),
    Ask(url="/n/nocookie", headers={"Cookie": "s=1"}),
    *(
        Ask(url=f"/n/{rest}")
        for rest in ("month?d=2020-02-17T10:00:00Z", "month?d=2020-03-01T00:00:00Z", "written?d=02/02/2020")
    ),
    *(post("/n/schema", body) for body in ('{"a": 1}', '{"a": 2}')),
    *(post("/n/xml", body) for body in ("<a><b>2</b><b>1</b></a>", '<x:a xmlns:x="u"><b>1</b><b>2</b></x:a>', "<a/>")),
    *(post("/n/xpath", body) for body in ("<a><b>2</b></a>", "<a><b>x</b></a>")),
    *(post("/n/jsonpath", body) for body in ('{"list": [2, 1]}', '{"list": [1]}')),
    *(post("/n/nojsonpath", body) for body in ('{"b": 1}', '{"a": 1}', "none")),
    post("/n/parts", PART, Content_Type="multipart/form-data; boundary=x"),
    post("/n/form", "a=1&a=2", Content_Type=FORM),
    *(Ask(url="/n/head", method=method) for method in ("HEAD", "GET")),
    Ask(url="/n/purge", method="PURGE"),
)
