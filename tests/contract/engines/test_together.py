"""Services that wait for one another, and environments that run in parallel."""

import pytest

SERVICE = '{build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}", COLOUR: red}}'


def test_a_service_starts_once_what_it_depends_on_is_healthy_or_has_completed(shop):
    shop.describe("""
        name: shop
        services:
          web:
            build: ../app
            command: python app.py
            port: 8000
            environment: {BIND: "${bind}"}
            depends_on: {api: {condition: service_healthy}, prepare: {condition: service_completed_successfully}}
          api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}", MODE: late}}
          prepare: {build: ../app, command: python -c 'print("prepared")'}
    """)

    events = shop.up("--json").documents

    at = {(event["subject"], event["phase"]): event["seq"] for event in events}
    assert at["api", "ready"] < at["web", "start"]
    assert at["prepare", "ready"] < at["web", "start"]
    assert shop.status()["services"]["prepare"]["detail"] == "exit code 0"
    assert shop.run("up", "--dry-run").out == "nothing to do\n"


def test_one_that_others_wait_for_and_that_fails_to_complete_is_the_culprit(shop):
    shop.describe("""
        name: shop
        services:
          web:
            build: ../app
            command: python app.py
            port: 8000
            depends_on: {prepare: {condition: service_completed_successfully}}
          prepare: {build: ../app, command: python app.py, environment: {MODE: end, CODE: 8}}
    """)

    output = shop.up(code=5).err

    assert "prepare exited with code 8\n" in output
    assert "web: starting" not in output
    assert not shop.left()


WORKED = """
    name: shop
    services:
      api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}", STATUS: %s}}
      worker: {build: ../app, command: "%s"}
    smoke: ["GET ${api.url}/health"]
"""


def test_smoke_checks_do_not_wait_until_a_service_without_a_port_has_stayed_up(shop):
    shop.describe(WORKED % (200, "python -c 'import time; time.sleep(99)'"))

    events = shop.up("--json").documents

    at = {(event["subject"], event["phase"], event["state"]): event["seq"] for event in events}
    assert at["api", "ready", "done"] < at["smoke", "smoke", "done"] < at["worker", "ready", "done"]
    assert shop.status()["state"] == "ready"
    assert shop.run("up", "--dry-run").out == "nothing to do\n"


@pytest.mark.parametrize("status", [200, pytest.param(500, marks=pytest.mark.full)])
def test_a_service_that_does_not_stay_up_is_the_culprit_whatever_the_checks_say(shop, status):
    shop.describe(WORKED % (status, "python -c 'import time; time.sleep(0.5); raise SystemExit(3)'"))

    output = shop.up(code=5).err

    assert "worker exited with code 3\n" in output
    assert not shop.left()


def test_services_of_a_profile_start_only_when_it_is_asked_for(shop):
    shop.describe(f"name: shop\nservices:\n  api: {SERVICE}\n  extra: {SERVICE[:-1]}, profiles: [full]}}\n")

    shop.up()
    assert set(shop.instances()) == {"api"}

    assert "extra" in shop.up("--profile", "full").err
    assert set(shop.instances()) == {"api", "extra"}
    assert shop.status("--profile", "full")["services"]["extra"]["state"] == "running"
    shop.run("down")
    assert not shop.left()


def test_another_name_is_another_environment_beside_the_first(shop):
    shop.describe(f"name: shop\nservices:\n  api: {SERVICE}\n")
    shop.up()
    shop.up("--name", "second")

    first, second = shop.status(), shop.status("--name", "second")

    assert first["environment"].startswith("shop-local-")
    assert second["environment"].startswith("second-local-")
    assert first["services"]["api"]["port"] != second["services"]["api"]["port"]
    assert {one["environment"] for one in shop.run("ls", "--json").document} >= {
        first["environment"],
        second["environment"],
    }

    shop.run("down")
    assert shop.status("--name", "second")["services"]["api"]["state"] == "running"
    shop.run("down", second["environment"])
    assert not shop.left()


def test_two_checkouts_whose_folders_have_one_name_are_two_environments(world):
    one, other = world(), world()
    assert one.folder.name == other.folder.name
    for checkout, colour in ((one, "red"), (other, "blue")):
        checkout.describe(f"services:\n  api: {SERVICE.replace('red', colour)}\n")
        checkout.up()

    assert one.status()["environment"] != other.status()["environment"]
    assert one.get("/environment")["COLOUR"] == "red"
    assert other.get("/environment")["COLOUR"] == "blue"

    one.run("down")
    assert not one.left()
    assert other.get("/health") == "health"


def test_a_description_that_extends_another_changes_what_it_says_and_removes_what_is_null(shop):
    shop.describe(f"name: shop\nservices:\n  api: {SERVICE}\n  other: {SERVICE}\n")
    shop.describe(
        "extends: local.yaml\nservices:\n  api: {environment: {COLOUR: null, SIZE: '10'}}\n  other: null\n", env="demo"
    )

    shop.up("demo")

    found = shop.run("env", "api", "--env", "demo", "--json").document
    assert "COLOUR" not in found
    assert found["SIZE"] == "10"
    assert set(shop.instances()) == {"api"}
    assert shop.status("demo")["environment"].startswith("shop-demo-")
    assert shop.status()["state"] == "stopped"


def test_an_environment_is_removed_from_anywhere_when_its_repository_is_gone(shop):
    shop.describe(f"name: shop\nservices:\n  api: {SERVICE}\n")
    shop.up()
    identity = shop.status()["environment"]
    (shop.folder / "envs/local.yaml").unlink()

    shop.run("down", identity)

    assert not shop.left()


def test_two_who_start_one_environment_at_once_both_find_it_ready(shop):
    shop.describe(f"name: shop\nservices:\n  api: {SERVICE}\n")

    first, second = shop.start_on_terminal("up", "--detach"), shop.start_on_terminal("up", "--detach")

    assert [first.wait(60), second.wait(60)] == [0, 0]
    first.wait_for("is ready")
    second.wait_for("is ready")
    assert shop.get("/health") == "health"
    assert len(shop.instances()) == 1


@pytest.mark.parametrize("content", ["services: {", pytest.param("services: {api: {port: x}}", marks=pytest.mark.full)])
def test_down_works_with_a_description_that_cannot_be_used_any_more(shop, content):
    shop.describe(f"name: shop\nservices:\n  api: {SERVICE}\n")
    shop.up()
    shop.describe(content)

    shop.run("down")

    assert not shop.left()
