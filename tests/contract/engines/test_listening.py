"""A running program that cannot be reached: its address and its protocol are reported within seconds."""

import re

import pytest

BANNER = """
import os, socket, sys
server = socket.create_server((sys.argv[1], int(os.environ["PORT"])))
while True:
    client, _ = server.accept()
    client.recv(1)
    client.sendall(b"220 mail ready\\r\\n")
    client.close()
"""


def fails(shop, service, *options):
    """A start that fails before its time limit of 120 s; returns its output."""
    shop.describe(f"name: shop\nservices:\n  api: {service}\n")
    done = shop.up("--timeout", "120", *options, code=5)
    assert done.seconds < 100
    assert not shop.left()
    return done.err


def test_one_that_listens_only_within_its_own_place_is_told_to_use_bind(shop):
    service = (
        "{build: ../app, command: python app.py, port: 8317, address: own, environment: {BIND: 127.0.0.1, PORT: 8317}}"
    )

    output = fails(shop, service)

    where = {"compose": "reachable only inside its container", "native": r"not on 127\.8\.\d+\.\d+"}[shop.engine]
    assert re.search(rf"api: waiting \(it listens on 127\.0\.0\.1:8317, {where}: use --host \$\{{bind\}}\)", output)
    assert re.search(rf"error: api listens on 127\.0\.0\.1:8317, {where}: use --host \$\{{bind\}}\n", output)
    assert "serving" in output


def test_one_that_listens_on_another_port_is_told_which(shop):
    without_environment = "[sh, -c, 'exec env -i $$(command -v python) -m http.server 3017']"
    output = fails(shop, f"{{build: ../app, command: {without_environment}, port: 8000}}")

    assert re.search(r"error: api listens on 3017, not \d+: .*\$\{port\} in its command\n", output)
    assert ("use `port: 3017`" in output) is (shop.engine == "compose")


def test_an_image_without_a_shell_is_looked_into_too(shop):
    if shop.engine != "compose":
        pytest.skip("there are no images")
    output = fails(shop, '{image: "nats:2", command: [--addr, 127.0.0.1], port: 4222, healthcheck: {tcp: true}}')

    assert "error: api listens on 127.0.0.1:4222, reachable only inside its container: use --host ${bind}\n" in output


def test_one_that_speaks_another_protocol_is_told_to_say_so(shop):
    shop.write({"app/banner.py": BANNER})

    output = fails(shop, '{build: ../app, command: "python banner.py ${bind}", port: 8000}')

    assert "error: api answers, but not in HTTP ('220 mail ready'): use healthcheck: {tcp: true}\n" in output
    assert "must listen on" not in output.partition("error: ")[2]


def test_a_path_that_is_not_there_is_told_once(shop):
    service = (
        '{build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}"}, '
        "healthcheck: {http: /healthz, timeout: 4s}}"
    )

    output = fails(shop, service)

    assert "error: api is not ready after 4 s: GET /healthz returned 404\n" in output
    assert "hint: set `healthcheck:` to a path that answers 2xx (/healthz is not there), or leave it out" in output
    assert re.search(r"    GET /healthz  \(\d+ times\)\n", output)
    assert output.count("    GET /healthz") == 1
    assert output.count("api: waiting (GET /healthz returned 404)\n") == 1


def test_a_row_on_the_terminal_shows_the_last_answer_and_a_log_without_one_does_not(shop):
    service = "{build: ../app, command: python app.py, port: 8000, environment: {MODE: wait}}"
    shop.describe(f"name: shop\nservices:\n  api: {service}\n")

    done = shop.run("up", "--detach", "--json", "--timeout", "3", code=5)

    answers = [one for one in done.documents if (one["phase"], one["state"]) == ("ready", "waiting")]
    assert {one["subject"] for one in answers} == {"api"}
    assert answers[-1]["detail"].startswith("GET / failed (")
    assert "api: waiting" not in shop.up("--timeout", "3", code=5).err
