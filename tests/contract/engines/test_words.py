"""Values of the description that reach the program or the user on both engines."""

from pathlib import Path

import pytest

DESCRIPTION = """
    name: NAME
    services:
      api:
        image: python:3.13-slim
        command: sleep 1000
        environment: {MODE: container, SAME: "yes"}
        native: {working_dir: .., environment: {MODE: native, CACHE: "${cache.address}"}}
    needs:
      cache: {redis: 8, password: geheim-geheim}
    notes:
      - |
        Log in at ${cache.host} as anna
        and try it.
      - "password: ${cache.password}"
"""


@pytest.fixture
def shop(world):
    shop = world(app=False)
    shop.describe(DESCRIPTION)
    return shop


def test_notes_are_printed_when_all_is_ready_and_on_request(shop):
    output = shop.up().out

    assert "Log in at 127.0.0.1 as anna\nand try it.\n" in output
    assert "password: ***" in output
    assert "geheim" not in output
    assert shop.run("notes").out == "Log in at 127.0.0.1 as anna\nand try it.\n\npassword: geheim-geheim\n"
    assert shop.run("notes", "--json").document[1] == "password: geheim-geheim"


def test_a_native_service_has_variables_of_its_own(shop):
    shop.up()

    found = shop.run("exec", "api", "--", "sh", "-c", "echo $MODE $SAME $CACHE").out.split()

    expected = (
        ["native", "yes", shop.url("cache").rpartition("@")[2]] if shop.engine == "native" else ["container", "yes"]
    )
    assert found == expected
    assert shop.run("env", "api", "--json").document["MODE"] == expected[0]


BUILD = """
    name: NAME
    services:
      api:
        build:
          context: ../app
          secrets: [token]
          additional_contexts: [more=../more, "base=docker-image://python:3.13-slim"]
          dockerfile_inline: |
            FROM base
            COPY --from=more hello.txt /hello.txt
            RUN --mount=type=secret,id=token cp /run/secrets/token /copied
        command: sleep 1000
        native: {working_dir: ..}
    secrets:
      token: {content: "tok-123"}
"""


def test_a_build_reads_secrets_and_more_contexts_and_is_done_again_when_these_change(world):
    shop = world(app=False)
    shop.write({"app/x": "", "more/hello.txt": "hello"})
    shop.describe(BUILD)
    shop.up()

    assert shop.run("exec", "api", "--", "cat", "/hello.txt", "/copied").out == "hellotok-123"

    shop.write({"more/hello.txt": "again"})
    shop.up()
    assert shop.run("exec", "api", "--", "cat", "/hello.txt").out == "again"
    assert "tok-123" not in shop.run("render").out


def test_a_build_uses_an_agent_where_the_user_allows_it(world):
    shop = world(app=False)
    shop.write({"app/Dockerfile": "FROM python:3.13-slim\n"})
    shop.describe("""
        name: NAME
        services:
          api:
            build: {context: ../app, ssh: [default]}
            command: sleep 1000
            native: {working_dir: ..}
    """)
    assert "may not use 'ssh'" in shop.run("check", code=2).err

    own = Path(shop.variables["XDG_CONFIG_HOME"], "localenv/config.yaml")
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(f"allow: {{{shop.folder}: {{permissions: [ssh]}}}}\n")
    shop.run("check")
    assert "ssh" in shop.run("plan").out
    if shop.engine == "compose":
        assert '"ssh": ["default"]' in shop.run("render").out.replace("'", '"')
