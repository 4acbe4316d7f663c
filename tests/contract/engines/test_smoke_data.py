"""Smoke checks write data and send requests, and leave needs and stubs unchanged."""

import httpx

CHECKED = """
    name: shop
    needs:
      db:
        postgres: 17
        database: people
        seed: [../seeds/10.sql]
      cache: {redis: 8, port: 6390}
    smoke:
      - {command: "psql -c 'insert into people (name) values (chr(57)); delete from people where id = 1'", service: db}
      - {command: "sh -c 'redis-cli set checked yes'", service: cache}
      - {command: "psql -c 'select 1 / (count(*) - %s) from people'", service: db}
"""
SEEDS = {"seeds/10.sql": "create table people (id serial, name text); insert into people (name) values ('a'), ('b');"}
RATE = '{"request": {"urlPath": "/rate"}, "response": {"body": "1.1"}}'
COUNTED = """
    name: shop
    upstreams: {rates: {stubs: ../stubs/rates}}
    smoke:
      - GET ${rates.url}/rate
      - {upstream: rates, requests: %s}
      - {upstream: rates}
"""
PEOPLE = ("connect", "db", "--", "-At", "-c", "select (select string_agg(name, ',') from people), last_value from ")


def test_what_checks_that_fail_write_is_gone_afterwards(world):
    one = world(SEEDS, app=False)
    one.describe(CHECKED % 2)

    output = one.up("--keep-on-failure", code=6).err

    assert "division by zero" in output
    assert one.run(*PEOPLE[:-1], PEOPLE[-1] + "people_id_seq").out.strip() == "a,b|2"
    assert one.run("connect", "cache", "--", "keys", "*").out.strip() == ""


def test_what_checks_write_is_gone_afterwards_and_what_was_there_before_a_second_up_is_there(world):
    one = world(SEEDS, app=False)
    one.describe(CHECKED % 7)
    one.up()
    assert one.run(*PEOPLE[:-1], PEOPLE[-1] + "people_id_seq").out.strip() == "a,b|2"
    assert one.run("connect", "cache", "--", "keys", "*").out.strip() == ""
    one.run("connect", "db", "--", "-c", "insert into people (name) values ('by hand')")
    one.write({"seeds/10.sql": SEEDS["seeds/10.sql"]})
    one.describe((CHECKED % 7).replace("redis: 8", "redis: 8, password: changed"))

    one.up()

    assert one.run(*PEOPLE[:-1], PEOPLE[-1] + "people_id_seq").out.strip() == "a,b,by hand|3"


def test_what_was_called_by_hand_is_not_counted_by_the_checks_of_a_second_up(world):
    one = world({"stubs/rates/mappings/rate.json": RATE}, app=False)
    one.describe(COUNTED % "1")
    one.up()
    httpx.get(f"{one.url('rates')}/rate")
    one.write({"stubs/rates/mappings/rate.json": RATE.replace("1.1", "1.2")})

    one.up()

    assert one.status()["services"]["rates"]["requests"] == 1
    one.describe(COUNTED % "2")
    one.write({"stubs/rates/mappings/rate.json": RATE})
    assert "requests to rates from the checks: 1, expected 2" in one.up(code=5).err


LOGIN = """
    import http.server, json, os

    class Asked(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.headers.get("Cookie") == "session=abc" and self.headers.get("Authorization") == "Bearer t-1"
            self.answer(200 if known else 401, {"known": known})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            content = {"type": self.headers["Content-Type"], "body": body, "users": [{"token": "t-1", "id": 7}]}
            self.answer(201, content)

        def answer(self, status, content):
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Set-Cookie", "session=abc; Path=/; Secure; HttpOnly")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    http.server.ThreadingHTTPServer((os.environ["BIND"], int(os.environ["PORT"])), Asked).serve_forever()
"""
LOGGING_IN = """
    name: shop
    services:
      api:
        image: python:3.13-slim
        command: python3 /srv/app/login.py
        port: 8000
        environment: {BIND: "${bind}"}
        compose: {volumes: ["../app:/srv/app"]}
        native: {working_dir: .., command: python3 app/login.py}
    smoke:
      - request: POST ${api.url}/login
        form: {user: anna, "pass word=": "a&b c"}
        contains: 'application/x-www-form-urlencoded", "body": "user=anna&pass+word%3D=a%26b+c"'
        save: {token: users.0.token, id: users.0.id}
      - {request: "POST ${api.url}/text", body: "id=${answer.id}", contains: '"body": "id=7"'}
      - {request: "GET ${api.url}/me", headers: {Authorization: "Bearer ${answer.token}"}}
      - command: sh -c 'test ${answer.id} = 7 && test $TOKEN = t-1'
        service: api
        environment: {TOKEN: "${answer.token}"}
"""


def test_checks_send_forms_keep_cookies_and_use_earlier_answers(world):
    one = world({"app/login.py": LOGIN}, app=False)
    one.describe(LOGGING_IN)
    one.up()

    one.describe(LOGGING_IN.replace("users.0.token", "users.1.token"))
    assert "smoke check failed: the response of POST ${api.url}/login has no 'users.1.token'" in one.up(code=5).err
