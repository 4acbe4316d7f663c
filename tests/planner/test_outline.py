"""The output of `localenv plan`."""

from localenv import planner
from localenv.description.loading import load
from localenv.planner.outline import outline

FULL = """
    name: shop
    services:
      api:
        build: {context: .., target: web, args: {VERSION: 3.10}}
        command: uvicorn shop:app --host ${bind} --root-path "/a b"
        port: 8000
        publish: 18000
        healthcheck: {http: /health, timeout: 30s}
        environment:
          DATABASE_URL: "${db.url}"
          OTHER_DATABASE: postgresql://shop:hunter2@example.com/shop
          JWT_SECRET: hunter2
          API_TOKEN: "${env.API_TOKEN:-hunter2}"
          MODE: "${env.MODE:-fast}"
          KEY_FILE: "${jwt.path}"
        env_file: ../.env.local
        depends_on: {worker: {condition: service_healthy}}
        compose: {mem_limit: 1g}
      worker: {image: shop-worker}
    needs:
      db:
        postgres: 17
        password: hunter2
        databases: [shop, audit]
        extensions: [uuid-ossp]
        keep: true
        migrate: {command: alembic upgrade head, service: api}
        seed: ../seeds/*.sql
      cache: {redis: 8}
    secrets:
      jwt: {generate: rsa-2048}
      note: {content: "hunter2 ${db.password}"}
    upstreams:
      payments: {stubs: ../stubs/payments, unmatched: warn}
    jobs:
      assets: {command: make assets, service: api, environment: {DEPLOY_TOKEN: hunter2}}
    smoke:
      - GET ${api.url}/health
      - {request: "POST ${api.url}/orders", json: {sku: a}, status: 201, contains: id}
      - {upstream: payments, requests: 1}
"""

PLAN = """\
environment shop, as local describes it

service api
  built from ., target web
    VERSION=3.10
  command uvicorn shop:app --host ${bind} --root-path '/a b'
  port 8000, published on 18000
  ready when GET /health answers 2xx, within 30 s
  after worker (healthy)
  environment
    FROM_FILE=***
    DATABASE_URL=${db.url}
    OTHER_DATABASE=postgresql://shop:***@example.com/shop
    JWT_SECRET=***
    API_TOKEN=${env.API_TOKEN:-***}
    MODE=${env.MODE:-fast}
    KEY_FILE=${jwt.path}
  files jwt
  compose keys mem_limit

service worker
  image shop-worker
  ready when it stays up

need db: postgres 17
  image postgres:17
  user shop
  password ***
  databases shop, audit
  extensions uuid-ossp
  its data is kept

need cache: redis 8
  image redis:8
  no password

upstream payments: port 80, unmatched requests warn
  stubs stubs/payments

secret jwt: generated (rsa-2048)

secret note: written in the description, with ${db.password}

jobs, in this order
  db.migrate: alembic upgrade head in api
    again after a change of all code of .
  db.seed: seeds/1.sql into db
  db.seed.2: seeds/2.sql into db
  assets: make assets in api
    again after a change of all code of .
    DEPLOY_TOKEN=***

smoke checks
  GET ${api.url}/health answers 2xx
  POST ${api.url}/orders answers 201, with 'id' in it
    json {"sku": "a"}
  payments was sent 1 request
"""


def test_the_outline_has_everything_in_the_order_written_and_no_secret(repository):
    folder = repository(
        {
            "envs/local.yaml": FULL,
            "Dockerfile": "FROM scratch AS web\n",
            ".env.local": "FROM_FILE=hunter2\n",
            "seeds/1.sql": "",
            "seeds/2.sql": "",
            "stubs/payments/mappings/a.json": "{}",
        }
    )
    planned = planner.plan(load(folder / "envs/local.yaml", repository=folder))

    assert outline(planned) == PLAN


def test_each_step_is_shown_with_what_it_goes_by_and_why_it_is_due(repository):
    described = """
        services:
          api:
            build: ..
            environment: {DB: "${db.url}"}
            native: {setup: [pip install -r requirements.txt, {command: make x, inputs: []}]}
        needs: {db: {postgres: 17, seed: {command: python seed.py}}}
        jobs: {pages: {command: python pages.py}, index: {command: python pages.py, inputs: [seed.py]}}
    """
    files = {"envs/local.yaml": described, "Dockerfile": "FROM scratch", "requirements.txt": "", "seed.py": ""}
    files["pages.py"] = ""
    folder = repository(files)
    planned = planner.plan(load(folder / "envs/local.yaml", repository=folder))

    due = {"api": ("requirements.txt changed", ""), "db.seed": ("inputs changed",)}
    shown = outline(planned, due=due, writers={"pages", "index"}).splitlines()

    assert shown[7:11] == [
        "  natively after pip install -r requirements.txt (due: requirements.txt changed)",
        "    again after a change of requirements.txt",
        "  natively after make x",
        "    once: it has no inputs",
    ]
    assert shown[-6:] == [
        "  db.seed: python seed.py in api (due: inputs changed)",
        "    again after a change of seed.py",
        "  pages: python pages.py in api",
        "    again after a change of pages.py, any code of api, into which it writes",
        "  index: python pages.py in api",
        "    again after a change of seed.py",
    ]


def test_the_plan_shows_what_the_users_settings_allow(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "orders/envs").mkdir(parents=True)
    file = tmp_path / "orders/envs/local.yaml"
    asking = "{privileged: true, volumes: [/var/run/docker.sock:/d, ../../shared:/s, ../envs:/e]}"
    file.write_text(f"services: {{api: {{image: a, compose: {asking}}}}}")
    described = load(
        file,
        repository=tmp_path / "orders",
        allowed_paths=[tmp_path / "shared"],
        allowed_permissions=["privileged", "docker_socket"],
    )

    shown = outline(planner.plan(described))

    expected = f"  permissions privileged, docker_socket, /var/run/docker.sock, {tmp_path}/shared"
    assert expected in shown.splitlines()


def test_an_upstream_that_only_has_to_be_called_is_said_so(repository):
    file = repository({"envs/local.yaml": "upstreams: {payments: {}}\nsmoke: [{upstream: payments}]\n"})

    shown = outline(planner.plan(load(file / "envs/local.yaml", repository=file)))

    assert "  payments was sent at least one request\n" in shown


def test_what_a_terminal_would_obey_is_shown_and_a_command_could_be_pasted(repository):
    text = 'services: {api: {image: x, command: ["sh", "-c", "a b; c\\e[2K"], environment: {A: "\\e[8mb\\u202e"}}}'

    folder = repository({"envs/local.yaml": text})

    shown = outline(planner.plan(load(folder / "envs/local.yaml", repository=folder)))

    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert r"command sh -c 'a b; c\x1b[2K'" in shown
    assert r"A=\x1b[8mb\u202e" in shown
