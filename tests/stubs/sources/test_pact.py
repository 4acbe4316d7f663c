"""Contracts of Pact as stubs: what they answer, what fits their matching rules, and what is broken in them."""

import json
import re

import jsonschema
import pytest

from localenv.errors import DescriptionError
from localenv.stack import StubSource
from localenv.stubs import sources
from localenv.stubs.shadowing import shadowed
from localenv.stubs.sources.kind import Loaded
from localenv.stubs.sources.pact import patterns, requests

TYPES = {"matchers": [{"match": "type", "min": 1}]}
DIGITS = {"matchers": [{"match": "regex", "regex": r"\d+"}]}


@pytest.fixture
def source(tmp_path):
    """Write contracts: interactions by version; returns the source."""

    def make(*interactions, version="3.0.0", file="web-payments.json", provider="payments", options=None, **more):
        contract = {
            "consumer": {"name": "web"},
            "provider": {"name": provider},
            "interactions": list(interactions),
            "metadata": {"pactSpecification": {"version": version}},
            **more,
        }
        (tmp_path / "pacts").mkdir(exist_ok=True)
        (tmp_path / "pacts" / file).write_text(json.dumps(contract, indent=1))
        return StubSource(kind="pact", value=tmp_path / "pacts", options=options or {})

    return make


def interaction(description="a charge", request=None, response=None, **more):
    asked = {"method": "GET", "path": "/charges/1", **(request or {})}
    return {"description": description, "request": asked, "response": {"status": 200, **(response or {})}, **more}


def body_schema(one):
    [matcher] = one.mapping["request"]["bodyPatterns"]
    assert matcher["schemaVersion"] == "V202012"
    return jsonschema.Draft202012Validator(json.loads(matcher["matchesJsonSchema"]))


def fits(body, rules, version="3.0.0"):
    """A function that says whether a body fits the one of a contract."""

    def make(source):
        written = {"content": body, "contentType": "application/json"} if version.startswith("4") else body
        posted = interaction(request={"method": "POST", "body": written, "matchingRules": rules})
        [one] = sources.mappings(source(posted, version=version))
        return body_schema(one).is_valid

    return make


def test_an_interaction_answers_what_its_example_says(source):
    charge = {"id": 7, "items": [{"sku": "a"}]}
    headers = {"Content-Type": "application/json", "X-Page": "1"}
    [one] = sources.mappings(source(interaction(response={"status": 201, "headers": headers, "body": charge})))

    assert sources.check(source(interaction())) == []
    assert one.mapping["response"] == {"status": 201, "headers": headers, "jsonBody": charge}
    assert one.mapping["request"] == {"method": "GET", "url": "/charges/1"}
    assert one.mapping["name"] == "a charge"
    assert one.origin == "pacts/web-payments.json"


def test_a_list_is_as_long_as_its_rules_ask_for(source):
    rules = {"body": {"$.items": {"matchers": [{"match": "type", "min": 3}]}, "$.few": {"matchers": [{"max": 1}]}}}
    answer = {"body": {"items": [{"sku": "a"}], "few": [1, 2]}, "matchingRules": rules}
    [one] = sources.mappings(source(interaction(response=answer)))
    assert one.mapping["response"]["jsonBody"] == {"items": [{"sku": "a"}] * 3, "few": [1]}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"$.ids": TYPES, "$.ids[*]": DIGITS}, {"includes": [{"matches": r"(?:\d+)"}]}),
        ({"ids": DIGITS}, {"hasExactly": [{"matches": r"(?:\d+)"}] * 2}),
        ({"ids[*]": DIGITS}, {"hasExactly": [{"matches": r"(?:\d+)"}] * 2}),
        ({"$['ids'][0]": DIGITS}, {"hasExactly": [{"matches": r"(?:\d+)"}, {"equalTo": "2"}]}),
    ],
)
def test_rules_for_the_values_of_a_list_in_the_query_are_those_of_its_items(rules, expected):
    request = {"path": "/a", "query": {"ids": ["1", "2"]}, "matchingRules": {"query": rules}}
    assert requests.pattern(request, 4)["queryParameters"] == {"ids": expected}


def test_rules_of_version_2_stand_for_path_query_header_and_body(source):
    rules = {
        "$.path": {"match": "regex", "regex": r"/charges/\d+"},
        "$.query.page": {"match": "regex", "regex": r"\d+"},
        "$.headers.X-Tenant": {"match": "type"},
        "$.body.amount": {"match": "type"},
        "$.body.items": {"min": 1},
        "$.body.items[*].*": {"match": "type"},
    }
    asked = {
        "method": "POST",
        "query": "page=1&sort=name",
        "headers": {"X-Tenant": "a"},
        "body": {"amount": 4950, "currency": "EUR", "items": [{"sku": "a", "price": 1}]},
        "matchingRules": rules,
    }
    [one] = sources.mappings(source(interaction(request=asked), version="2.0.0"))
    request = one.mapping["request"]

    assert re.fullmatch(request["urlPattern"], "/charges/7?sort=name&page=1")
    assert not re.fullmatch(request["urlPattern"], "/charges/7?sort=name&page=1&debug=1")
    assert request["queryParameters"] == {"page": {"matches": r"(?:\d+)"}, "sort": {"equalTo": "name"}}
    assert request["headers"] == {"X-Tenant": {"matches": "(?s).*"}}
    good = {"amount": 1.5, "currency": "EUR", "items": [{"sku": "b", "price": 2}, {"sku": "c", "price": 3}]}
    assert body_schema(one).is_valid(good)
    for wrong in ({"amount": "1"}, {"currency": "USD"}, {"items": []}, {"items": [{"sku": 1, "price": 1}]}, {"x": 1}):
        assert not body_schema(one).is_valid(good | wrong)


@pytest.mark.parametrize("version", ["3.0.0", "4.0"])
@pytest.mark.parametrize(
    ("example", "matcher", "good", "bad"),
    [
        ("a", {"match": "type"}, ["b", ""], [1, None, True]),
        (1, {"match": "type"}, [2, 1.5], ["1", True]),
        ("ab1", {"match": "regex", "regex": "[a-z]+\\d"}, ["x9"], ["9x", "ab1 ", 1]),
        ("ab", {"match": "regex", "regex": "^ab"}, ["abc"], ["cab"]),
        (5, {"match": "integer"}, [7], [7.5, "7"]),
        (5.5, {"match": "decimal"}, [7.25], ["7.5"]),
        (5, {"match": "number"}, [7, 7.5], ["7", None]),
        ("a+b", {"match": "include", "value": "+"}, ["1+1\n"], ["11", 1]),
        ("2026-01-02", {"match": "date", "format": "yyyy-MM-dd"}, ["1999-12-31"], ["31.12.1999"]),
        ("03:04", {"match": "time", "format": "HH:mm"}, ["23:59"], ["23:59:59"]),
        ("2026-01-02T03Z", {"match": "timestamp", "format": "yyyy-MM-dd'T'HHX"}, ["1999-01-01T00+02"], ["1999"]),
        ("2026-01-02T03:04:05Z", {"match": "timestamp"}, ["1999-01-01T00:00:00.123+02:00"], ["1999-01-01"]),
        (True, {"match": "boolean"}, [False], ["true", 0]),
        (None, {"match": "null"}, [None], [0, ""]),
        ("a", {"match": "equality"}, ["a"], ["b"]),
        ([1], {"match": "type", "min": 2, "max": 3}, [[1, 2], [1, 2, 3]], [[1], [1, 2, 3, 4], ["1", "2"]]),
        ({"a": 1}, {"match": "values"}, [{"x": 1, "y": 1}], [{"x": 2}, 1]),
        ("1.2.3", {"match": "semver"}, ["2.0.0-rc.1"], ["2"]),
        ("x", {"match": "notEmpty"}, ["y"], [""]),
    ],
)  # fmt: skip
def test_a_body_fits_its_matching_rule(source, version, example, matcher, good, bad):
    rules = {"body": {"$.value": {"combine": "AND", "matchers": [matcher]}}}
    check = fits({"value": example}, rules, version)(source)

    assert [one for one in [example] * (not isinstance(example, list)) + good if not check({"value": one})] == []
    assert [one for one in bad if check({"value": one})] == []


def test_several_rules_are_for_one_value(source):
    both = [{"match": "include", "value": "a"}, {"match": "include", "value": "b"}]
    for combine, text in (("AND", "ab"), ("OR", "a")):
        check = fits({"v": "ab"}, {"body": {"$.v": {"combine": combine, "matchers": both}}})(source)
        assert check({"v": text})
        assert not check({"v": "c"})
        assert check({"v": "a"}) == (combine == "OR")


def test_a_variant_of_a_list_and_keys_of_any_name_are_rules_of_version_4(source):
    variants = [{"index": 0, "rules": {"$.id": {"matchers": [{"match": "integer"}]}}}]
    rules = {
        "body": {
            "$.list": {"matchers": [{"match": "arrayContains", "variants": variants}]},
            "$.map": {"matchers": [{"match": "eachKey", "rules": [{"match": "regex", "regex": "[a-z]+"}]}]},
            "$.map.*": {"matchers": [{"match": "type"}]},
        }
    }
    check = fits({"list": [{"id": 1, "kind": "x"}], "map": {"a": 1}}, rules, "4.0")(source)

    assert check({"list": [1, {"id": 5, "kind": "x"}], "map": {"b": 2, "c": 3}})
    assert not check({"list": [{"id": "5", "kind": "x"}], "map": {"b": 2}})
    assert not check({"list": [{"id": 5, "kind": "x"}], "map": {"B": 2}})


def test_queries_headers_and_forms_of_version_3_have_rules(source):
    rules = {
        "query": {"since": {"matchers": [{"match": "date", "format": "yyyy-MM-dd"}]}},
        "header": {"X-Id": {"matchers": [{"match": "integer"}]}},
        "body": {"$.amount[0]": {"matchers": [{"match": "regex", "regex": "\\d+"}]}},
    }
    asked = {
        "method": "POST",
        "query": {"since": ["2026-01-02"], "tag": ["a", "b"]},
        "headers": {
            "x-id": "7",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "text/html, text/plain",
        },
        "body": "amount=5&currency=EUR",
        "matchingRules": rules,
    }
    [one] = sources.mappings(source(interaction(request=asked)))
    request = one.mapping["request"]

    assert request["queryParameters"] == {
        "since": {"matches": r"\d{4}-\d{2}-\d{2}"},
        "tag": {"hasExactly": [{"equalTo": "a"}, {"equalTo": "b"}]},
    }
    assert request["headers"]["x-id"] == {"matches": r"-?\d+"}
    assert re.fullmatch(
        request["headers"]["Content-Type"]["matches"], "application/x-www-form-urlencoded; charset=UTF-8"
    )
    assert re.fullmatch(request["headers"]["Accept"]["matches"], "text/html,text/plain")
    assert request["formParameters"] == {"amount": {"matches": r"(?:\d+)"}, "currency": {"equalTo": "EUR"}}


def test_bodies_of_version_4_are_text_json_or_encoded(source):
    def answered(body):
        found = interaction(type="Synchronous/HTTP", response={"body": body})
        [one] = sources.mappings(source(found, version="4.0"))
        return one.mapping["response"]

    assert answered({"content": "AAH/", "encoded": "base64", "contentType": "image/png"}) == {
        "status": 200,
        "headers": {"Content-Type": "image/png"},
        "base64Body": "AAH/",
    }
    assert answered({"content": {"a": 1}, "contentType": "application/json"})["jsonBody"] == {"a": 1}
    assert answered({"content": "hello", "contentType": "text/plain", "encoded": False})["body"] == "hello"
    assert answered({"content": '{"a": 1}', "encoded": "JSON", "contentType": "application/json"})["jsonBody"] == {
        "a": 1
    }


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ('"ready"', "", ("application/json", {"body": '"ready"'})),
        ('{"a": 1}', "", ("application/json", {"jsonBody": {"a": 1}})),
        ("<?xml version='1.0'?><a/>", "", ("application/xml", {"body": "<?xml version='1.0'?><a/>"})),
        ("plain", "", ("text/plain", {"body": "plain"})),
        ("iVBORw0=", "image/png", ("image/png", {"base64Body": "iVBORw0="})),
        ("%PDF", "application/pdf", ("application/pdf", {"body": "%PDF"})),
        ("AAAA", "text/csv", ("text/csv", {"body": "AAAA"})),
    ],
)
def test_a_text_of_version_3_is_what_pact_takes_it_for(source, body, kind, expected):
    headers = {"headers": {"Content-Type": kind}} if kind else {}
    [one] = sources.mappings(source(interaction(response={"body": body, **headers})))

    assert one.mapping["response"] == {"status": 200, "headers": {"Content-Type": expected[0]}, **expected[1]}


def test_a_link_to_the_server_of_the_contract_leads_to_the_stub(source):
    link = {"type": "MockServerURL", "example": "http://localhost:1/orders/7", "regex": r".*(/orders/\d+)$"}
    answer = {
        "headers": {"Location": "http://localhost:1/orders/7"},
        "body": {"items": [{"self": "http://localhost:1/orders/7"}], "text": "{{x}}"},
        "generators": {"header": {"Location": link}, "body": {"$.items[*].self": link, "$.text": {"type": "Uuid"}}},
    }
    [one] = sources.mappings(source(interaction(response=answer)))

    assert one.mapping["response"] == {
        "status": 200,
        "headers": {"Location": "{{request.baseUrl}}/orders/7", "Content-Type": "application/json"},
        "body": r'{"items": [{"self": "{{request.baseUrl}}/orders/7"}], "text": "\u007b\u007bx}}"}',
        "transformers": ["response-template"],
    }


def test_bodies_of_a_plugin_are_told_apart_by_their_type_only(source):
    rules = {"body": {"column:1": {"matchers": [{"match": "type"}]}}}
    request = {"method": "POST", "body": {"content": "a,1", "contentType": "text/csv"}, "matchingRules": rules}
    found = source(interaction(pluginConfiguration={"csv": {}}, request=request), version="4.0")
    [one] = sources.mappings(found)

    assert sources.check(found) == []
    assert one.mapping["request"] == {
        "method": "POST",
        "url": "/charges/1",
        "headers": {"Content-Type": {"matches": r"(?i)text/csv(?:\s*;[^,]*)?"}},
    }
    [warning] = sources.warnings(found)
    assert warning.message == "'a charge' needs a plugin of Pact: any body of its content type fits"


def test_states_of_the_provider_select_a_scenario(source):
    states = [{"name": "a charge exists", "params": {"id": 1}}, {"name": "it is paid"}]
    found = sources.mappings(source(interaction(providerStates=states), interaction("none", response={"status": 404})))
    by_priority = sorted(found, key=lambda one: one.mapping["priority"])

    assert [one.mapping["response"]["status"] for one in by_priority] == [200, 404, 200]
    assert by_priority[0].mapping["scenarioName"] == "provider state"
    assert by_priority[0].mapping["requiredScenarioState"] == "a charge exists (id: 1), it is paid"
    assert by_priority[0].mapping["name"] == "a charge (given a charge exists (id: 1), it is paid)"
    assert "scenarioName" not in by_priority[2].mapping


def test_interactions_that_differ_in_their_states_do_not_shadow_each_other(source):
    there, gone = ([{"name": name}] for name in ("a charge exists", "no charge exists"))
    every = [
        interaction("there", providerStates=there),
        interaction("gone", response={"status": 404}, providerStates=gone),
        interaction("plain"),
        interaction("again", response={"status": 500}),
    ]
    pact = source(*every)
    [found] = shadowed([Loaded(pact, sources.mappings(pact))])

    assert "never answers" in found.message
    [position] = [one.at(()) for one in sources.mappings(pact) if "again" in str(one.mapping["name"])]
    assert found.at == position


def test_interactions_about_messages_are_named_as_not_served(source):
    message = {"type": "Asynchronous/Messages", "description": "an order was placed", "contents": {"content": "x"}}
    found = source(interaction(type="Synchronous/HTTP"), message, version="4.0")

    assert sources.check(found) == []
    assert len(sources.mappings(found)) == 1
    [warning] = sources.warnings(found)
    assert "'an order was placed' is about messages and is not served" in warning.message
    old = source(version="3.0.0", messages=[{"description": "an order", "contents": {}}])
    assert [one.message for one in sources.warnings(old)] == ["'an order' is about messages and is not served"]


def test_only_the_contracts_with_a_provider_are_taken(source):
    source(interaction(), provider="inventory", file="a.json")
    source(interaction(), provider="payments", file="b.json")

    assert [one.origin for one in sources.mappings(source(options={"provider": "inventory"}, file="c.json"))] == [
        "pacts/a.json"
    ]
    [problem] = sources.check(source(options={"provider": "stock"}, file="c.json"))
    assert (problem.message, problem.hint) == (
        "no Pact file is about the provider 'stock'",
        "available: inventory, payments",
    )


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"request": {"path": "charges"}}, "/interactions/0/request/path: 'path' must begin with /"),
        ({"request": {"path": "/a?b=1"}}, "/interactions/0/request/path: 'path' holds a query"),
        ({"request": {"method": "GTE"}}, "/interactions/0/request/method: unknown method 'GTE'"),
        (
            {"response": {"status": "ok"}},
            "/interactions/0/response/status: 'status' must be a whole number such as 200",
        ),
        ({"type": "Sync"}, "/interactions/0/type: unknown type of interaction 'Sync'"),
        (
            {"request": {"matchingRules": {"body": {"$.a[": {"matchers": []}}}}},
            "/interactions/0/request/matchingRules/body/$.a[: cannot read the path $.a[ at character 4",
        ),
        (
            {"response": {"matchingRules": {"body": {"$.a": {"matchers": [{"match": "kind"}]}}}}},
            "/interactions/0/response/matchingRules/body/$.a: unknown matching rule 'kind'",
        ),
        (
            {"request": {"matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "(/"}]}}}},
            "/interactions/0/request/matchingRules/path: '(/' is not a regular expression",
        ),
        (
            {"request": {"matchingRules": {"path": {"matchers": [{"match": "regex", "regex": "/orders/.*"}]}}}},
            "/interactions/0/request/matchingRules/path: the example '/charges/1' does not match '/orders/.*'",
        ),
        (
            {
                "request": {
                    "matchingRules": {"body": {"$": {"matchers": [{"match": "arrayContains", "variants": [1]}]}}}
                }
            },
            "/interactions/0/request/matchingRules/body/$: an arrayContains rule needs 'variants', a list of objects",
        ),
        (
            {"response": {"matchingRules": {"body": {"$.a": {"matchers": [{"match": "type", "min": 3, "max": 1}]}}}}},
            "/interactions/0/response/matchingRules/body/$.a: 'min' 3 is larger than 'max' 1",
        ),
    ],
)
def test_a_mistake_has_its_file_pointer_and_reason(source, broken, message):
    [problem] = sources.check(source(interaction(**broken)))

    assert problem.message.startswith(message)
    assert problem.at.file.name == "web-payments.json"
    assert problem.at.line > 1


def test_an_expression_that_a_later_python_may_take_otherwise_is_one(source):
    rules = {"path": {"matchers": [{"match": "regex", "regex": "/charges/[[0-9]+"}]}}

    assert sources.check(source(interaction(request={"matchingRules": rules}))) == []


def test_what_is_no_contract_is_a_mistake(source, tmp_path):
    found = source(interaction())
    file = tmp_path / "pacts/web-payments.json"
    for text, message in {
        "{": "is not valid JSON",
        "{}": "/: is not a Pact file: it has neither 'interactions' nor 'messages'",
        '{"interactions": []}': "/consumer: the consumer has no name",
        '{"consumer": {"name": "a"}, "provider": {"name": "b"}, "interactions": {}}': "/interactions: 'interactions'",
        '{"consumer": {"name": "a"}, "provider": {"name": "b"}, "interactions": [],'
        ' "metadata": {"pactSpecification": {"version": "9"}}}': "/metadata: the version of the Pact specification",
    }.items():
        file.write_text(text)
        assert sources.check(found)[0].message.startswith(message)
    file.write_text("{")
    with pytest.raises(DescriptionError):
        sources.mappings(found)
    file.unlink()
    assert sources.check(found)[0].message == "holds no Pact file"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-01-02T03:04:05.678+01:00"),
        ("EEE, d MMM yyyy HH:mm:ss z", "Fri, 2 Jan 2026 03:04:05 GMT"),
        ("hh:mm a", "03:04 PM"),
        ("d.M.yy", "2.1.26"),
        ("yyyy''MM", "2026'01"),
    ],
)
def test_a_format_of_dates_becomes_an_expression(form, text):
    assert re.fullmatch(patterns.of_format(form).replace(r"\p{L}", "[A-Za-z]").replace("[A-Za-z].", "A-Za-z."), text)
