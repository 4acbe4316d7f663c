"""The packs of stubs that come with localenv, asked by the client libraries of the services that they stand for."""

import base64
import json
import time

import httpx
import jsonschema
import pytest

DESCRIPTION = """
    name: NAME
    upstreams:
      openai: {pack: openai}
      sentry: {pack: sentry}
      telemetry: {pack: otlp}
      metadata: {pack: metadata, stubs: ../own}
"""
OWN = [{"request": {"method": "GET", "urlPath": f"/{name}"}, "response": {}} for name in ("hit", "missed")]


@pytest.fixture(scope="module")
def shop(shared_world):
    written = ",\n".join(map(json.dumps, OWN))
    world = shared_world({"own/mappings/both.json": f'{{"mappings": [\n{written}]}}'}, app=False)
    world.describe(DESCRIPTION)
    world.up()
    return world


def test_of_mappings_that_answered_nothing_those_of_the_repository_are_named(shop):
    httpx.get(f"{shop.url('metadata')}/hit")

    output = shop.run("check", "--unused").text
    assert "own/mappings/both.json:3:1: metadata: " in output
    assert output.count("answered no request") == 1


@pytest.fixture
def openai(shop):
    package = pytest.importorskip("openai", reason="the package openai is not installed")
    with package.OpenAI(base_url=f"{shop.url('openai')}/v1", api_key="any", max_retries=0) as client:
        yield client


def test_openai_answers_its_own_client(openai):
    asked = [{"role": "user", "content": "Hello?"}]
    done = openai.chat.completions.create(model="gpt-4o", messages=asked)
    assert (done.model, done.choices[0].message.content) == ("gpt-4o", "Hello! This answer comes from a stub.")
    assert abs(done.created - time.time()) < 60
    in_json = openai.chat.completions.create(model="a", messages=asked, response_format={"type": "json_object"})
    assert json.loads(in_json.choices[0].message.content) == {}

    chunks = list(
        openai.chat.completions.create(
            model="gpt-4o", messages=asked, stream=True, stream_options={"include_usage": True}
        )
    )
    streamed = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    assert streamed == done.choices[0].message.content
    assert (len(chunks) > 5, chunks[-1].usage.total_tokens) == (True, 17)

    answer = openai.responses.create(model="gpt-5", input="Hello?")
    assert (answer.model, answer.output_text) == ("gpt-5", streamed)
    events = list(openai.responses.create(model="gpt-5", input="Hello?", stream=True))
    assert "".join(one.delta for one in events if one.type == "response.output_text.delta") == streamed
    assert (events[-1].type, events[-1].response.output_text) == ("response.completed", streamed)


ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"enum": ["b2b", "b2c"], "type": "string"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
    },
    "required": ["id", "at", "kind", "note", "lines"],
    "additionalProperties": False,
    "$defs": {
        "Line": {
            "type": "object",
            "properties": {"sku": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/Line"}}},
            "required": ["sku", "parts"],
            "additionalProperties": False,
        }
    },
}


def test_openai_answers_with_json_that_fits_the_schema_it_is_given(openai):
    asked = [{"role": "user", "content": "An order, please."}]
    form = {"type": "json_schema", "json_schema": {"name": "order", "schema": ORDER, "strict": True}}
    done = openai.chat.completions.create(model="gpt-4o", messages=asked, response_format=form)
    chunks = openai.chat.completions.create(model="gpt-4o", messages=asked, response_format=form, stream=True)
    text = {"format": {"type": "json_schema", "name": "order", "schema": ORDER, "strict": True}}
    answer = openai.responses.create(model="gpt-5", input="An order, please.", text=text)
    events = openai.responses.create(model="gpt-5", input="An order, please.", text=text, stream=True)

    found = [
        done.choices[0].message.content,
        "".join(one.choices[0].delta.content or "" for one in chunks if one.choices),
        answer.output_text,
        "".join(one.delta for one in events if one.type == "response.output_text.delta"),
    ]
    for one in found:
        jsonschema.validate(json.loads(one), ORDER)
    assert json.loads(found[0])["lines"][0]["sku"] == "text"
    assert len(set(found)) == 1


def test_openai_calls_the_tool_that_the_request_demands(openai):
    asked = [{"role": "user", "content": "The weather?"}]
    functions = [
        {"name": name, "parameters": {"type": "object", "properties": {argument: {"type": "string"}}}}
        for name, argument in (("weather", "city"), ("time", "zone"))
    ]
    tools = [{"type": "function", "function": one} for one in functions]
    named = {"type": "function", "function": {"name": "time"}}
    [call] = (
        openai.chat.completions.create(model="gpt-4o", messages=asked, tools=tools, tool_choice=named)
        .choices[0]
        .message.tool_calls
    )
    assert (call.function.name, json.loads(call.function.arguments)) == ("time", {"zone": "text"})
    chunks = openai.chat.completions.create(
        model="gpt-4o", messages=asked, tools=tools, tool_choice="required", stream=True
    )
    parts = [one.choices[0].delta.tool_calls[0].function for one in chunks if one.choices[0].delta.tool_calls]
    assert parts[0].name == "weather"
    assert json.loads("".join(one.arguments for one in parts)) == {"city": "text"}

    flat = [{"type": "function", **one} for one in functions]
    [output] = openai.responses.create(model="gpt-5", input="?", tools=flat, tool_choice="required").output
    assert (output.type, output.name, json.loads(output.arguments)) == ("function_call", "weather", {"city": "text"})
    auto = openai.chat.completions.create(model="gpt-4o", messages=asked, tools=tools)
    assert auto.choices[0].message.tool_calls is None


def test_openai_embeds_texts_and_lists_models(openai):
    for encoding in ({}, {"encoding_format": "float"}):
        one = openai.embeddings.create(model="text-embedding-3-small", input="a", **encoding)
        several = openai.embeddings.create(model="text-embedding-3-small", input=["a", "b"], **encoding)
        assert [len(each.embedding) for each in one.data] == [1536]
        assert [(each.index, len(each.embedding)) for each in several.data] == [(0, 1536), (1, 1536)]
        assert sum(number**2 for number in one.data[0].embedding) == pytest.approx(1, abs=1e-3)
    assert "gpt-4o" in [one.id for one in openai.models.list()]
    assert openai.models.retrieve("gpt-4o-mini").id == "gpt-4o-mini"


def test_openai_refuses_as_the_real_one_does(openai):
    package = pytest.importorskip("openai")
    asked = {"messages": [{"role": "user", "content": "Hello?"}]}
    with pytest.raises(package.RateLimitError) as limited:
        openai.chat.completions.create(model="rate-limited", **asked)
    assert limited.value.response.headers["Retry-After"] == "1"
    with pytest.raises(package.NotFoundError):
        openai.models.retrieve("missing-model")
    with pytest.raises(package.BadRequestError):
        openai.embeddings.create(model="a", input="a", dimensions=256)
    retried = openai.with_options(max_retries=1).chat.completions.create(model="rate-limited-once", **asked)
    assert retried.choices[0].finish_reason == "stop"
    assert httpx.get(f"{str(openai.base_url).rstrip('/')}/models").status_code == 401


def test_sentry_takes_events_and_they_are_counted(shop):
    sdk = pytest.importorskip("sentry_sdk", reason="the package sentry-sdk is not installed")
    before = shop.status()["services"]["sentry"]["requests"]
    address = shop.url("sentry").removeprefix("http://")
    client = sdk.Client(dsn=f"http://key@{address}/1", default_integrations=False, auto_enabling_integrations=False)
    client.capture_event({"message": "something broke"})
    client.close(timeout=10)

    sentry = shop.status()["services"]["sentry"]
    assert (sentry["requests"] > before, sentry["unmatched"]) == (True, 0)


def test_telemetry_is_taken_and_counted(shop):
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="opentelemetry is not installed")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult

    exporter = OTLPSpanExporter(endpoint=f"{shop.url('telemetry')}/v1/traces", timeout=10)
    results = []
    send = exporter.export
    exporter.export = lambda spans: results.append(send(spans)) or results[-1]
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("t").start_as_current_span("a span"):
        pass
    provider.shutdown()

    assert results == [SpanExportResult.SUCCESS]
    assert httpx.post(f"{shop.url('telemetry')}/v1/logs", json={"resourceLogs": []}).json() == {}
    assert shop.status()["services"]["telemetry"]["unmatched"] == 0


def test_the_metadata_server_of_aws_gives_credentials(shop):
    pytest.importorskip("botocore", reason="the package boto3 is not installed")
    from botocore.utils import InstanceMetadataFetcher, InstanceMetadataRegionFetcher

    url = f"{shop.url('metadata')}/"
    found = InstanceMetadataFetcher(timeout=10, base_url=url).retrieve_iam_role_credentials()
    assert found["role_name"] == "localenv"
    assert found["access_key"].startswith("ASIA")
    assert InstanceMetadataRegionFetcher(timeout=10, base_url=url).retrieve_region() == "eu-central-1"
    assert httpx.get(f"{url}latest/meta-data/instance-id").status_code == 401
    with_token = {"X-aws-ec2-metadata-token": "token-of-a-stub"}
    parts = httpx.get(f"{url}latest/dynamic/instance-identity/", headers=with_token).text.split()
    found = {one: httpx.get(f"{url}latest/dynamic/instance-identity/{one}", headers=with_token) for one in parts}
    assert found["document"].json()["region"] == "eu-central-1"
    assert {one.status_code for one in found.values()} == {200}
    not_set_up = httpx.get(f"{url}latest/meta-data/spot/instance-action", headers=with_token)
    assert (not_set_up.status_code, not_set_up.text) == (404, "")


def test_the_metadata_servers_of_google_and_azure_give_tokens(shop):
    url = shop.url("metadata")
    google = {"Metadata-Flavor": "Google"}
    account = f"{url}/computeMetadata/v1/instance/service-accounts/default"
    assert httpx.get(f"{account}/token", headers=google).json()["token_type"] == "Bearer"
    assert httpx.get(url, headers=google).headers["Metadata-Flavor"] == "Google"
    identity = httpx.get(f"{account}/identity", headers=google, params={"audience": "https://a.example/?b=1&c"}).text
    claims = json.loads(base64.urlsafe_b64decode(f"{identity.split('.')[1]}==="))
    assert (claims["aud"], claims["exp"] > time.time()) == ("https://a.example/?b=1&c", True)
    assert httpx.get(f"{account}/identity", headers=google).status_code == 400
    assert httpx.get(f"{account}/token").status_code == 403
    everything = httpx.get(f"{url}/computeMetadata/v1/?recursive=true", headers=google).json()
    assert everything["project"]["projectId"] == "localenv-stub"
    assert everything["instance"]["serviceAccounts"]["default"]["email"].startswith("stub@")
    unset = httpx.get(f"{url}/computeMetadata/v1/instance/attributes/cluster-name", headers=google)
    assert (unset.status_code, unset.headers["Metadata-Flavor"], unset.text) == (404, "Google", "")
    asked = {"api-version": "2018-02-01", "resource": "https://vault.azure.net"}
    location = f"{url}/metadata/instance/compute/location"
    as_text = {"api-version": "2021-02-01", "format": "text"}
    assert httpx.get(location, params=as_text, headers={"Metadata": "true"}).text == "westeurope"
    token = httpx.get(f"{url}/metadata/identity/oauth2/token", params=asked, headers={"Metadata": "true"}).json()
    assert (token["resource"], int(token["expires_on"]) > time.time()) == ("https://vault.azure.net", True)
    assert httpx.get(f"{url}/metadata/instance", params=asked).status_code == 400
