"""The commands that read descriptions and start nothing."""

import json

import pytest

BROKEN = "services: {api: {image: x, prot: 8000}}\nneeds: {db: postgrse}\n"


def test_check_says_ok_for_every_description(call, repository):
    repository({"envs/local.yaml": "services: {api: {image: x}}\n", "envs/demo.yaml": "extends: local.yaml\n"})
    output = call("check")

    assert (output.code, output.out, output.err) == (0, "ok envs/demo.yaml\nok envs/local.yaml\n", "")


def test_check_shows_all_mistakes_at_once_at_their_places(call, repository):
    repository({"envs/local.yaml": BROKEN, "envs/fine.yaml": "services: {api: {image: x}}\n"})
    output = call("check")

    assert (output.code, output.out) == (2, "ok envs/fine.yaml\n")
    assert "envs/local.yaml:1:28: " in output.err
    assert "envs/local.yaml:2:" in output.err


def test_a_mistake_in_what_several_descriptions_extend_is_shown_once(call, repository):
    repository({"envs/local.yaml": BROKEN, "envs/demo.yaml": "extends: local.yaml\n"})

    assert call("check").err.count("envs/local.yaml:1:28: ") == 1


def test_check_of_one_description_looks_at_no_other(call, repository):
    repository({"envs/local.yaml": BROKEN, "envs/fine.yaml": "services: {api: {image: x}}\n"})

    assert call("check", "fine").code == 0


def test_check_as_json_has_every_mistake_with_its_place(call, repository):
    folder = repository({"envs/local.yaml": BROKEN})
    output = call("check", "--json")

    [one] = json.loads(output.out)
    assert output.code == 2
    assert one["file"] == str(folder / "envs/local.yaml")
    assert (one["problems"][0]["line"], one["problems"][0]["column"]) == (1, 28)
    assert set(one["problems"][0]) == {"message", "hint", "file", "line", "column"}


TEMPLATES = {
    "mappings/a.json": {"request": {"url": "/a"}, "response": {"jsonBody": {"id": ["{{request.path}}"]}}},
    "mappings/b.json": {"request": {"url": "/b"}, "response": {"bodyFileName": "b.txt"}},
    "mappings/c.json": {
        "request": {"url": "/c"},
        "response": {"body": "{{now}}", "transformers": ["response-template"]},
    },
    "mappings/d.json": {"request": {"url": "/d"}, "response": {"bodyFileName": "d.html"}},
}
STUBS = {f"stubs/pay/{name}": json.dumps(mapping) for name, mapping in TEMPLATES.items()} | {
    "stubs/pay/__files/b.txt": "{{request.path}}",
    "stubs/pay/__files/d.html": "<p>{{ user.name }}</p>",
}


def test_check_points_out_templates_that_no_transformer_fills_in(call, repository):
    repository({"envs/local.yaml": "upstreams: {pay: {stubs: ../stubs/pay}}\n", **STUBS})
    output = call("check")

    assert (output.code, output.out) == (0, "ok envs/local.yaml\n")
    first, _, second, hint = output.err.splitlines()
    assert first.startswith("warning: stubs/pay/mappings/a.json:1:")
    assert first.endswith("{{request.path}} is sent as written: the stub is not a template")
    assert second.startswith("warning: stubs/pay/mappings/b.json:1:")
    assert "templating: all" in hint
    [document] = json.loads(call("check", "--json").out)
    assert [one["line"] for one in document["warnings"]] == [1, 1]


def test_check_says_nothing_of_templates_where_every_stub_is_one(call, repository):
    repository({"envs/local.yaml": "upstreams: {pay: {stubs: ../stubs/pay, templating: all}}\n", **STUBS})

    assert call("check").err == ""


def test_check_points_out_templates_that_the_server_cannot_read(call, repository):
    broken = {"request": {"url": "/a"}, "response": {"jsonBody": {"a": "{{#if b}}"}}}
    in_file = {"request": {"url": "/c"}, "response": {"bodyFileName": "c.txt"}}
    repository(
        {
            "envs/local.yaml": "upstreams: {pay: {stubs: ../stubs/pay, templating: all}}\n",
            "stubs/pay/mappings/a.json": json.dumps(broken),
            "stubs/pay/mappings/c.json": json.dumps(in_file),
            "stubs/pay/__files/c.txt": "{{/if}}",
        }
    )
    first, second = call("check").err.splitlines()

    assert first.endswith("a template that WireMock answers with 500: {{#if}} is not closed")
    assert second.endswith("a template that WireMock answers with 500: c.txt: {{/if}} closes nothing")


def test_check_points_out_an_xpath_that_matches_nothing(call, repository):
    matchers = [{"and": [{"matchesXPath": "/a["}, {"matchesXPath": {"expression": "/b", "equalTo": "x"}}]}]
    mapping = {"request": {"url": "/a", "bodyPatterns": matchers}, "response": {}}
    repository(
        {
            "envs/local.yaml": "upstreams: {pay: {stubs: ../stubs/pay}}\n",
            "stubs/pay/mappings/a.json": json.dumps(mapping),
        }
    )
    [line] = call("check").err.splitlines()

    reason = "'matchesXPath' is not an XPath, so this stub matches no request: it ends where a name is expected"
    assert line.startswith("warning: stubs/pay/mappings/a.json:1:")
    assert line.endswith(reason)


def test_the_schema_is_json_schema(call):
    assert json.loads(call("schema").out)["$schema"].startswith("https://json-schema.org/")


def test_plan_shows_what_a_description_means(call, repository):
    repository({"envs/local.yaml": 'name: shop\nservices: {api: {image: x, environment: {A: "${env.HOME}"}}}\n'})

    assert call("plan").out.startswith("environment shop, as local describes it\n\nservice api\n  image x\n")


def test_render_prints_the_compose_file(call, repository):
    repository({"envs/local.yaml": "services: {api: {image: some-image, port: 8000}}\n"})
    output = call("render")

    assert output.code == 0
    assert "some-image" in output.out
    assert "127.0.0.1:${API_PORT:-}:8000" in output.out


@pytest.mark.parametrize(
    ("folder", "reason"),
    [("file/below", "error: cannot create file/below: Not a directory"),
     ("file", "error: file exists and is not a directory"),
     ("full", "error: full exists and is not empty")],
)  # fmt: skip
def test_a_folder_that_cannot_be_written_to_is_the_users_to_choose_again(call, repository, folder, reason):
    repository({"envs/local.yaml": "services: {api: {image: x}}\n", "file": "", "full/kept": ""})
    output = call("render", folder)

    assert output.code == 2
    assert output.err.startswith(reason)


def test_a_folder_without_descriptions_is_told_what_to_write(call):
    output = call("plan")

    assert output.code == 2
    assert output.err.startswith("error: no folder envs/ in ")
    assert "hint: to write a description: localenv init" in output.err


def test_an_environment_that_is_not_described_is_told_which_are(call, repository):
    repository({"envs/local.yaml": "services: {api: {image: x}}\n", "envs/ci.yaml": "extends: local.yaml\n"})

    assert call("plan", "staging").err == "error: envs/staging.yaml does not exist\nhint: available: ci, local\n"


def test_a_name_that_could_be_a_path_is_refused(call, repository):
    repository({"envs/local.yaml": "services: {api: {image: x}}\n"})
    output = call("plan", "--name", "../../x")

    assert output.code == 2
    assert output.err.startswith("error: '../../x' is not a valid name of an environment\nhint: ")


def test_the_name_comes_from_the_option_then_from_the_variable(call, repository, monkeypatch):
    repository({"envs/local.yaml": "services: {api: {image: x}}\n"})
    monkeypatch.setenv("LOCALENV_NAME", "second")

    assert call("plan").out.startswith("environment second,")
    assert call("plan", "--name", "third").out.startswith("environment third,")
    monkeypatch.setenv("LOCALENV_ENV", "demo")
    assert call("plan").err.startswith("error: envs/demo.yaml does not exist")


def test_an_engine_that_is_not_there_is_named(call, repository):
    repository({"envs/local.yaml": "services: {api: {image: x}}\n"})
    output = call("up", "--engine", "vax")

    assert output.code == 2
    assert output.err.startswith("error: unknown engine 'vax'\nhint: available: auto, compose")


def test_options_that_contradict_each_other_are_refused(call, repository):
    repository({"envs/local.yaml": "services: {api: {image: x}}\n"})

    assert "choose --detach or -- CMD" in call("up", "-d", "--", "true").err
    assert "--dry-run runs no command" in call("up", "--dry-run", "--", "true").err
    assert "--all takes no ENV" in call("down", "--all", "local").err
