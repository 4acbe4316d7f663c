"""The first line of a failure names its cause, even if the program's own message is misleading."""

import pytest

CRLF = "#!/bin/sh\r\necho hi\r\n"
DOCKERFILE = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\n"


def script(world, content):
    """A world whose service has an executable script."""
    one = world({"app/Dockerfile": DOCKERFILE})
    file = one.folder / "app/run.sh"
    file.write_bytes(content.encode())
    file.chmod(0o755)
    return one


@pytest.mark.parametrize("who", ["service", pytest.param("job", marks=pytest.mark.full)])
def test_a_script_with_the_line_ends_of_windows_is_named(world, who):
    one = script(world, CRLF)
    service = "command: ./run.sh" if who == "service" else 'command: "python -m http.server ${port}"'
    job = "jobs:\n  prepare: {command: ./run.sh, service: api}\n" if who == "job" else ""
    one.describe(f"name: shop\nservices:\n  api: {{build: ../app, {service}, port: 8000}}\n{job}")

    output = one.up(code=6 if who == "job" else 5).err

    first = next(line for line in output.splitlines() if line.startswith("error: "))
    assert first.endswith(": app/run.sh has lines that end in CRLF")
    assert (
        "hint: save it with LF: sed -i 's/\\r$//' app/run.sh; keep it so in .gitattributes: *.sh text eol=lf" in output
    )
    assert not one.left()


def test_a_job_that_fails_is_named_with_its_last_exception(shop):
    shop.write({"app/migrate.py": "print('one')\n{}['no such column']\n"})
    shop.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000}
        jobs:
          prepare: {command: python migrate.py, service: api}
    """)

    output = shop.up(code=6).err

    assert "error: prepare failed: `python migrate.py` exited with code 1: KeyError: 'no such column'\n" in output


def test_a_migration_that_makes_an_extension_which_is_not_there_hints_at_extensions(shop):
    message = 'ERROR:  extension "postgis" is not available'
    shop.write({"app/migrate.py": f"print('{message}'); raise SystemExit(1)\n"})
    shop.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000, environment: {DB: "${db.url}"}}
        needs:
          db: {postgres: 17, migrate: {command: python migrate.py, service: api}}
    """)

    output = shop.up(code=6).err

    assert ": this PostgreSQL has no extension 'postgis'\n" in output
    assert "hint: add `extensions: [postgis]` to db" in output


def test_a_dump_in_utf_16_is_read_as_it_was_meant(shop):
    shop.write({"seeds/whole.sql": ""})
    text = "CREATE TABLE cards (name text);\r\nINSERT INTO cards VALUES ('Zoë');\r\n"
    (shop.folder / "seeds/whole.sql").write_bytes(text.encode("utf-16"))
    shop.describe("""
        name: shop
        services:
          api: {build: ../app, command: python app.py, port: 8000, environment: {BIND: "${bind}", DB: "${db.url}"}}
        needs:
          db: {postgres: 17, seed: ../seeds/whole.sql}
    """)
    shop.up()

    assert "Zoë" in shop.run("connect", "db", "--", "-c", "select name from cards").out


def test_a_smoke_check_that_fails_shows_the_exception_the_log_since_then_and_what_stubs_missed(shop):
    shop.write(
        {
            "app/bad.py": """
                import http.server, os, sys, traceback, urllib.request
                class Answers(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        status = 200
                        if self.path != "/":
                            try:
                                urllib.request.urlopen(os.environ["PAY"] + "/charge/7")
                            except Exception:
                                traceback.print_exc()
                                status = 500
                        self.send_response(status)
                        self.end_headers()
                print("long before", file=sys.stderr, flush=True)
                http.server.HTTPServer((sys.argv[1], int(sys.argv[2])), Answers).serve_forever()
            """
        }
    )
    shop.describe("""
        name: shop
        services:
          api: {build: ../app, command: "python bad.py ${bind} ${port}", port: 8000, environment: {PAY: "${pay.url}"}}
        upstreams:
          pay: {}
        smoke:
        - GET ${api.url}/orders
    """)

    output = shop.up(code=5).err.partition("error: ")[2]

    first = output.splitlines()[0]
    cause = "urllib.error.HTTPError: HTTP Error 404: Not Found; pay: GET /charge/7 matched no stub"
    assert first.endswith(f"returned 500, expected 2xx: {cause}")
    assert "\n    pay: GET /charge/7 matched no stub" in output
    assert "\n    api | urllib.error.HTTPError: HTTP Error 404: Not Found\n" in output
    assert "long before" not in output


def test_the_platform_that_a_variable_asks_for_is_named(shop):
    if shop.engine != "compose":
        pytest.skip("there are no images")
    shop.describe("""
        name: shop
        services:
          api: {image: "python:3.13-slim", command: "python -m http.server ${port}", port: 8000}
    """)

    output = shop.up(code=5, more={"DOCKER_DEFAULT_PLATFORM": "linux/s390x"}).err

    assert "error: api cannot be started: no image for linux/s390x (DOCKER_DEFAULT_PLATFORM)\n" in output
    assert "hint: unset DOCKER_DEFAULT_PLATFORM" in output
