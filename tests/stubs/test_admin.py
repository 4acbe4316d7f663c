import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from socket import socket
from threading import Event

import docker
import httpx
import jsonschema
import pytest
from docker.errors import APIError

from localenv.errors import DescriptionError, LocalenvError
from localenv.rendering import stub_server
from localenv.stack import Upstream, references
from localenv.stubs import StubsNotReady, layers, readiness, relay, server, vocabulary
from localenv.stubs.admin import Admin
from localenv.stubs.recognition import Recognition
from tests.stubs.folders import folders
from tests.stubs.next_requests import NEXT

pytestmark = pytest.mark.docker

PASSWORD = "s3cretS3cret"
SHARED = "the port inside"  # that all upstreams share
NAMES = ("payments", "inventory", *(f"up{n}" for n in range(18)))
OVERWRITE = {"duplicatePolicy": "OVERWRITE", "deleteAllNotInImport": False}


@pytest.fixture(scope="module")
def engine():
    with ExitStack() as cleanup:
        try:
            client = docker.from_env()
            cleanup.callback(client.close)
            client.ping()
        except docker.errors.DockerException as error:
            pytest.skip(f"no Docker engine answers: {error}")
        yield client


def free_ports(count):
    """Ports below the ephemeral range without a listener."""
    free = []
    while len(free) < count:
        with socket() as probe, suppress(OSError):
            port = random.randrange(20_000, 32_000)
            probe.bind(("127.0.0.1", port))
            free.append(port)
    return free


@pytest.fixture(scope="module")
def wiremock(engine):
    """A real stub server for 20 upstreams, as in a stack: the port of each upstream on this machine."""
    for _ in range(5):
        container, ports = created(engine)
        try:
            with suppress(APIError):  # another program has taken one of its ports meanwhile
                container.start()
                yield ports
                return
        finally:
            container.remove(force=True, v=True)
    raise AssertionError("no ports were free")


def created(engine):
    """The container of a stub server that has not started, and its ports."""
    upstreams = {name: Upstream(name=name, server=server.NAME) for name in NAMES}
    service = server.service(upstreams)
    shared, *others = free_ports(len(service.ports) + 1)
    ports = dict(zip((port.name for port in service.ports), others, strict=True))
    resolved = [references.resolve(word, lambda reference: PASSWORD) for word in service.command]
    command, more = stub_server.command(service, upstreams, resolved)
    container = engine.containers.create(
        references.resolve(service.image, str),
        [word.replace("$$", "$") for word in command],
        environment={key: references.resolve(value, str) for key, value in service.environment.items()} | more,
        healthcheck={"test": ["NONE"]},
        ports={f"{port.entry}/tcp": ("127.0.0.1", ports[port.name]) for port in service.ports}
        | {"80/tcp": ("127.0.0.1", shared)},
        name=f"localenv-test-stubs-{time.time_ns()}",
    )
    return container, {**ports, SHARED: shared}


@pytest.fixture(scope="module")
def admin(wiremock):
    apart = Recognition(upstreams=NAMES, shares_ports=True)
    with Admin(port=wiremock["localenv.stubs"], password=PASSWORD, recognition=apart) as admin:
        deadline = time.monotonic() + 180  # a machine may be busy
        while True:
            try:
                readiness.check(wiremock["localenv.stubs"], PASSWORD)
                relay.let_in(wiremock["localenv.stubs"])
                break
            except StubsNotReady:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield admin


def unload(admin, name):
    admin.remove(stub["id"] for stub in admin.stubs(name))
    admin.load(Upstream(name=name, server="s"))


@pytest.fixture(autouse=True)
def clean(admin):
    before = admin.snapshot()
    yield
    for name in NAMES[:2]:
        unload(admin, name)
    admin.restore(before)


@pytest.fixture
def get(wiremock):
    """Send a request to an upstream like a program on this machine."""
    with httpx.Client(trust_env=False, timeout=10) as client:

        def send(url, upstream="payments", method="GET", **options):
            return client.request(method, f"http://127.0.0.1:{wiremock[upstream]}{url}", **options)

        yield send


def test_upstreams_with_the_same_path_answer_each_for_itself_by_port_and_by_name_in_any_case(
    admin, get, upstream, mapping
):
    for name in NAMES[:2]:
        admin.load(upstream({"mappings/a.json": mapping("/same", name)}, name))
    assert get("/same").text == "payments"
    assert get("/same", "inventory").text == "inventory"
    for host, answer in {"payments": "payments", "InVentory:80": "inventory", "PAYMENTS.:8080": "payments"}.items():
        assert get("/same", SHARED, headers={"Host": host}).text == answer
    assert get("/same", SHARED, headers={"Host": "payments.evil"}).status_code == 404
    assert get("/same", "inventory", headers={"Host": "payments"}).text == "inventory"


def test_twenty_upstreams_given_to_one_server_at_once_are_told_apart_and_can_be_replaced_at_once(
    admin, get, upstream, mapping
):
    try:
        for path in ("/who", "/now"):
            admin.load(*(upstream({"mappings/a.json": mapping(path, name)}, name) for name in NAMES))
            assert [get(path, name).text for name in NAMES] == list(NAMES)
        assert [get("/who", name).status_code for name in NAMES] == [404] * len(NAMES)
    finally:
        for name in NAMES:
            unload(admin, name)


def test_the_admin_api_refuses_whoever_has_no_password(admin, get, wiremock):
    assert get("/__admin/mappings").status_code == 401
    assert get("/__admin/mappings/reset", method="POST").status_code == 401
    with pytest.raises(StubsNotReady, match="401"):
        readiness.check(wiremock["localenv.stubs"], "wrong")
    stranger = Admin(port=wiremock["localenv.stubs"], password="wrong", recognition=Recognition(upstreams=()))
    with stranger, pytest.raises(LocalenvError, match="401") as refused:
        stranger.stubs("payments")
    assert "wrong" not in str(refused.value)


def test_a_server_that_is_not_there_is_not_ready_and_said_in_one_line():
    with pytest.raises(StubsNotReady, match="no answer"):
        readiness.check(9, PASSWORD)
    with (
        Admin(port=9, password=PASSWORD, recognition=Recognition(upstreams=())) as nobody,
        pytest.raises(LocalenvError, match="does not answer"),
    ):
        nobody.counts()


FILES = {
    "mappings/all.json": {
        "mappings": [
            {
                "name": "everything",
                "priority": 3,
                "scenarioName": "Two steps",
                "requiredScenarioState": "Started",
                "newScenarioState": "next",
                "request": {
                    "method": "POST",
                    "urlPathTemplate": "/orders/{id}",
                    "pathParameters": {"id": {"matches": "[0-9]+"}},
                    "queryParameters": {"q": {"hasExactly": [{"equalTo": "1"}, {"contains": "2"}]}},
                    "formParameters": {"f": {"absent": True}},
                    "headers": {"HOST": {"contains": ":"}, "X": {"or": [{"equalTo": "a"}, {"absent": True}]}},
                    "cookies": {"c": {"doesNotMatch": "x"}},
                    "basicAuthCredentials": {"username": "u", "password": "p"},
                    "bodyPatterns": [
                        {"equalToJson": {"price": 1.0}, "ignoreArrayOrder": True, "ignoreExtraElements": True},
                        {"matchesJsonPath": {"expression": "$.a", "equalTo": "b"}},
                        {"matchesJsonSchema": "{}", "schemaVersion": "V7"},
                        {"equalToXml": "<a/>", "enablePlaceholders": True},
                        {"matchesXPath": "//a", "xPathNamespaces": {"a": "b"}},
                    ],
                },
                "response": {
                    "status": 201,
                    "headers": {"X": ["a", "b"], "Y": "z"},
                    "jsonBody": {"price": 1.0, "name": "é"},
                    "transformers": ["response-template"],
                    "transformerParameters": {"a": 1},
                    "chunkedDribbleDelay": {"numberOfChunks": 2, "totalDuration": 10},
                },
                "metadata": {"team": "billing"},
                "serveEventListeners": [{"name": "webhook", "parameters": {"url": "http://a"}}],
            },
            {
                "request": {"method": "ANY", "urlPath": "/slow"},
                "response": {
                    "status": 200,
                    "fault": "EMPTY_RESPONSE",
                    "fixedDelayMilliseconds": 5,
                    "delayDistribution": {"type": "lognormal", "median": 80.0, "sigma": 0.4},
                },
            },
        ]
    }
}


def test_the_server_drops_nothing_of_what_it_is_sent(admin, upstream, schema):
    payments = upstream(FILES)
    admin.load(payments)
    sent = admin._recognition.all(layers.mappings(payments))
    got = {one["id"]: {**one} for one in admin.stubs("payments")}
    for mapping in sent:
        echoed = got[mapping["id"]]
        echoed.pop("uuid")
        assert echoed == mapping
    assert len(got) == len(sent)


def test_the_server_knows_every_word_our_check_accepts_and_no_other(admin):
    """An unknown word would be refused by the server, or be missing from its echo."""
    samples = {
        "and": [{"equalTo": "a"}, {"equalTo": "b"}],
        "or": [{"equalTo": "a"}, {"equalTo": "b"}],
        "not": {"equalTo": "a"},
        "hasExactly": [{"equalTo": "a"}],
        "includes": [{"equalTo": "a"}],
        "absent": True,
        "anything": "anything",
        "equalToJson": "{}",
        "matchesJsonSchema": "{}",
        "matchesJsonPath": "$.a",
        "matchesXPath": "//a",
        "equalToXml": "<a/>",
        "binaryEqualTo": "AAAA",
        "before": "now +0 seconds",
        "after": "now +0 seconds",
        "equalToDateTime": "now +0 seconds",
        "matchesPathTemplate": "/a/{b}",
    }
    options = {
        "actualFormat": "yyyy",
        "truncateExpected": "first day of month",
        "truncateActual": "first day of month",
        "schemaVersion": "V7",
        "placeholderOpeningDelimiterRegex": "a",
        "placeholderClosingDelimiterRegex": "b",
        "exemptedComparisons": ["ELEMENT_TAG_NAME"],
        "namespaceAwareness": "STRICT",
        "xPathNamespaces": {"a": "b"},
    }
    offset = {"expectedOffset": 1, "expectedOffsetUnit": "days"}  # echoed as a part of the date
    for name, beside in vocabulary.MATCHERS.items():
        more = sorted(beside - offset.keys())
        matcher = {name: samples.get(name, "a")} | {option: options.get(option, True) for option in more}
        where = {"queryParameters": {"X": matcher}}
        if name == "binaryEqualTo":
            where = {"bodyPatterns": [matcher]}
        [one] = admin.overlay("payments", [{"request": where, "response": {}}])
        [echoed] = admin.stubs("payments")
        found = echoed["request"].get("queryParameters", {}).get("X") or echoed["request"]["bodyPatterns"][0]
        assert matcher.items() <= found.items(), name
        admin.remove([one])
    admin.overlay("payments", [{"request": {"queryParameters": {"X": {"before": "now", **offset}}}, "response": {}}])
    [echoed] = admin.stubs("payments")
    assert echoed["request"]["queryParameters"]["X"] == {"before": "now +1 days"}
    for strange in ("equalToIgnoreCase", "equalToNumber", "startsWith"):
        with pytest.raises(DescriptionError, match="not a valid match operation"):
            admin.overlay("payments", [{"request": {"headers": {"X": {strange: "a"}}}, "response": {}}])


def test_the_schema_accepts_what_is_sent(upstream, schema, mapping):
    ready = layers.mappings(upstream({"mappings/a.json": mapping("/a")}), ["payments", "localhost:1"])
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert not list(validator.iter_errors({"mappings": ready}))


def test_a_mapping_only_the_server_can_refuse_is_told_at_its_place_and_the_old_ones_stay(
    admin, get, upstream, root, mapping
):
    payments = upstream({"mappings/a.json": mapping("/a", "old"), "mappings/b.json": mapping("/b")})
    admin.load(payments)
    bad = {"request": {"urlPathPattern": "/a("}, "response": {}}
    root({"mappings/a.json": mapping("/a", "new"), "mappings/c.json": json.dumps({"mappings": [bad]}, indent=1)})
    with pytest.raises(DescriptionError) as refused:
        admin.load(payments)
    assert "payments/mappings/c.json:4:" in str(refused.value)
    assert "Unclosed group" in str(refused.value)
    assert get("/a").text == "old"


def test_body_files_of_every_name_and_content_arrive(admin, get, upstream):
    names = ["plain.txt", "deep/er/a b.bin", "ünï%#?&+.bin", "99.json"]
    content = {name: bytes(range(256)) + name.encode() for name in names}
    mappings = [{"request": {"urlPath": f"/{n}"}, "response": {"bodyFileName": name}} for n, name in enumerate(content)]
    templated = {
        "request": {"urlPathTemplate": "/by/{name}"},
        "response": {"bodyFileName": "{{request.path.name}}.json", "transformers": ["response-template"]},
    }
    files = {f"__files/{name}": body for name, body in content.items()}
    admin.load(upstream({"mappings/a.json": {"mappings": [*mappings, templated]}, **files}))
    assert [get(f"/{n}").content for n in range(4)] == list(content.values())
    assert get("/by/99").status_code == 200


def test_a_changed_body_file_is_served_and_old_ones_go_in_the_end(admin, get, upstream, root):
    def bodies():
        return admin._asking.ask("GET", "/files").json()

    payments = upstream({"mappings/a.json": {"request": {"url": "/a"}, "response": {"bodyFileName": "x"}}})
    for text in ("one", "two", "three", "four"):
        root({"__files/x": text})
        admin.load(payments)
        assert get("/a").text == text
    assert len(bodies()) == 2  # this one, and the previous one
    for _ in range(2):
        admin.load(Upstream(name="payments", server="s"))
    assert bodies() == []
    assert get("/a").status_code == 404


def test_while_stubs_are_reloaded_every_request_is_answered_whole(admin, get, upstream, root, mapping):
    def write(text):
        answers = [mapping(f"/{n}", text) for n in range(50)]
        body = {"request": {"url": "/file"}, "response": {"bodyFileName": "x"}}
        root({"mappings/a.json": {"mappings": [*answers, body]}, "__files/x": text * 1000})

    payments = upstream({})
    write("old")
    payments = Upstream(name="payments", server="s", sources=folders(root({})))
    admin.load(payments)
    done, seen, whole = Event(), set(), {"old", "new", "old" * 1000, "new" * 1000}

    def ask():
        while not done.is_set():
            seen.update((get("/7").text, get("/file").text))

    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        for n in range(100):  # ten, and more if the clients were too slow to see both
            write("new" if n % 2 else "old")
            admin.load(payments)
            if n >= 9 and seen >= whole:
                break
        done.set()
        for one in asking:
            one.result()
    assert seen == whole


def test_a_reload_brings_what_changed_and_removes_what_is_gone(admin, get, upstream, root, mapping):
    files = {f"mappings/{n}.json": mapping(f"/{n}", str(n)) for n in range(100)}
    payments = upstream(files)
    admin.load(payments)
    (payments.sources[0].path / "mappings/5.json").unlink()
    root({"mappings/6.json": mapping("/6", "six")})
    admin.load(payments)
    assert [get("/5").status_code, get("/6").text] == [404, "six"]
    assert not admin.marked("localenv.copy")  # what answered while it was replaced


def test_the_priorities_and_the_order_of_files_decide_as_written(admin, get, root, mapping):
    top = root({"mappings/a.json": mapping("/a", "top"), "mappings/b.json": mapping("/b", "9", priority=9)}, "top")
    low = root(
        {
            "mappings/a.json": {"mappings": [mapping("/a", "low"), mapping("/c", "first"), mapping("/c", "second")]},
            "mappings/b.json": {"mappings": [mapping("/b", "1", priority=1), mapping("/d", "low")]},
        },
        "low",
    )
    admin.load(Upstream(name="payments", server="s", sources=folders(top, low)))
    assert [get(path).text for path in ("/a", "/b", "/c", "/d")] == ["top", "9", "second", "low"]


def test_an_overlay_lies_on_top_of_every_priority_survives_a_reload_and_goes_by_its_ids(admin, get, upstream, mapping):
    payments = upstream({"mappings/a.json": mapping("/a", "own", priority=1)})
    admin.load(payments)
    ids = admin.overlay("payments", [mapping("/a", "test")])
    admin.load(payments)
    assert get("/a").text == "test"
    admin.remove(ids)
    admin.remove(ids)
    assert get("/a").text == "own"


def steps(mapping):
    first = mapping("/s", "1", scenarioName="One / two", requiredScenarioState="Started", newScenarioState="2 é")
    return {"mappings": [first, mapping("/s", "2", scenarioName="One / two", requiredScenarioState="2 é")]}


def test_scenarios_of_equal_name_do_not_meet_and_keep_their_state_through_a_reload(admin, get, upstream, mapping):
    both = [upstream({"mappings/a.json": steps(mapping)}, name) for name in NAMES[:2]]
    for one in both:
        admin.load(one)
    assert [get("/s").text, get("/s").text, get("/s", "inventory").text] == ["1", "2", "1"]
    admin.load(both[0])
    assert get("/s").text == "2"


def test_after_a_restore_journal_and_scenarios_are_as_they_were(admin, get, upstream, mapping):
    admin.load(upstream({"mappings/a.json": steps(mapping)}))
    get("/before")
    snapshot = admin.snapshot()
    counts = admin.counts()
    assert [get("/s").text, get("/s").text] == ["1", "2"]
    get("/nothing", "inventory")
    assert admin.counts() != counts
    admin.restore(snapshot)
    assert admin.counts() == counts
    assert get("/s").text == "1"


def test_requests_and_unmatched_ones_are_counted_per_upstream(admin, get, upstream, mapping):
    admin.load(upstream({"mappings/a.json": mapping("/a")}))
    for _ in range(3):
        get("/a")
    get("/b")
    get("/b", SHARED, headers={"Host": "PAYMENTS:80"})
    get("/c", "inventory")
    get("/d", SHARED, headers={"Host": "nobody"})
    counts = admin.counts()
    assert (counts["payments"], counts["inventory"], counts["up0"], counts[""]) == ((5, 2), (1, 1), (0, 0), (1, 1))
    assert admin.requests("payments") == 5
    assert [one.url for one in admin.unmatched("")] == ["/d"]


def test_unmatched_requests_beyond_the_first_look_count_too(admin, get):
    for n in range(150):
        get(f"/{n}")
    assert admin.counts()["payments"] == (150, 150)
    assert [one.url for one in admin.unmatched("payments")] == [f"/{n}" for n in range(149, 129, -1)]


@pytest.mark.parametrize(
    ("request_", "difference"),
    [
        ({"method": "PUT", "url": "/orders/1?q=1"}, "method PUT, the stub expects POST"),
        ({"url": "/order/1?q=1"}, "URL /order/1?q=1, the stub expects urlPathTemplate /orders/{id}"),
        ({"url": "/orders/1"}, "query parameter q is missing, the stub expects equalTo 1"),
        ({"url": "/orders/1?q=CHF"}, "query parameter q is CHF, the stub expects equalTo 1"),
        ({"headers": {"X-Tenant": "b"}}, "header X-Tenant is b, the stub expects equalTo a"),
        ({"json": {"sku": "b"}}, 'the body, the stub expects equalToJson {"sku": "a"}'),
        ({"headers": {"X-Tenant": "a", "Authorization": "Bearer t0psecret"}}, "header Authorization is hidden"),
    ],
)
def test_an_unmatched_request_is_explained_by_the_nearest_stub_and_its_suggestion_matches(
    admin, get, upstream, root, mapping, request_, difference
):
    wanted = {
        "method": "POST",
        "urlPathTemplate": "/orders/{id}",
        "queryParameters": {"q": {"equalTo": "1"}},
        "headers": {"X-Tenant": {"equalTo": "a"}, "Authorization": {"doesNotContain": "secret"}},
        "bodyPatterns": [{"equalToJson": {"sku": "a"}}],
    }
    near = {"name": "place an order", "request": wanted, "response": {"status": 201}}
    admin.load(upstream({"mappings/near.json": near, "mappings/far.json": mapping("/health")}))
    admin.load(upstream({"mappings/x.json": mapping("/orders/1")}, "inventory"))
    good = {"method": "POST", "url": "/orders/1?q=1", "headers": {"X-Tenant": "a"}, "json": {"sku": "a"}}
    asked = good | request_
    assert get(**good).status_code == 201
    for _ in range(2):
        assert get(**asked).status_code == 404
    [found] = admin.unmatched("payments")
    assert (found.nearest, found.source, found.times) == ("place an order", "payments/mappings/near.json", 2)
    assert len(found.differences) == 1
    assert difference in found.differences[0]
    assert "t0psecret" not in str(found)
    root({"mappings/pasted.json": found.mapping})
    admin.load(Upstream(name="payments", server="s", sources=folders(root({}))))
    assert get(**asked).status_code == 200


@pytest.mark.parametrize("name", NEXT)
def test_a_mapping_to_paste_matches_the_next_such_request_and_no_other(admin, get, name):
    first, following, other = NEXT[name]
    assert get(upstream="inventory", **first).status_code == 404
    [found] = admin.unmatched("inventory")
    admin.overlay("inventory", [json.loads(found.mapping)])
    assert [get(upstream="inventory", **one).status_code for one in (first, following, other)] == [200, 200, 404]


def test_an_unmatched_request_of_an_upstream_without_stubs_has_no_nearest_one(admin, get):
    get("/a?x=1&x=2&flag", "inventory", method="POST", content=b"\0\xff")
    [found] = admin.unmatched("inventory")
    assert (found.nearest, found.source, found.differences) == ("", "", ())
    assert json.loads(found.mapping)["request"] == {
        "method": "POST",
        "urlPath": "/a",
        "queryParameters": {"x": {"hasExactly": [{"equalTo": "1"}, {"equalTo": "2"}]}, "flag": {"equalTo": ""}},
    }
    admin.overlay("inventory", [json.loads(found.mapping)])
    assert get("/a?x=1&x=2&flag", "inventory", method="POST", content=b"\0\xff").status_code == 200


def test_a_scenario_in_another_state_is_what_differs(admin, get, upstream, mapping):
    stub = mapping("/s", scenarioName="order", requiredScenarioState="paid")
    admin.load(upstream({"mappings/a.json": stub}))
    get("/s")
    [found] = admin.unmatched("payments")
    assert found.differences == ("the scenario is in state 'Started', the stub expects 'paid'",)


@pytest.mark.parametrize("fault", sorted(vocabulary.FAULTS))
def test_a_fault_reaches_a_client_that_accepts_gzip_as_a_fault(admin, get, upstream, fault):
    response = {"status": 200, "fault": fault, "headers": {"Content-Type": "application/json"}}
    admin.load(upstream({"mappings/a.json": {"request": {"urlPath": "/f"}, "response": response}}))
    with pytest.raises(httpx.TransportError):
        get("/f", headers={"Accept-Encoding": "gzip, deflate"})


def test_stubs_that_hang_do_not_keep_an_unrelated_one_waiting(admin, get, upstream, mapping):
    slow = mapping("/slow")
    slow["response"]["fixedDelayMilliseconds"] = 3000
    admin.load(upstream({"mappings/a.json": {"mappings": [slow, mapping("/quick", "q")]}}))
    with ThreadPoolExecutor(40) as pool:
        hanging = [pool.submit(get, "/slow") for _ in range(40)]
        time.sleep(0.3)
        assert get("/quick").text == "q"
        assert not any(one.done() for one in hanging)
        assert {one.result().status_code for one in hanging} == {200}


def test_a_client_that_offers_http2_is_answered_by_its_upstream(admin, upstream, mapping, wiremock):
    admin.load(upstream({"mappings/a.json": mapping("/a", "ours")}))
    upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    with httpx.Client(trust_env=False) as client:
        answer = client.get(f"http://127.0.0.1:{wiremock['payments']}/a", headers=upgrade)
    assert (answer.status_code, answer.http_version, answer.text) == (200, "HTTP/1.1", "ours")
