"""`localenv check` judges stubs by contracts, and shows how a contract has changed."""

import json

import yaml

OPERATION = (
    "{responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/C'}}}}}}"
)
CONTRACT = f"""
openapi: 3.1.0
info: {{title: shop, version: "1"}}
paths:
  /charges: {{get: {OPERATION}, post: {OPERATION}}}
components:
  schemas:
    C: {{type: object, required: [id], properties: {{id: {{type: string}}, state: {{enum: [paid, open]}}}}}}
"""
DESCRIPTION = "upstreams: {shop: {openapi: ../shop.yaml, stubs: ../stubs}}\n"
FITTING = {"request": {"method": "GET", "urlPath": "/charges"}, "response": {"jsonBody": {"id": "1"}}}
FILES = {"envs/local.yaml": DESCRIPTION, "shop.yaml": CONTRACT, "stubs/mappings/a.json": json.dumps(FITTING)}


def test_a_stub_that_has_drifted_from_its_contract_is_a_mistake(call, repository):
    drifted = FITTING | {"response": {"jsonBody": {"id": 1}}}
    repository(FILES | {"stubs/mappings/a.json": json.dumps(drifted)})
    output = call("check")

    assert output.code == 2
    assert "stubs/mappings/a.json:1:" in output.err
    assert 'does not fit the contract: GET /charges: response #/id: 1 is not of type "string"' in output.err


def test_a_changed_contract_is_shown_as_what_changed_until_it_is_accepted(call, repository):
    folder = repository(FILES)
    assert call("check").code == 0
    assert not (folder / "envs/contracts.lock").exists()
    assert "accepted shop.yaml (new)" in call("check", "--update").err
    assert call("check").code == 0
    changed = CONTRACT.replace(f", post: {OPERATION}", "").replace("[paid, open]", "[paid]")
    changed = changed.replace("required: [id]", "required: [id, tax]").replace("{id:", "{tax: {type: number}, id:")
    (folder / "shop.yaml").write_text(changed)
    output = call("check")

    assert output.code == 2
    for line in (
        "removed POST /charges",
        'changed schema C.state: any enum ["paid", "open"] → any enum ["paid"]',
        "added schema C.tax: number required",
        "hint: localenv check --update accepts it",
    ):
        assert line in output.err.replace("schema C state", "schema C.state").replace("schema C tax", "schema C.tax")
    assert "accepted shop.yaml (3 changes)" in call("check", "--update").err
    assert "does not fit" in call("check").err  # the stub has no tax


def test_a_contract_that_is_not_in_the_lock_is_told(call, repository):
    folder = repository(FILES)
    call("check", "--update")
    (folder / "more.yaml").write_text(CONTRACT)
    (folder / "envs/local.yaml").write_text(DESCRIPTION + "  \n".replace("  ", ""))
    (folder / "envs/other.yaml").write_text("upstreams: {more: {openapi: ../more.yaml}}\n")
    output = call("check")

    assert (output.code, "more.yaml:1:1: is not in contracts.lock" in output.err) == (2, True)


def test_other_words_in_a_contract_are_told_apart_from_other_fields(call, repository):
    folder = repository(FILES)
    call("check", "--update")
    (folder / "shop.yaml").write_text(CONTRACT.replace("title: shop", "title: the shop"))

    output = call("check")

    assert output.code == 0
    assert "shop.yaml:1:1: the contract changed since it was accepted (only words or examples)" in output.err


def test_a_contract_that_is_laid_out_anew_or_moved_is_no_changed_one(call, repository):
    folder = repository(FILES)
    call("check", "--update")
    (folder / "shop.yaml").unlink()
    (folder / "shop.json").write_text(json.dumps(yaml.safe_load(CONTRACT), sort_keys=True))
    (folder / "envs/local.yaml").write_text(DESCRIPTION.replace("shop.yaml", "shop.json"))
    output = call("check")

    assert (output.code, output.err) == (0, "")
    (folder / "shop.json").write_text(json.dumps(yaml.safe_load(CONTRACT.replace("type: string", "type: integer"))))
    assert "shop.json:1:1: the contract changed since it was accepted:\n    changed schema C id: " in call("check").err


def test_a_lock_with_a_merge_conflict_is_named_and_written_anew(call, repository):
    folder = repository(FILES)
    call("check", "--update")
    lock = folder / "envs/contracts.lock"
    lock.write_text("<<<<<<< HEAD\n" + lock.read_text())
    output = call("check")

    assert output.code == 2
    assert "envs/contracts.lock:1:1: is not valid: it has a merge conflict" in output.err
    assert "accepted shop.yaml (new)" in call("check", "--update").err
    assert call("check").code == 0


def test_a_contract_that_is_broken_ends_with_2(call, repository):
    repository(FILES | {"shop.yaml": "openapi: 3.1.0\npaths: {/a: {$ref: 'https://a.example/b'}}\n"})
    output = call("check")

    assert output.code == 2
    assert "shop.yaml:1:1: #/paths/~1a/$ref: refers to https://a.example/b, which is not fetched" in output.err


def test_the_lock_is_neither_written_nor_read_through_a_link_out_of_the_repository(call, repository, tmp_path_factory):
    folder, outside = repository(FILES), tmp_path_factory.mktemp("outside")
    (folder / "envs/contracts.lock").symlink_to(outside / "new")
    output = call("check", "--update")

    assert output.code == 1
    assert "envs/contracts.lock: it leads out of" in output.err
    assert list(outside.iterdir()) == []
    (outside / "new").write_text(
        json.dumps({"contracts": {"../shop.yaml": {"digest": "", "outline": ["canary-4711"]}}})
    )
    assert "canary" not in call("check").err
