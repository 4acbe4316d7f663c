import json
import os

import jsonschema
import pytest

from localenv.stubs import sources
from localenv.stubs.sources.folder import checking, files
from localenv.stubs.sources.folder import mapping as one_mapping
from tests.stubs.folders import folders

OK = {"request": {"method": "GET", "url": "/a"}, "response": {"status": 200}}


def problems(root):
    return [str(problem) for problem in checking.check(root)]


def test_a_sound_root_has_no_problems(root):
    folder = root(
        {
            "mappings/a.json": OK,
            "mappings/deep/er/b.json": {"mappings": [OK, OK], "meta": {"total": 2}},
            "mappings/README.md": "words",
            "mappings/.a.json.swp": "an editor's",
            "mappings/c.json": {"request": {"urlPath": "/f"}, "response": {"bodyFileName": "deep/a b.bin"}},
            "mappings/d.json": {"request": {"urlPath": "/t"}, "response": {"bodyFileName": "{{request.path.[0]}}.txt"}},
            "__files/deep/a b.bin": b"\0\xff",
        }
    )
    assert problems(folder) == []


def test_a_folder_that_is_missing_or_no_root_is_told_with_what_to_do(root, tmp_path):
    assert "is not a folder" in problems(tmp_path / "nowhere")[0]
    assert "move the JSON files into mappings/" in problems(root({"a.json": OK}, "flat"))[0]
    assert "mappings/ and __files/ are missing" in problems(root({"x/y.txt": ""}, "other"))[0]


@pytest.mark.parametrize(
    ("mapping", "key", "words"),
    [
        ({"request": {"url": "/a", "urlPath": "/a"}, "response": {}}, "urlPath", "'urlPath' beside 'url'"),
        (
            {"request": {"urlPathTemplate": "/a", "urlPathPattern": "/a"}},
            "urlPathPattern",
            "'urlPathPattern' beside 'urlPathTemplate'",
        ),
        ({"response": {"body": "", "jsonBody": {}}}, "jsonBody", "'jsonBody' beside 'body'"),
        (
            {"response": {"bodyFileName": "{{x}}", "base64Body": "AA=="}},
            "base64Body",
            "'base64Body' beside 'bodyFileName'",
        ),
        ({"respons": {}, "request": {}}, "respons", "did you mean 'response'?"),
        ({"request": {"urlpath": "/a"}}, "urlpath", "did you mean 'urlPath'?"),
        ({"response": {"staus": 200}}, "staus", "did you mean 'status'?"),
        ({"request": {"headers": {"X": {"equalsTo": "a"}}}}, "equalsTo", "did you mean 'equalTo'?"),
        ({"request": {"bodyPatterns": [{"equalToJSON": {}}]}}, "equalToJSON", "did you mean 'equalToJson'?"),
        (
            {"request": {"bodyPatterns": [{"equalToJson": {}, "ignoreArayOrder": True}]}},
            "ignoreArayOrder",
            "did you mean 'ignoreArrayOrder'?",
        ),
        ({"request": {"bodyPatterns": [{"equalTo": "a", "contains": "a"}]}}, "contains", "'contains' beside 'equalTo'"),
        ({"request": {"queryParameters": {"a": {"not": {"equl": "b"}}}}}, "equl", "unknown matcher 'equl'"),
        ({"request": {"queryParameters": {"a": {"or": [{"equalTo": "b"}]}}}}, "or", "at least 2"),
        ({"request": {"cookies": {"a": {"matchesJsonPath": {"expression": "$", "equalsTo": "b"}}}}}, "equalsTo", "did"),
        ({"request": {"headers": {"X": {"absent": False}}}}, "absent", "must be true"),
        ({"request": {"headers": {"X": {"equalTo": 5}}}}, "equalTo", "must be a string"),
        ({"request": {"headers": {"X": "a"}}}, "X", "a matcher must be an object"),
        ({"request": {"host": "a"}}, "host", "a matcher must be an object"),
        ({"request": {"multipartPatterns": [{"headers": {"X": {"is": "a"}}}]}}, "is", "unknown matcher"),
        ({"response": {"status": "2xx"}}, "status", "a whole number"),
        ({"response": {"status": True}}, "status", "a whole number"),
        ({"response": {"fault": "EMPTY"}}, "fault", "EMPTY_RESPONSE"),
        ({"response": {"fixedDelayMilliseconds": "10 s"}}, "fixedDelayMilliseconds", "a whole number"),
        ({"response": {"delayDistribution": {"type": "normal"}}}, "delayDistribution", "lognormal"),
        ({"response": {"delayDistribution": {"type": "uniform", "lower": 1}}}, "delayDistribution", "'upper'"),
        ({"response": {"chunkedDribbleDelay": {"numberOfChunks": 2}}}, "chunkedDribbleDelay", "totalDuration"),
        ({"response": {"headers": {"X": 1}}}, "X", "a string or a list"),
        ({"response": {"base64Body": "?"}}, "base64Body", "base64"),
        ({"response": {}, "priority": "high"}, "priority", "a whole number"),
        ({"response": {"transformers": ["respond-template"]}}, "respond-template", "unknown transformer"),
        ({"request": {"customMatcher": {"name": "mine"}}}, "customMatcher", "unknown matcher 'mine'"),
        ({"response": {}, "serveEventListeners": [{"name": "webhok"}]}, "name", "unknown listener 'webhok'"),
        ({"response": {}, "postServeActions": {"webhok": {}}}, "webhok", "unknown listener 'webhok'"),
        ({"request": {"bodyPatterns": [{"equalToJson": "{a"}]}}, "equalToJson", "this text holds none"),
        ({"request": {"bodyPatterns": [{"matchesJsonSchema": ""}]}}, "matchesJsonSchema", "this text holds none"),
        (
            {"request": {"bodyPatterns": [{"matchesJsonSchema": {}, "schemaVersion": "V5"}]}},
            "schemaVersion",
            "unknown version of JSON Schema",
        ),
        ({"request": {"bodyPatterns": [{"binaryEqualTo": "YW_h"}]}}, "binaryEqualTo", "base64"),
        ({"request": {"headers": {"D": {"before": 5}}}}, "before", "must be a string"),
        (
            {"request": {"headers": {"D": {"before": "now", "expectedOffset": 1, "expectedOffsetUnit": "weeks"}}}},
            "expectedOffsetUnit",
            "unknown unit of time 'weeks'",
        ),
        ({"request": {"headers": {"D": {"after": "now +1 day"}}}}, "after", "did you mean 'days'?"),
        ({"request": {"headers": {"D": {"after": "now", "truncateActual": "day"}}}}, "truncateActual", "truncation"),
        (
            {"request": {"bodyPatterns": [{"equalToXml": "<a/>", "namespaceAwareness": "strict"}]}},
            "namespaceAwareness",
            "did you mean 'STRICT'?",
        ),
        ({"request": {"bodyPatterns": [{"equalToXml": "<s:a/>"}]}}, "equalToXml", "unbound prefix"),
        ({"request": {"bodyPatterns": [{"matchesJsonPath": "$.a."}]}}, "matchesJsonPath", "must not end with '.'"),
        (
            {"request": {"bodyPatterns": [{"matchesJsonPath": {"expression": "$[a]", "equalTo": "b"}}]}},
            "expression",
            "is not a JSONPath",
        ),
        ({"request": {"headers": {"X": {"before": "now", "actualFormat": "T"}}}}, "actualFormat", "single quotes"),
        ({"request": {"cookies": {"a": {"includes": [{"equalTo": "b"}]}}}}, "includes", "a cookie has one value"),
        ({"request": {"basicAuth": {"user": "a"}}}, "user", "did you mean 'username'?"),
        ({"id": "7", "request": {}}, "id", "must be a UUID"),
        ({"priority": 10**10, "request": {}}, "priority", "a whole number"),
        ({"response": {"base64Body": 5}}, "base64Body", "not valid base64"),
        (
            {"response": {"delayDistribution": {"type": "lognormal", "median": 9, "sigma": 1, "maxValue": 5}}},
            "maxValue",
            "below 'median'",
        ),
        (
            {"request": {"bodyPatterns": [{"matchesJsonPath": {"expression": "", "equalTo": "a"}}]}},
            "expression",
            "is empty",
        ),
        (
            {"request": {"multipartPatterns": [{"matchingType": "any", "bodyPatterns": [{"equalTo": "a"}]}]}},
            "matchingType",
            "did you mean 'ANY'?",
        ),
        ({"request": {"urlPathPattern": "/users/{id}"}}, "urlPathPattern", "'{' begins no repetition"),
        ({"request": {"port": "any"}}, "port", "a whole number"),
        ({"request": {"basicAuth": "a:b"}}, "basicAuth", "'username' and 'password'"),
        ({"request": {"multipartPatterns": {}}}, "multipartPatterns", "a list of parts"),
        ({"response": {"removeProxyRequestHeaders": "X"}}, "removeProxyRequestHeaders", "a list of names"),
        ({"response": {"additionalProxyRequestHeaders": {"X": 1}}}, "X", "a string or a list"),
        ({"response": {"transformerParameters": []}}, "transformerParameters", "an object"),
        ({"response": {}, "newScenarioState": "x"}, "newScenarioState", "does nothing"),
        ({"response": {}, "request": {}, "requests": {}}, "requests", "did you mean 'request'?"),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_a_mistake_is_told_at_its_key(root, mapping, key, words, many):
    text = json.dumps({"mappings": [OK, mapping]} if many else mapping, indent=2)
    problems = checking.check(root({"mappings/a.json": text}))
    assert len(problems) == 1, list(map(str, problems))
    assert words in str(problems[0])
    line = text.splitlines()[problems[0].at.line - 1]
    assert line[problems[0].at.column - 1 :].startswith(f'"{key}"')


def test_a_list_or_other_keys_beside_mappings_are_refused(root):
    assert "is a list" in problems(root({"mappings/a.json": [OK]}))[0]
    assert "'request' beside 'mappings'" in problems(root({"mappings/a.json": {"mappings": [], "request": {}}}))[0]
    assert "an object" in problems(root({"mappings/a.json": "5"}))[0]
    assert "'mappings' must be a list" in problems(root({"mappings/a.json": {"mappings": {}}}))[0]


def test_a_key_twice_in_one_object_is_refused(root):
    text = '{"request": {"url": "/a", "url": "/b"}, "response": {}}'
    assert "payments/mappings/a.json:1:27: 'url' is a duplicate key" in problems(root({"mappings/a.json": text}))[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone.json", "did you mean 'given.json'?"),
        ("../mappings/a.json", "is outside"),
        ("deep/../../x", "is outside"),
        ("/etc/passwd", "is outside"),
        ("{{x}}/../../../etc", "is outside"),
        ("out.txt", "outside its folder"),
        ("deep", "does not exist"),
    ],
)
def test_a_body_file_lies_inside_its_root(root, tmp_path, name, words):
    mapping = {"request": {"url": "/a"}, "response": {"bodyFileName": name}}
    folder = root({"mappings/a.json": mapping, "__files/given.json": "{}", "__files/deep/x": ""})
    if name == "out.txt":
        (tmp_path / "secret").write_text("s")
        (folder / "__files/out.txt").symlink_to(tmp_path / "secret")
    assert any(words in line and "a.json:1:" in line for line in problems(folder)), problems(folder)


def test_links_that_lead_out_are_refused_and_never_read(root, tmp_path):
    (tmp_path / "outside.json").write_text(json.dumps(OK))
    folder = root({"mappings/a.json": OK, "__files/x": ""})
    (folder / "mappings/b.json").symlink_to(tmp_path / "outside.json")
    (folder / "__files/y").symlink_to(tmp_path / "outside.json")
    assert [line.split(": ")[1] for line in problems(folder)] == [
        "is a link to a file outside its folder\n    hint"
    ] * 2
    assert [file.name for file in files.read(folder)] == ["a.json"]
    assert [name for name, _ in files.body_files(folder)] == ["x"]


def test_what_is_no_file_among_stubs_is_named_and_never_read(root):
    folder = root({"mappings/a.json": OK, "__files/x": ""})
    os.mkfifo(folder / "mappings/b.json")
    (folder / "mappings/c.json").symlink_to("c.json")
    (folder / "mappings/d.json").symlink_to("gone.json")
    (folder / "__files/y").symlink_to("y")
    os.mkfifo(folder / "__files/z")
    assert [line.split("mappings/")[-1].split("\n")[0] for line in problems(folder)[:3]] == [
        "b.json:1:1: is neither a file nor a folder",
        "c.json:1:1: is a link that leads to itself",
        "d.json:1:1: is a link to a file that does not exist",
    ]
    assert "__files/z:1:1: is neither a file nor a folder" in problems(folder)[3]
    assert [file.name for file in files.read(folder)] == ["a.json"]
    assert [name for name, _ in files.body_files(folder)] == ["x"]


def test_a_pipe_in_the_place_of_a_folder_of_stubs_is_refused(root):
    folder = root({"__files/x": ""})
    os.mkfifo(folder / "mappings")
    assert ["is not a folder" in line for line in problems(folder)] == [True]


def test_all_mistakes_are_told_at_once_in_order(root):
    folder = root({"mappings/a.json": "{", "mappings/b.json": {"respose": {}}, "mappings/c.yaml": ""})
    assert [line.split("/")[-1].split(":")[0] for line in problems(folder)] == ["c.yaml", "a.json", "b.json", "b.json"]


def test_the_digest_tells_contents_and_names_apart_and_ignores_what_editors_leave(root):
    folder = root({"mappings/a.json": OK, "__files/x": "1"})
    before = sources.digest(folders(folder))
    root({"mappings/.a.json.swp": "", "__files/x~": "", "README.md": ""})
    assert sources.digest(folders(folder)) == before
    root({"__files/x": "2"})
    changed = sources.digest(folders(folder))
    (folder / "__files/x").rename(folder / "__files/y")
    assert len({before, changed, sources.digest(folders(folder))}) == 3
    assert sources.digest(folders(folder, folder)) != sources.digest(folders(folder))


def test_a_root_of_a_thousand_mappings_is_checked_within_a_second(root):
    folder = root({"mappings/a.json": {"mappings": [OK] * 1000}})
    assert checking.check(folder) == []


# the schema is partly that of WireMock 4: `host` is a text there, and a response header cannot have a list of texts
ACCEPTED = [
    OK,
    {"request": {}, "response": {"status": 503, "statusMessage": "later", "headers": {"Retry-After": "1"}}},
    {"request": {"urlPathTemplate": "/a/{b}", "pathParameters": {"b": {"matches": "[0-9]+"}}}, "response": {}},
    {"request": {"queryParameters": {"a": {"hasExactly": [{"equalTo": "1"}, {"contains": "2"}]}}}, "response": {}},
    {"request": {"queryParameters": {"a": {"includes": [{"equalTo": "1"}]}}}, "response": {}},
    {"request": {"headers": {"X": {"or": [{"equalTo": "a"}, {"absent": True}]}}}, "response": {}},
    {"request": {"headers": {"X": {"not": {"doesNotMatch": "a"}}}}, "response": {}},
    {"request": {"bodyPatterns": [{"equalToJson": {"a": 1.0}, "ignoreExtraElements": True}]}, "response": {}},
    {"request": {"bodyPatterns": [{"matchesJsonPath": {"expression": "$.a", "equalTo": "b"}}]}, "response": {}},
    {"request": {"bodyPatterns": [{"matchesJsonPath": "$.a"}, {"binaryEqualTo": "AAAA"}]}, "response": {}},
    {"request": {"bodyPatterns": [{"matchesXPath": "//a", "xPathNamespaces": {"a": "b"}}]}, "response": {}},
    {"request": {"bodyPatterns": [{"matchesJsonSchema": "{}", "schemaVersion": "V7"}]}, "response": {}},
    {"request": {"bodyPatterns": [{"binaryEqualTo": "YQ=="}, {"equalToJson": "{'a': 1} // so"}]}, "response": {}},
    {"request": {"bodyPatterns": [{"equalToXml": "<a/>", "enablePlaceholders": True}]}, "response": {}},
    {"request": {"headers": {"D": {"before": "now", "actualFormat": "yyyy"}}}, "response": {}},
    {"request": {"basicAuthCredentials": {"username": "a", "password": "b"}, "formParameters": {}}, "response": {}},
    {"request": {"multipartPatterns": [{"name": "a", "bodyPatterns": [{"contains": "b"}]}]}, "response": {}},
    {"request": {"cookies": {"a": {"doesNotContain": "b"}}}, "response": {"base64Body": "AAAA"}},
    {"response": {"jsonBody": [1, {"a": None}], "transformers": ["response-template"], "transformerParameters": {}}},
    {"response": {"fault": "MALFORMED_RESPONSE_CHUNK", "fixedDelayMilliseconds": 5}},
    {"response": {"chunkedDribbleDelay": {"numberOfChunks": 2, "totalDuration": 10}}},
    {"response": {"delayDistribution": {"type": "lognormal", "median": 80, "sigma": 0.4}}},
    {"response": {"delayDistribution": {"type": "uniform", "lower": 1, "upper": 2}}},
    {"response": {"delayDistribution": {"type": "fixed", "milliseconds": 1}}},
    {"response": {"proxyBaseUrl": "http://a", "additionalProxyRequestHeaders": {"a": "b"}}},
    {
        "name": "n",
        "priority": 3,
        "scenarioName": "s",
        "requiredScenarioState": "Started",
        "newScenarioState": "x",
        "metadata": {"a": {"b": 1}},
        "request": {"url": "/a"},
        "response": {},
        "serveEventListeners": [{"name": "webhook", "parameters": {"url": "http://a"}}],
    },
]


@pytest.mark.parametrize("mapping", ACCEPTED, ids=range(len(ACCEPTED)))
def test_what_is_accepted_is_valid_to_wiremocks_own_schema(schema, mapping):
    assert list(one_mapping.check(mapping, ())) == []
    jsonschema.validate(mapping, schema)


def test_a_phase_of_a_listener_that_there_is_not_is_told(root):
    listener = {"name": "webhook", "requestPhases": ["AFTER_COMPLETE", "AFTER"], "parameters": {}}
    mapping = {"request": {}, "serveEventListeners": [listener]}

    [problem] = checking.check(root({"mappings/a.json": mapping}))

    assert "unknown phase of a request 'AFTER'" in str(problem)
