"""Contracts that cannot be served say why, where and what to do, soon and in little memory."""

import json
import re
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from localenv.errors import DescriptionError
from localenv.stack import StubSource
from localenv.stubs import sources
from localenv.stubs.sources.kind import Exchange
from localenv.stubs.sources.openapi import regexes
from localenv.stubs.sources.openapi.generated import generated
from localenv.stubs.sources.openapi.judging import ContractJudge
from localenv.stubs.sources.openapi.reading import read
from tests.stubs.sources.openapi.conftest import Make, answering, written

HEAD = 'openapi: 3.1.0\ninfo: {title: t, version: "1"}\n'
OK = "{get: {responses: {'200': {description: ok}}}}"

BROKEN = {
    "not YAML": ("openapi: 3.1.0\npaths: {/a: [}\n", "2:14", "is not valid YAML", ""),
    "not JSON": ('{"openapi": "3.1.0",\n "paths": {,}}', "2:12", "is not valid JSON", ""),
    "a key twice": (HEAD + "paths:\n  /a: " + OK + "\n  /a: " + OK + "\n", "5:", "duplicate key '/a'", "remove one"),
    "a key of JSON twice": ('{"openapi": "3.1.0",\n "paths": {"/a": {},\n "/a": {}}}', "3:2", "duplicate key '/a'", ""),
    "a number of many digits": (
        '{"openapi": "3.1.0",\n "x": ' + "9" * 5000 + "}",
        "2:7",
        "more than 4,300 digits",
        "exponent",
    ),
    "a control character": ("openapi: 3.1.0\nx: a\0b\n", "2:5", "the character #x0000", ""),
    "a number without an end": (
        HEAD + "paths: {/a: {get: {responses: {'200': {description: x, content: {application/json: {schema:"
        " {type: integer, minimum: 1e400}}}}}}}}\n",
        "/schema/minimum",
        '"1e400" is not of type "number"',
        "",
    ),
    "no type": (
        HEAD + "paths: {/a: {get: {responses: {'200': {description: x, content: {application/json: {schema:"
        " {properties: {b: {type: strng}}}}}}}}}}\n",
        "/schema/properties/b/type",
        '"strng" is not a type',
        "",
    ),
    "an open brace": (HEAD + "paths: {'/a/{id': " + OK + "}\n", "#/paths/~1a~1%7Bid", "is not closed", ""),
    "a list": ("- 1\n", "", "is not an OpenAPI document", "openapi: 3.1.0"),
    "no version": ("paths: {}\n", "#/openapi", "no openapi:", "3.0 and 3.1"),
    "another version": ("openapi: 4.0.0\npaths: {}\n", "#/openapi", "4.0.0 is not supported", ""),
    "Swagger 2": ("swagger: '2.0'\npaths: {}\n", "#/swagger", "Swagger 2.0", "swagger2openapi"),
    "no paths": (HEAD, "#/paths", "no paths", ""),
    "remote": (HEAD + "paths: {/a: {$ref: 'https://a.example/x.yaml#/b'}}\n", "/~1a/$ref", "not fetched", "save"),
    "outside": (HEAD + "paths: {/a: {$ref: '../../../../../etc/passwd'}}\n", "#/paths/~1a/$ref", "outside", "copy"),
    "missing": (HEAD + "paths: {/a: {$ref: 'gone.yaml'}}\n", "#/paths/~1a/$ref", "does not exist", ""),
    "itself": (
        HEAD + "paths: {/a: " + OK + "}\ncomponents: {schemas: {A: {$ref: '#/components/schemas/B'},"
        " B: {$ref: '#/components/schemas/A'}}}\n",
        "#/components/schemas/",
        "leads to itself",
        "",
    ),
    "every operation broken": (
        HEAD + "paths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/Gone'}}}}}\n",
        "#/paths/~1a/get/responses/200",
        "leads nowhere",
        "",
    ),
    "aliases without an end": (
        HEAD + "x-a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"x-{one}: &{one} [{','.join([f'*{before}'] * 10)}]\n" for before, one in pairwise("abcdefghi")
        ) + "paths: {/a: " + OK + "}\n",
        "",
        "more than 800,000 values",
        "",
    ),
    "nesting": (HEAD + "paths: {/a: " + "{a: " * 190 + "1" + "}" * 190 + "}\n", "#/paths", "nested too deeply", ""),
}  # fmt: skip


def problems(file: Path) -> list[Any]:
    return list(sources.check(StubSource(kind="openapi", value=file)))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_contract_is_refused_with_place_reason_and_hint(tmp_path: Path, name: str) -> None:
    text, place, reason, hint = BROKEN[name]
    (tmp_path / "envs").mkdir()
    file = tmp_path / "contract.yaml"
    file.write_text(text)

    [problem] = problems(file)

    assert str(problem).startswith(f"{file}") or problem.at.file.name == "contract.yaml"
    assert place in str(problem)
    assert reason in problem.message
    assert problem.hint
    assert hint in problem.hint


def test_a_circle_without_an_end_is_refused(tmp_path: Path) -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/N"}}}
    [problem] = problems(written(tmp_path, answering({"$ref": "#/components/schemas/N"}), {"N": node}))

    assert "#/paths/~1a/get/responses/200/content/application~1json/schema" in problem.message
    assert "circle of required parts" in problem.hint


def test_files_that_a_contract_refers_to_are_read_from_the_repository(tmp_path: Path) -> None:
    file = written(tmp_path, answering({"$ref": "parts/money.json#/Money"}))
    (tmp_path / "parts").mkdir()
    money = tmp_path / "parts/money.json"
    money.write_text(json.dumps({"Money": {"$ref": "../more.yaml"}}))
    (tmp_path / "more.yaml").write_text("type: object\nrequired: [amount]\nproperties: {amount: {const: 7}}\n")
    source = StubSource(kind="openapi", value=file)
    before = sources.digest([source])

    assert problems(file) == []
    assert {one.name for one in sources.watched(source)} == {"contract.yaml", "money.json", "more.yaml"}
    assert any('{"amount": 7}' in one.mapping["response"].get("body", "") for one in sources.mappings(source))
    (tmp_path / "more.yaml").write_text("type: object\nrequired: [amount]\nproperties: {amount: {const: 8}}\n")
    assert sources.digest([source]) != before
    assert any('{"amount": 8}' in one.mapping["response"].get("body", "") for one in sources.mappings(source))


@pytest.mark.parametrize("content", ["# Text", "", "7"], ids=["text", "empty", "number"])
def test_a_file_that_a_contract_refers_to_has_an_object(tmp_path: Path, content: str) -> None:
    (tmp_path / "money.yaml").write_text(content)

    [problem] = problems(written(tmp_path, answering({"$ref": "money.yaml"})))

    assert problem.at.file.name == "money.yaml"
    assert "has no object" in problem.message
    assert "schema, parameter or response" in problem.hint


def test_a_description_in_a_file_of_its_own_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "tag.md").write_text("# A tag: [")
    texts = [{"name": "a", "description": {"$ref": "tag.md"}}, {"name": "b", "description": {"$ref": "gone.md"}}]
    names = {"type": "object", "properties": {"description": {"$ref": "#/components/schemas/D"}}}
    file = written(tmp_path, answering(names), {"D": {"const": "followed"}}, tags=texts)
    source = StubSource(kind="openapi", value=file)

    assert (problems(file), sources.warnings(source)) == ([], ())
    [made] = [one.mapping["response"] for one in sources.mappings(source)]
    assert json.loads(made["body"]) == {"description": "followed"}


def test_a_link_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (tmp_path / "secret.yaml").write_text("type: string\n")
    (repository / "link.yaml").symlink_to(tmp_path / "secret.yaml")

    assert "outside the repository" in problems(written(repository, answering({"$ref": "link.yaml"})))[0].message


def test_a_broken_operation_alone_is_left_out_with_a_warning(tmp_path: Path) -> None:
    paths = answering({"type": "object"}) | {
        "/b": {"get": {"responses": {"200": {"$ref": "#/components/responses/No"}}}},
        "/c": answering({"$ref": "#/components/schemas/No"})["/a"],
        "/d": answering({"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/No"}}})["/a"],
    }
    source = StubSource(kind="openapi", value=written(tmp_path, paths))

    assert sources.check(source) == ()
    first, second, third = (one.message for one in sources.warnings(source))
    assert "#/paths/~1b/get/responses/200: $ref leads nowhere" in first
    assert "#/paths/~1c/get/responses/200/content/application~1json/schema: $ref leads nowhere" in second
    assert (
        "~1d/get/responses/200/content/application~1json/schema: $ref leads nowhere: #/components/schemas/No" in third
    )
    assert {one.about["operation"] for one in sources.mappings(source)} == {"GET /a"}


def test_an_example_that_does_not_fit_is_named_and_not_served(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    source = StubSource(kind="openapi", value=written(tmp_path, answering(schema, example={"n": "seven"})))

    [warning] = sources.warnings(source)
    assert "/content/application~1json/example/n: the example does not fit" in warning.message
    assert all("seven" not in json.dumps(one.mapping) for one in sources.mappings(source))


def test_a_word_of_yaml_1_1_is_text(tmp_path: Path) -> None:
    file = written(tmp_path, answering({}))
    file.write_text(file.read_text() + "x-words: {no: no, on: on, date: 2026-01-31, octal: 010, list: [yes, ~, 1.5]}\n")

    assert read(file).root["x-words"] == {
        "no": "no", "on": "on", "date": "2026-01-31", "octal": 10, "list": ["yes", None, 1.5],
    }  # fmt: skip


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(a+)+$",
        r"^([a-z0-9]+)*$",
        r"(x+x+)+y",
        r"^(\w+\s?)*$",
        r"(.*)*",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"^(a|[ab])*$",
        r"^(ab|[a-c])*$",
        r"^(a|aa)+$",
    ],
)
def test_an_expression_that_may_not_end_is_known(pattern: str) -> None:
    assert regexes.is_endless(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^([a-z]+\.)*[a-z]+$",
        r"^[^,]+(,[^,]+)*$",
        r"^(\d{4})+$",
        r"^(https?://)?[\w.-]+(/[\w-]+)*$",
        r"[",
        r"^a|b$",
        r"^(?:[a-z[]|\[x:1\])*@$",
        r"^(ab|ac|bd|b)*$",
        r"^(foo|food)*$",
    ],
)
def test_one_that_ends_is_not_suspected(pattern: str) -> None:
    assert not regexes.is_endless(pattern)


def test_an_expression_that_may_not_end_is_a_mistake_where_all_have_one_else_it_does_not_judge(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    paths = answering({"$ref": "#/components/schemas/S"})
    file = written(tmp_path, paths, {"S": schema})
    began = time.monotonic()

    [problem] = problems(file)
    assert (
        "#/components/schemas/S/properties/a/pattern: the regular expression ^(a+)+$ may never end" in problem.message
    )
    assert "repetition" in problem.hint
    written(tmp_path, paths | {"/b": answering({})["/a"]}, {"S": schema})
    source = StubSource(kind="openapi", value=file)
    assert problems(file) == []
    [warning] = sources.warnings(source)
    assert "may never end; requests are not judged by it" in warning.message
    assert [one.mapping["request"]["urlPath"] for one in sources.mappings(source)] == ["/a", "/b"]
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_an_enormous_contract_is_refused_with_less_than_500_megabytes(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"contract.{suffix}"
    with file.open("wb") as opened:
        opened.write(b'{"openapi": "3.1.0", "paths": {"/a": "')
        opened.truncate(100 << 20)
    code = (
        "import sys; from pathlib import Path;"
        "from localenv.stack import StubSource; from localenv.stubs import sources;"
        "print(*sources.check(StubSource(kind='openapi', value=Path(sys.argv[1]))));"
        "print(Path('/proc/self/status').read_text())"
    )
    output = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True).stdout

    assert "is larger than" in output
    assert "hint:" in output
    [most] = re.findall(r"VmHWM:\s+(\d+) kB", output)  # unlike rusage, without what the process had that started it
    assert int(most) < 500 << 10


def test_a_contract_that_cannot_be_read_any_more_is_an_error_of_the_description(tmp_path: Path) -> None:
    file = written(tmp_path, answering({}))
    file.unlink()

    with pytest.raises(DescriptionError, match="cannot be read"):
        sources.mappings(StubSource(kind="openapi", value=file))


def test_of_many_mistakes_the_first_hundred_are_told_in_their_order(tmp_path: Path) -> None:
    paths = {f"/p{number}": {"$ref": f"https://a.example/{number}"} for number in range(2500)}
    found = problems(written(tmp_path, paths))

    assert len(found) == 101
    assert "/paths/~1p0/$ref" in found[0].message
    assert "/paths/~1p99/$ref" in found[99].message
    assert "more than 100 mistakes" in found[100].message


def test_paths_of_yaml_are_counted_before_they_are_parsed(tmp_path: Path) -> None:
    """A mistake behind them is not even seen."""
    paths = "".join(f"  {mark}/p{n}{mark}: {OK}\n" for n in range(1001) for mark in ("", "'", '"'))
    few = "".join(f"  /p{n}: {OK}\n" for n in range(20)) + "x-others:\n" + "".join(f"  /q{n}: 1\n" for n in range(3000))
    (tmp_path / "envs").mkdir()
    file = tmp_path / "contract.yaml"
    file.write_text(f"{HEAD}paths:  # all\n{paths}x: [\n")
    (found,) = problems(file)
    file.write_text(f"{HEAD}paths:\n{few}")

    assert "#/paths: has 3,003 paths; at most 3,000 operations are served" in found.message
    assert problems(file) == []


def test_files_that_are_large_together_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, {f"/p{n}": {"$ref": f"p{n}.yaml"} for n in range(4)})
    for n in range(4):
        (tmp_path / f"p{n}.yaml").write_text(f"get: {{responses: {{}}}}\n# {'x' * (3 << 20)}")
    (found,) = problems(file)

    assert str(found).startswith(f"{file}")
    assert "is larger than 16 MiB with the files that it refers to" in found.message


def test_an_operation_may_have_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "ops").mkdir()
    answer = {"description": "ok", "content": {"application/json": {"schema": {"$ref": "../a.yaml#/A"}}}}
    (tmp_path / "ops/get.json").write_text(json.dumps({"operationId": "getA", "responses": {"200": answer}}))
    (tmp_path / "a.yaml").write_text("A: {const: from the file}\n")
    source = StubSource(kind="openapi", value=written(tmp_path, {"/a": {"get": {"$ref": "ops/get.json"}}}))

    [made] = [one.mapping for one in sources.mappings(source)]
    assert (made["name"], made["response"]["body"]) == ("getA 200", '"from the file"')


def test_maps_of_paths_schemas_and_properties_may_have_files_of_their_own(tmp_path: Path) -> None:
    pet = {"type": "object", "required": ["tag", "own"], "properties": {"own": {"const": 1}, "$ref": "maps.json#/tags"}}
    gone = {"type": "object", "properties": {"$ref": "maps.json#/gone"}}
    paths = {
        one: answering({"$ref": f"contract.yaml#/components/schemas/{one[1:]}"})["/a"] for one in ("/Pet", "/Gone")
    }
    maps = {"paths": paths, "schemas": {"Pet": pet, "Gone": gone}, "tags": {"tag": {"type": "string", "enum": ["cat"]}}}
    (tmp_path / "maps.json").write_text(json.dumps(maps))
    file = written(tmp_path, {"$ref": "maps.json#/paths"}, {"$ref": "maps.json#/schemas"})
    source = StubSource(kind="openapi", value=file)

    assert sources.check(source) == ()
    [made] = [one.mapping["response"] for one in sources.mappings(source)]
    assert json.loads(made["body"]) == {"own": 1, "tag": "cat"}
    [left] = sources.warnings(source)
    assert "$ref leads nowhere" in left.message
    assert "GET /Gone is left out" in left.message


def test_a_schema_is_found_by_its_anchor_the_nearest_of_several(contract: Make) -> None:
    node = {"type": "object", "required": ["n"], "properties": {"n": {"const": 7}, "more": {"$dynamicRef": "#node"}}}
    own = {"$defs": {"own": {"$dynamicAnchor": "node", "const": 3}}}
    page = {"type": "array", "minItems": 1, "items": {"$dynamicRef": "#node"}, **own}
    schemas = {"Node": {"$dynamicAnchor": "node", **node}, "Named": {"$anchor": "named", "const": "a"}, "Page": page}
    paths = {
        "/nodes": answering({"$ref": "#/components/schemas/Node"})["/a"],
        "/named": answering({"$ref": "#named"})["/a"],
        "/pages": answering({"$ref": "#/components/schemas/Page"})["/a"],
        "/none": answering({"$ref": "#none"})["/a"],
    }
    found = generated(contract(paths, schemas), base=None, is_strict=False)

    bodies = {one["name"].split()[1]: json.loads(one["mapping"]["response"]["body"]) for one in found.mappings}
    assert bodies == {"/nodes": {"n": 7}, "/named": "a", "/pages": [3]}
    (left_out,) = found.broken
    assert "$ref leads nowhere: #none; GET /none is left out" in left_out.message


@pytest.mark.parametrize("schema", [{"items": {"type": [[1]]}, "type": "array"}, {"type": "object", "properties": 7}])
def test_a_schema_of_a_parameter_with_values_of_wrong_types_judges_nothing(contract: Make, schema: Any) -> None:
    paths = answering({})
    paths["/a"]["get"]["parameters"] = [{"name": "q", "in": "query", "style": "deepObject", "schema": schema}]
    judge = ContractJudge(contract=contract(paths), base=None, is_strict=False)

    assert judge.judge(Exchange(method="GET", url="/a?q[b]=1&q=2", status=200, is_own=True)) == []


def test_a_limit_that_is_a_flag_is_read_in_3_1_too(tmp_path: Path) -> None:
    limited = {"type": "integer", "minimum": 0, "exclusiveMinimum": True, "maximum": 2, "exclusiveMaximum": False}
    source = StubSource(kind="openapi", value=written(tmp_path, answering(limited), version="3.1.0"))

    assert problems(source.path) == []
    assert [one.mapping["response"]["body"] for one in sources.mappings(source)] == ["1"]


def test_more_operations_than_can_be_served_in_time_are_refused(tmp_path: Path) -> None:
    item = answering({})["/a"]
    (found,) = problems(written(tmp_path, {f"/p{number}": item for number in range(3001)}))

    assert "has 3,001 paths; at most 3,000 operations are served" in found.message
    assert "leave out the operations that nothing calls" in found.hint


@pytest.mark.parametrize("keys", [("if", "then", "else"), ("not",), ("anyOf",), ("dependentSchemas",)])
def test_schemas_that_double_with_each_combination_are_left_out(contract: Make, keys: tuple[str, ...]) -> None:
    def level(number: int) -> dict[str, Any]:
        ref = {"$ref": f"#/components/schemas/S{number + 1}"}
        one = {"anyOf": [ref] * 2, "not": {"anyOf": [ref] * 2}, "dependentSchemas": {"a": ref, "b": ref}}
        return {key: one.get(key, ref) for key in keys}

    schemas = {**{f"S{number}": level(number) for number in range(60)}, "S60": {"type": "string"}}

    made = generated(contract(answering({"$ref": "#/components/schemas/S0"}), schemas), base=None, is_strict=False)

    assert "combines too many other schemas" in "\n".join(one.message for one in made.broken)


def test_what_would_not_end_is_left_out_and_named_and_the_others_are_served(contract: Make) -> None:
    doubled = {
        f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}] * 2, "properties": {"a": {"type": "string"}}}
        for n in range(60)
    }
    schemas = {
        "combined": {"$ref": "#/components/schemas/S0"},
        "long": {"type": "string", "minLength": 2_000_000_000},
        "many": {"type": "array", "minItems": 1_000_000_000, "items": {"type": "string"}},
        "repeated": {"type": "string", "pattern": "((((a{100}){100}){100}){100})"},
        "plain": {"type": "string"},
    }
    paths = {f"/{name}": answering(schema)["/a"] for name, schema in schemas.items()}

    made = generated(contract(paths, {**doubled, "S60": {"type": "string"}}), base=None, is_strict=False)

    assert made.operations == 1
    assert [one["about"]["operation"] for one in made.mappings] == ["GET /plain"]
    reasons = "\n".join(one.message for one in made.broken)
    assert "#/components/schemas/S0: combines too many other schemas; GET /combined is left out" in reasons
    assert all(f"GET /{name} is left out" in reasons for name in schemas if name != "plain")


@pytest.mark.parametrize("pattern", ["^[a-z]{1000000000}$", "^(?:(?:a{1000}){1000}){1000}$", "(a|bc){999999999,}"])
def test_an_expression_that_matches_only_enormous_texts_is_refused_before_one_is_made(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regexes, "_texts", None)
    with pytest.raises(regexes.Unsupported, match="a text of more than 131072 characters"):
        regexes.sample(pattern)


def test_an_operation_judges_no_request_by_a_broken_schema_and_that_is_a_warning(contract: Make) -> None:
    body = {"content": {"application/json": {"schema": {"properties": {"b": {"type": "strng"}}}}}}
    parameters = [
        {"name": "q", "in": "query", "schema": {"type": "string", "pattern": "(("}},
        {"name": "n", "in": "query", "schema": {"type": "integer"}},
    ]
    paths = {"/a": {"post": {**answering({})["/a"]["get"], "requestBody": body, "parameters": parameters}}}
    found = generated(contract(paths), base=None, is_strict=False)

    assert [one.message.split(": ", 1)[1] for one in found.warnings] == [
        '"((" is not a "regex"; POST /a judges no request by it',
        '"strng" is not a type; POST /a judges no request by it',
    ]
    requests = [one["mapping"]["request"] for one in found.mappings if one["about"]["code"] == "200"]
    assert all(one["queryParameters"].keys() == {"n"} for one in requests)
    assert [one.get("bodyPatterns") for one in requests] == [None, [{"absent": True}]]
