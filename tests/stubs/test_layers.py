import copy

import pytest
from wiremock.resources.mappings import HttpMethods, Mapping, MappingRequest, MappingResponse

from localenv.stack import Upstream
from localenv.stubs import layers, sources
from tests.stubs.folders import folders


def by_body(mappings):
    return {mapping["response"].get("body"): mapping for mapping in mappings}


def test_metadata_says_upstream_and_file_and_keeps_the_users_own(upstream, mapping):
    own = mapping("/a", metadata={"team": "billing"})
    [ready] = layers.mappings(upstream({"mappings/deep/a.json": own}))
    source = {"upstream": "payments", "source": "payments/mappings/deep/a.json"}
    assert ready["metadata"] == {"team": "billing", "localenv": source}


def test_ids_stay_the_same_and_differ_between_upstreams_files_and_places(upstream, mapping):
    files = {"mappings/a.json": {"mappings": [mapping("/a"), mapping("/a")]}, "mappings/b.json": mapping("/a")}
    once = [one["id"] for one in layers.mappings(upstream(files))]
    again = [one["id"] for one in layers.mappings(upstream(files), ["payments"])]
    other = [one["id"] for one in layers.mappings(upstream(files, "inventory"))]
    assert once == again
    assert len({*once, *other}) == 6


def test_an_id_of_its_own_and_persistence_are_left_out(upstream, mapping):
    own = mapping("/a", id="11111111-1111-1111-1111-111111111111", uuid="x", persistent=True)
    [ready] = layers.mappings(upstream({"mappings/a.json": own}))
    assert ready["id"] != own["id"]
    assert not {"uuid", "persistent"} & ready.keys()


def test_priorities_keep_their_order_in_the_repositorys_layer_and_the_first_root_lies_on_top(root, mapping):
    top = root({"mappings/a.json": mapping("/a", "top"), "mappings/b.json": mapping("/a", "last", priority=900)}, "top")
    low = root({"mappings/a.json": mapping("/a", "low", priority=1), "mappings/b.json": mapping("/a", "low5")}, "low")
    found = by_body(layers.mappings(Upstream(name="payments", server="s", sources=folders(top, low))))
    assert {body: one["priority"] for body, one in found.items()} == {"top": 10, "last": 11, "low": 12, "low5": 13}


def test_more_priorities_than_the_layer_has_keep_their_order(upstream, mapping):
    files = {f"mappings/{n:03d}.json": mapping("/a", str(n), priority=n) for n in range(1, 101)}
    found = by_body(layers.mappings(upstream(files)))
    given = [found[str(n)]["priority"] for n in range(1, 101)]
    assert given == sorted(given)
    assert set(given) == set(sources.folder.LAYER)


def test_the_later_of_equals_comes_first_because_the_server_lets_the_first_win(upstream, mapping):
    files = {
        "mappings/a.json": {"mappings": [mapping("/a", "1"), mapping("/a", "2")]},
        "mappings/b.json": mapping("/a", "3"),
    }
    assert [one["response"]["body"] for one in layers.mappings(upstream(files))] == ["3", "2", "1"]


def test_body_files_are_named_by_upstream_and_content(root):
    files = {
        "mappings/a.json": {"response": {"bodyFileName": "deep/a b.txt"}},
        "mappings/b.json": {"response": {"bodyFileName": "{{request.path.[0]}}.txt"}},
        "__files/deep/a b.txt": "one",
    }
    upstream = Upstream(
        name="payments", server="s", sources=folders(root(files, "x"), root({**files, "__files/o": ""}, "y"))
    )
    bodies = layers.bodies(upstream)
    names = [one["response"]["bodyFileName"] for one in layers.mappings(upstream)]
    assert all(name.startswith("payments/") for name in [*bodies, *names])
    assert {name for name in names if "{{" not in name} < bodies.keys()
    assert len({name.split("/")[1] for name in names}) == 2
    assert [name.split("/", 2)[2] for name in names] == ["{{request.path.[0]}}.txt", "deep/a%20b.txt"] * 2
    before = set(bodies)
    root({"__files/deep/a b.txt": "two"}, "x")
    assert not {name for name in layers.bodies(upstream) if name in before and "deep" in name} - {
        name for name in before if bodies[name].is_relative_to(upstream.sources[1].path)
    }


def test_the_body_files_of_a_folder_are_named_by_one_look_at_all_of_them(upstream, monkeypatch):
    given = upstream({f"__files/{number}": "" for number in range(30)})
    looks = []
    monkeypatch.setattr(layers.sources, "digest_of_bodies", lambda source: looks.append(source) or "0" * 12)
    assert len(layers.bodies(given)) == 30
    assert len(looks) == 1


def test_scenarios_of_two_upstreams_do_not_meet_and_have_names_a_path_can_hold(upstream, mapping):
    own = mapping("/a", scenarioName="First order / é")
    [ready] = layers.mappings(upstream({"mappings/a.json": own}))
    assert ready["scenarioName"] == "payments.First%20order%20%2F%20%C3%A9"


def test_an_overlay_of_the_python_packages_mappings_lies_above_everything_with_ids_of_its_own():
    stub = Mapping(
        priority=100,
        request=MappingRequest(method=HttpMethods.GET, url="/hello"),
        response=MappingResponse(status=200, body="hi"),
    )
    stubs = [stub, {"request": {}, "response": {}}]
    ready = layers.overlay("payments", stubs)
    assert [one["priority"] for one in ready] == [9, 5]  # as written, and WireMock's default
    assert ready[0]["request"]["url"] == "/hello"
    assert len({one["id"] for one in ready + layers.overlay("payments", stubs)}) == 4
    with pytest.raises(TypeError, match="not int"):
        layers.as_mapping(5)


def test_what_is_given_is_not_changed(mapping):
    own = mapping("/a", metadata={"a": 1})
    before = copy.deepcopy(own)
    layers.overlay("payments", [own])
    assert own == before
