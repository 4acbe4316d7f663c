"""The proxy that tests put between localenv and Docker has no effect until it is configured."""

import docker
import pytest
import requests

from tests.world.proxy import Answer, Proxy
from tests.world.world import World

pytestmark = pytest.mark.docker


def test_an_environment_comes_up_and_goes_through_the_proxy_as_without_it(world: World, proxy: Proxy) -> None:
    world.host = proxy.host

    world.run("up", "--detach")
    world.run("exec", "api", "--", "python", "-c", "print('in there')")
    world.run("down")

    assert not world.left()
    assert any(one.path == "/containers/create" for one in proxy.requests)
    numbers = [one.number for one in proxy.requests if one.number]
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_image_is_built_through_the_proxy(world: World, proxy: Proxy) -> None:
    world.host = proxy.host
    text = (world.folder / "envs/local.yaml").read_text().replace("image: python:3.13-slim", "build: ..")
    world.describe(text)
    (world.folder / "Dockerfile").write_text("FROM python:3.13-slim\n")

    world.run("up", "--detach")
    world.run("down")

    assert not world.left()


def test_a_request_is_cut_before_or_after_docker_sees_it(proxy: Proxy) -> None:
    client = docker.DockerClient(base_url=proxy.host, version="1.41")
    try:
        for cut, exists in (("before", False), ("after", True)):
            proxy.rule = lambda one, cut=cut: Answer(cut=cut) if one.path == "/volumes/create" else None
            with pytest.raises(requests.ConnectionError):
                client.volumes.create(f"proxy-test-{cut}")
            proxy.rule = lambda one: None
            found = [one["Name"] for one in client.api.volumes()["Volumes"] or ()]
            assert (f"proxy-test-{cut}" in found) is exists
    finally:
        client.api.remove_volume("proxy-test-after", force=True)
        client.close()


def test_the_proxy_answers_itself_where_it_is_told_to(proxy: Proxy) -> None:
    client = docker.DockerClient(base_url=proxy.host, version="1.41")
    proxy.rule = lambda one: Answer(status=500, message="out of order")
    try:
        with pytest.raises(docker.errors.APIError, match="out of order"):
            client.api.containers()
    finally:
        client.close()
