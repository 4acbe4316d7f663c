"""Tools and clients of needs that find their server only locally, and needs without a client."""

import shutil

import pytest

NEEDED = ("rabbitmq-server", "nats-server")
DESCRIPTION = """\
    name: shop
    services:
      api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}}
    needs:
      queue: {rabbitmq: 4, seed: [{command: rabbitmqctl --quiet add_vhost seeded, service: queue}]}
      bus: {nats: 2, user: keeper, password: s3cret}
"""


@pytest.fixture(scope="module")
def brokers(shared_world, engine):
    missing = [
        name for name in NEEDED if not shutil.which(name, path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
    ]
    if engine == "native" and missing:
        pytest.skip(f"not installed on this machine: {', '.join(missing)}")
    one = shared_world()
    one.describe(DESCRIPTION)
    one.up()
    return one


def test_the_tools_of_rabbitmq_find_the_node_of_their_environment(brokers):
    assert "RabbitMQ version" in brokers.run("exec", "queue", "--", "rabbitmqctl", "status").out
    assert brokers.run("exec", "queue", "--", "sh", "-c", "rabbitmqctl --quiet add_vhost made-here").out == ""
    there = brokers.run("exec", "queue", "--", "rabbitmqctl", "--quiet", "list_vhosts").out
    assert {"made-here", "seeded"} <= {*there.split()}


def test_connect_shows_the_running_node_of_rabbitmq(brokers):
    watching = brokers.start_on_terminal("connect", "queue")

    assert "rabbit" in watching.wait_for("Erlang")  # the node's name


def test_connect_says_of_a_need_without_a_client_that_there_is_none_and_where_it_is(brokers):
    output = brokers.run("connect", "bus", code=2).err

    assert "bus has no client: nats brings no command-line client" in output
    assert "image" not in output
    assert f"127.0.0.1:{brokers.status()['services']['bus']['port']}" in output
