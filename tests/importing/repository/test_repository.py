"""`localenv init` of repositories without a Compose file: what detectors make of them."""

import sys

import pytest
import yaml

from localenv.environment import initialising
from localenv.errors import UsageError
from tests.world.repository import write

MAIN = 'from fastapi import FastAPI\nimport os\napp = FastAPI()\nDB = os.environ["DATABASE_URL"]\n'
PACT = """
{
  "consumer": {"name": "a"},
  "provider": {"name": "Ledger Service"},
  "interactions": [
    {"description": "x", "request": {"method": "GET", "path": "/x"}, "response": {"status": 200}}
  ],
  "metadata": {"pactSpecification": {"version": "3.0.0"}}
}
"""
OPENAPI = """
openapi: 3.0.3
info: {title: Rates, version: "1"}
paths:
  /rates: {get: {responses: {"200": {description: ok}}}}
"""
STOCK = """{"openapi": "3.1.0", "info": {"title": "Stock API", "version": "1"}, "paths": {
  "/stock": {"get": {"responses": {"200": {"description": "ok"}}}}}}"""
UVICORN = "uvicorn main:app --host ${bind} --port ${port}"
IMAGE = 'FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nEXPOSE 8000\nCMD ["uvicorn", "main:app", "--host", "0.0.0.0"]\n'


def described(done) -> dict:
    return yaml.safe_load(done.text)


def test_a_dockerfile_is_a_service_with_its_port_and_a_command_for_this_machine(init):
    done = init({"Dockerfile": IMAGE, "main.py": MAIN, "requirements.txt": "fastapi\nasyncpg\n"})

    found = described(done)
    assert found["services"]["api"] == {
        "build": "..",
        "port": 8000,
        "environment": {"DATABASE_URL": "${db.url}"},
        "native": {
            "setup": ["pip install -r requirements.txt"],
            "command": "uvicorn main:app --host ${bind} --port ${port}",
        },
    }
    assert "# DATABASE_URL" not in done.text
    assert found["needs"] == {"db": {"postgres": 17}}


@pytest.mark.parametrize(
    ("files", "command", "setup"),
    [
        ({"requirements.txt": "fastapi"}, UVICORN, "pip install -r requirements.txt"),
        ({"uv.lock": "", "pyproject.toml": "[project]\nname = 'a'"}, UVICORN, "uv sync --frozen"),
        ({"poetry.lock": "", "pyproject.toml": "[tool.poetry]\nname = 'a'"}, UVICORN, "poetry install"),
        ({"Pipfile": "", "Pipfile.lock": "{}"}, UVICORN, "pipenv sync"),
        ({"requirements.txt": "django", "manage.py": ""}, "python manage.py runserver ${bind}:${port}", "pip install"),
        ({"setup.py": "", "main.py": "import flask\napp = flask.Flask(__name__)"}, "flask --app main run", "pip"),
        ({"setup.py": "", "main.py": "from flask import Flask\napp = Flask(__name__)"}, "flask --app main run", "pip"),
        ({"setup.py": "", "Procfile": "web: gunicorn main:app -b :$PORT"}, "gunicorn main:app -b", "pip"),
    ],
)  # fmt: skip
def test_a_project_of_python_runs_on_both_engines(init, files, command, setup):
    found = described(init({"main.py": MAIN, **files}))

    service = found["services"]["api"]
    assert service["command"].startswith(command)
    assert any(one.startswith(setup) for one in service["native"]["setup"])
    assert service["build"]["dockerfile_inline"].startswith("FROM python:3.13-slim\n")
    assert service["port"]


@pytest.mark.parametrize(
    ("package", "more", "command", "setup", "image"),
    [
        ('{"scripts": {"start": "node a.js"}, "dependencies": {"express": "4"}}', {"package-lock.json": "{}"},
         "node a.js", ["npm ci"], "node:"),
        ('{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}, "engines": {"node": "22.x"}}', {},
         "npm run dev -- --host ${bind} --port ${port}", ["npm install"], "node:22-slim"),
        ('{"main": "index.js"}', {"index.js": "require('http').createServer().listen(4321)", ".nvmrc": "v18.1"},
         "node index.js", None, "node:18-slim"),
        ('{"scripts": {"dev": "nodemon --inspect=0.0.0.0:9229 a.js"}, "dependencies": {"express": "4"}}', {},
         "npm run dev", ["npm install"], "node:"),
        ('{"scripts": {"build": "next build", "start": "next start"}, "dependencies": {"next": "15"}}', {},
         "npm run start -- -H ${bind} -p ${port}", ["npm install", "npm run build"], "node:"),
    ],
)  # fmt: skip
def test_a_project_of_node_runs_on_both_engines(init, package, more, command, setup, image):
    service = described(init({"package.json": package, **more}))["services"]["web"]

    assert (service["command"], service.get("native", {}).get("setup")) == (command, setup)
    assert service["build"]["dockerfile_inline"].startswith(f"FROM {image}")
    assert service["port"] in (3000, 4321, 5173)


@pytest.mark.parametrize(
    ("files", "migrate"),
    [
        ({"alembic.ini": ""}, {"command": "alembic upgrade head", "service": "api"}),
        ({"manage.py": ""}, {"command": "python manage.py migrate --noinput", "service": "api"}),
        ({"prisma/schema.prisma": 'datasource db { provider = "postgresql" }', "prisma/migrations/1/a.sql": ""},
         {"command": "npx prisma migrate deploy", "service": "api"}),
        ({"bin/rails": "", "db/x.rb": ""}, {"command": "bin/rails db:prepare", "service": "api"}),
        ({"src/main/resources/db/migration/V2__b.sql": "", "src/main/resources/db/migration/V10__c.sql": ""},
         [{"file": f"../src/main/resources/db/migration/{name}.sql"} for name in ("V2__b", "V10__c")]),
        ({"src/main/resources/db/migration/V1__a.sql": "", "pom.xml": "<artifactId>flyway-core</artifactId>"}, None),
        ({"migrations/1_a.up.sql": "", "migrations/1_a.down.sql": ""}, {"file": "../migrations/*.up.sql"}),
        ({"sql/1.sql": "", "sql/2.sql": ""}, {"file": "../sql/*.sql"}),
        ({"package.json": '{"scripts": {"db:migrate": "x"}, "dependencies": {"drizzle-orm": "1"}}'},
         {"command": "npm run db:migrate", "service": "api"}),
        ({"migrations/alembic.ini": ""}, {"command": "flask db upgrade", "service": "api"}),
    ],
)  # fmt: skip
def test_migrations_are_found(init, files, migrate):
    need = described(init({"Dockerfile": IMAGE, "main.py": MAIN, "requirements.txt": "psycopg", **files}))["needs"][
        "db"
    ]

    assert need.get("migrate") == migrate


def test_variables_lead_to_needs_upstreams_and_secrets(init):
    done = init(
        {
            "Dockerfile": IMAGE,
            "requirements.txt": "psycopg\nredis\n",
            "main.py": MAIN
            + """
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    redis_host: str
    redis_port: int = 6379
    payments_url: str
    jwt_secret: str
    log_level: str = "info"
    feature: str
LEDGER = os.getenv("LEDGER_API_URL", "http://localhost:9000/v2")
""",
            ".env.example": """
            DATABASE_URL=postgresql+asyncpg://me:pw@localhost/app
            PAYMENTS_URL=https://api.payments.example/v1
            FEATURE=on
        """,
            ".env": "JWT_SECRET=topsecret\nSMTP_PASSWORD=othersecret\nTEAM=blue\n",
        }
    )

    found = described(done)
    assert found["services"]["api"]["environment"] == {
        "DATABASE_URL": "postgresql+asyncpg://${db.user}:${db.password}@${db.address}/${db.database}",
        "LEDGER_API_URL": "${ledger.url}/v2",
        "REDIS_HOST": "${cache.host}",
        "REDIS_PORT": "${cache.port}",
        "PAYMENTS_URL": "${payments.url}/v1",
        "JWT_SECRET": "${env.JWT_SECRET:-}",
        "FEATURE": "${env.FEATURE:-on}",
        "SMTP_PASSWORD": "${env.SMTP_PASSWORD:-}",
        "TEAM": "${env.TEAM:-}",
    }
    assert found["upstreams"]["payments"] == {"stubs": "../stubs/payments", "hosts": ["api.payments.example"]}
    assert {*found["needs"]} == {"db", "cache"}
    assert not any(word in text for text in done.files.values() for word in ("topsecret", "othersecret", "blue"))


APP = "from fastapi import FastAPI\napp = FastAPI()\n"
PREFIXED = """
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    db_host: str = "localhost"
    db_password: str
    db_name: str = "shop"
    redis_url: str
    billing_url: str = "https://api.billing.example/v2"
    public_url: str
"""
OF_PARTS = """
from pydantic_settings import BaseSettings
class Database(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_DB_")
    host: str = "localhost"
    password: str
    name: str = "shop"
class Others(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    redis_url: str
    billing_url: str = "https://api.billing.example/v2"
    public_url: str
"""
OF_VIPER = 'viper.SetEnvPrefix("shop")'
SHOP = """
SHOP_DB_HOST=localhost
SHOP_DB_PASSWORD=
SHOP_DB_NAME=shop
SHOP_REDIS_URL=
SHOP_BILLING_URL=https://api.billing.example/v2
SHOP_PUBLIC_URL=https://shop.example
"""


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": f"{APP}{PREFIXED}", "requirements.txt": "psycopg\nredis\n"},
        {"main.py": f"{APP}{OF_PARTS}", "requirements.txt": "psycopg\nredis\n"},
        {"go.mod": "module shop\nrequire github.com/jackc/pgx/v5 v5.7.1\n", "main.go": OF_VIPER, ".env.example": SHOP},
    ],
    ids=["one class", "a class for each part", "viper"],
)
def test_variables_with_the_prefix_of_their_program_lead_to_needs_and_upstreams(init, files):
    found = described(init({"Dockerfile": IMAGE, **files}))

    (service,) = found["services"].values()
    assert service["environment"] == {
        "SHOP_DB_HOST": "${db.host}",
        "SHOP_DB_PASSWORD": "${db.password}",
        "SHOP_DB_NAME": "${db.database}",
        "SHOP_REDIS_URL": "${cache.url}",
        "SHOP_BILLING_URL": "${billing.url}/v2",
        "SHOP_PUBLIC_URL": "${self.published_url}",
    }
    assert {*found["needs"]} == {"db", "cache"}
    assert [*found["upstreams"]] == ["billing"]


@pytest.mark.parametrize(
    ("prefix", "field", "value"), [("PAYMENTS_", "api_url", "${payments.url}"), ("DB_", "host", "${db.host}")]
)
def test_a_prefix_that_names_an_upstream_or_need_is_a_part_of_the_name(init, prefix, field, value):
    source = f"class Settings(BaseSettings):\n    model_config = C(env_prefix='{prefix}')\n    {field}: str\n"
    found = described(init({"Dockerfile": IMAGE, "main.py": f"{MAIN}{source}", "requirements.txt": "psycopg\n"}))

    assert found["services"]["api"]["environment"][f"{prefix}{field.upper()}"] == value


OF_GO = """
type Config struct {
	Port     string `envconfig:"PORT" default:"8090"`
	Database string `env:"DATABASE_URL,required"`
	Supplier string `default:"https://supplier.example/v3" envconfig:"SUPPLIER_URL"`
	Tax      string `env:"TAX_URL" envDefault:"https://tax.example/api"`
	Level    string `env:"LOG_LEVEL" env-default:"info"`
}
"""
OF_SCHEMAS = """
const one = z.object({
  DATABASE_URL: z.string().url(), PDF_SERVICE_URL: z.string().default('http://pdf.example/v1'),
  SESSION_SECRET: z.string(),
  JOBS_REDIS_URL: z
    .string(),
  LOG_LEVEL: z.enum(['debug', 'info']).default('info'),
  REGION: z.string().optional(),
}).parse(process.env);
const two = cleanEnv(process.env, {SMS_GATEWAY_URL: url(), RETRIES: num({default: 3})});
"""


def test_a_tag_in_go_gives_the_default_of_its_variable(init):
    files = {"go.mod": "module stock\nrequire github.com/jackc/pgx/v5 v5.7.1\n", "main.go": OF_GO}
    found = described(init({"Dockerfile": "FROM golang:1.22\nEXPOSE 8090\n", **files}))

    (service,) = found["services"].values()
    assert service["environment"] == {
        "DATABASE_URL": "${db.url}?sslmode=disable",
        "SUPPLIER_URL": "${supplier.url}/v3",
        "TAX_URL": "${tax.url}/api",
    }
    assert found["upstreams"]["tax"] == {"stubs": "../stubs/tax", "hosts": ["tax.example"]}


def test_a_schema_of_the_environment_in_typescript_says_which_variables_a_program_needs(init):
    package = '{"scripts": {"start:prod": "node dist/main", "build": "tsc"}, "dependencies": {"pg": "8", "zod": "3"}}'
    found = described(init({"package.json": package, "src/env.ts": OF_SCHEMAS}))

    (service,) = found["services"].values()
    assert service["environment"] == {
        "DATABASE_URL": "${db.url}",
        "SESSION_SECRET": "${session-secret.value}",
        "JOBS_REDIS_URL": "${cache.url}",
        "SMS_GATEWAY_URL": "${sms-gateway.url}",
        "PDF_SERVICE_URL": "${pdf.url}/v1",
    }
    assert {*found["needs"]} == {"db", "cache"}
    assert service["command"] == "node dist/main"


OF_RUST = """
let port = std::env::var("FEEDS_PORT").unwrap();
let metrics = std::env::var("METRICS_PORT").unwrap();
"""


def test_the_only_variable_of_a_port_says_where_a_program_listens(init):
    files = {
        "Cargo.toml": '[package]\nname = "feeds"\n[dependencies]\naxum = "0.7"\n',
        "src/main.rs": OF_RUST,
        ".env.example": "FEEDS_PORT=7000\nMETRICS_PORT=9100\n",
    }
    (service,) = described(init(files))["services"].values()

    assert service["port"] == 7000
    assert service["environment"]["FEEDS_PORT"] == "${port}"


def test_variables_of_elixir_are_read_from_its_configuration(init):
    source = 'config :a, url: System.fetch_env!("STOCK_URL"), tax: System.get_env("TAX_URL", "https://tax.example/v2")'
    found = described(init({"Dockerfile": "FROM elixir:1.15\nEXPOSE 4000\n", "config/runtime.exs": source}))

    (service,) = found["services"].values()
    assert service["environment"] == {"STOCK_URL": "${stock.url}", "TAX_URL": "${tax.url}/v2"}


TWO_DATABASES = """
import environ
env = environ.Env()
DATABASES = {
    "default": {"HOST": env("MAIN_DB_HOST"), "USER": env("MAIN_DB_USER"), "NAME": env("MAIN_DB_NAME")},
    "reports": {"url": env("REPORTS_DATABASE_URL")},
}
OTHERS = env("MAIN_API_URL"), env("GEOIP_DB_HOST", "geo"), env("TEST_DATABASE_URL")
"""


def test_several_databases_of_a_program_are_one_until_each_has_a_need(init):
    done = init({"Dockerfile": IMAGE, "main.py": f"{APP}{TWO_DATABASES}", "requirements.txt": "psycopg\n"})

    found = described(done)
    assert {*found["needs"]} == {"db"}
    assert found["services"]["api"]["environment"] == {
        "MAIN_DB_HOST": "${db.host}",
        "MAIN_DB_USER": "${db.user}",
        "MAIN_DB_NAME": "${db.database}",
        "REPORTS_DATABASE_URL": "${db.url}",
        "MAIN_API_URL": "${main.url}",
        "TEST_DATABASE_URL": "${env.TEST_DATABASE_URL:-}",
    }
    (shared,) = done.left_out
    assert shared.startswith("MAIN_DB_HOST, REPORTS_DATABASE_URL: the same database, db; for several, add a need")


def test_a_document_is_that_of_the_upstream_whose_host_its_servers_name(init):
    document = OPENAPI.replace("paths:", "servers: [{url: https://eu.fx.example/v1}]\npaths:", 1)
    files = {".env.example": "QUOTES_URL=https://eu.fx.example/v1\n", "docs/external.yaml": document}
    found = described(init({"Dockerfile": IMAGE, "main.py": MAIN, **files}))

    assert found["upstreams"] == {"quotes": {"openapi": "../docs/external.yaml", "hosts": ["eu.fx.example"]}}


def test_stubs_and_contracts_of_the_repository_are_upstreams(init):
    done = init(
        {
            "Dockerfile": IMAGE,
            "main.py": 'import os\nP = os.environ["PAYMENTS_URL"]',
            "stubs/payments/mappings/a.json": '{"request": {}, "response": {}}',
            "services/orders/contracts/pacts/a-b.json": PACT,
            "contracts/rates-openapi.yaml": OPENAPI,
            "contracts/broken.yaml": "openapi: 3.0.0\npaths: 7\n",
            "openapi.yaml": OPENAPI,
            "api/v1.json": STOCK,
            "settings.py": 'L = os.environ["STOCK_URL"]',
        }
    )

    found = described(done)
    assert found["upstreams"]["payments"] == {"stubs": "../stubs/payments"}
    assert found["upstreams"]["ledger-service"] == {"pact": "../services/orders/contracts/pacts/a-b.json"}
    assert found["upstreams"]["rates"] == {"openapi": "../contracts/rates-openapi.yaml"}
    assert found["upstreams"]["broken"] == {"stubs": "../stubs/broken"}
    assert found["upstreams"]["stock"] == {"openapi": "../api/v1.json"}
    assert "openapi" not in found["upstreams"]
    assert found["services"]["api"]["environment"]["PAYMENTS_URL"] == "${payments.url}"
    own, broken = done.left_out
    assert own.startswith("openapi.yaml: likely this repository's own API")
    assert broken == "contracts/broken.yaml: an OpenAPI document with mistakes, which cannot be served"


@pytest.mark.parametrize(
    ("files", "needs"),
    [
        ({"migrations/1_a.up.sql": "CREATE TABLE a (id BIGSERIAL PRIMARY KEY);"}, {"db": {"postgres": 17}}),
        ({"migrations/1_a.up.sql": "CREATE TABLE a (id INT);"}, {"db": {"postgres": 17}}),
        ({"migrations/1_a.up.sql": "CREATE TABLE a (id INT AUTO_INCREMENT);"}, {"db": {"mysql": 8.4}}),
        ({"migrations/1_a.up.sql": "CREATE TABLE a (id INTEGER);", "go.mod": "require modernc.org/sqlite v1\n"}, {}),
        ({"main_test.go": ""}, {}),
    ],
)
def test_a_bare_address_of_a_database_leads_to_the_one_that_its_sql_is_for(init, files, needs):
    main = 'package main\nvar u = os.Getenv("DATABASE_URL")\nfunc main() { http.ListenAndServe(":9100", nil) }\n'
    found = described(init({"go.mod": "module a\n", "main.go": main, **files})).get("needs", {})

    migrations = {name: need.pop("migrate") for name, need in found.items()}
    assert (found, [*migrations.values()]) == (needs, [{"file": "../migrations/*.up.sql"}] if needs else [])


DEVCONTAINER = """
{
  // as Visual Studio Code reads it
  "dockerComposeFile": "docker-compose.yml", "service": "work",
  "forwardPorts": [5432, "db:5432", 7000],
  "containerEnv": {"LEVEL": "debug", "API_TOKEN": "${localEnv:TOKEN}"},
  "remoteEnv": {"PATH": "${containerEnv:PATH}:/opt/bin", "REGION": "eu"},
}
"""
BESIDE = """
services:
  work:
    build: {context: ..}
    command: sleep infinity
    network_mode: service:db
    environment: {DB_HOST: localhost, DB_USER: dev, DB_PASSWORD: "${SECRET}", THEME: "${THEME:-dark}"}
  db: {image: "postgres:16", environment: {POSTGRES_USER: dev, POSTGRES_PASSWORD: pw, POSTGRES_DB: shop}}
"""


def test_a_devcontainer_gives_ports_variables_and_the_servers_of_its_compose_file(init):
    files = {".devcontainer/devcontainer.json": DEVCONTAINER, ".devcontainer/docker-compose.yml": BESIDE}
    secret = {".devcontainer/.env": "SECRET=hidden\nTHEME=hidden\n"}
    done = init({"package.json": '{"main": "a.js"}', "a.js": "require('http')", **files, **secret})

    found = described(done)
    assert found["services"]["web"]["port"] == 7000
    assert found["services"]["web"]["environment"] == {
        "DB_HOST": "${db.host}",
        "DB_USER": "${db.user}",
        "DB_PASSWORD": "${db.password}",
        "THEME": "${env.THEME:-dark}",
        "LEVEL": "${env.LEVEL:-debug}",
        "API_TOKEN": "${env.API_TOKEN:-}",
        "REGION": "${env.REGION:-eu}",
    }
    db = {"postgres": 16, "user": "dev", "password": "pw", "database": "shop"}
    assert found["needs"]["db"].items() >= db.items()
    assert not done.left_out
    assert "hidden" not in done.text


def test_several_projects_are_several_services_that_know_each_other(init):
    done = init(
        {
            "backend/Dockerfile": IMAGE,
            "backend/main.py": MAIN,
            "backend/requirements.txt": "psycopg",
            "frontend/package.json": '{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}',
            "frontend/src/a.js": "fetch(process.env.BACKEND_API_URL)",
            "frontend/.env.example": "VITE_API=http://localhost:8000/v1/\nSITE_URL=http://localhost:5173/\n",
        }
    )

    services = described(done)["services"]
    assert services["backend"]["build"] == "../backend"
    assert services["frontend"]["build"]["context"] == "../frontend"
    assert services["frontend"]["environment"] == {
        "BACKEND_API_URL": "${backend.url}",
        "VITE_API": "${backend.published_url}/v1/",
        "SITE_URL": "${self.published_url}",
    }


def test_a_port_that_nothing_says_is_asked_for_where_there_is_somebody(tmp_path):
    write(tmp_path, {"Dockerfile": 'FROM scratch\nCMD ["/server"]\n'})
    asked = []

    def ask(question: str, default: str) -> str:
        asked.append(question)
        return "9000"

    done = initialising.init(folder=tmp_path, ask=ask)

    assert described(done)["services"]["app"]["port"] == 9000
    assert asked == ["the port that app listens on (empty: none)"]


def test_a_program_listens_where_the_engine_wants_it_to_whatever_its_files_say(init):
    main = MAIN + 'A = os.getenv("HTTP_ADDR")\nB = os.getenv("SERVICE_HOST")\nC = os.getenv("SERVICE_PORT")\n'
    files = {"docker/Dockerfile": IMAGE, "main.py": main, "requirements.txt": "psycopg"}
    more = {".env": "SERVICE_HOST=127.0.0.1\nSERVICE_PORT=1\n", "docker/.env.example": "HTTP_ADDR=:8000\nDB=postgres\n"}

    assert described(init({**files, **more}))["services"]["api"]["environment"] == {
        "DATABASE_URL": "${db.url}",
        "HTTP_ADDR": "${bind}:${port}",
        "SERVICE_HOST": "${bind}",
        "SERVICE_PORT": "${port}",
        "DB": "${env.DB:-postgres}",
    }


@pytest.mark.parametrize(
    ("files", "install"),
    [
        ({"pnpm-lock.yaml": "lockfileVersion: '9.0'\n"}, "npx --yes pnpm@9 install --frozen-lockfile"),
        ({"pnpm-lock.yaml": "lockfileVersion: '6.0'\n"}, "npx --yes pnpm@8 install --frozen-lockfile"),
        ({"pnpm-lock.yaml": "lockfileVersion: '9.0'\n", "pnpm-workspace.yaml": "allowBuilds:\n  a: true\n"},
         "npx --yes pnpm@10 install --frozen-lockfile"),
        ({"yarn.lock": "# yarn lockfile v1\n"}, "npx --yes yarn install --frozen-lockfile"),
        ({"yarn.lock": "__metadata:\n  version: 8\n"},
         "npx --yes --package @yarnpkg/cli-dist@4.1.0 yarn install --immutable"),
    ],
)  # fmt: skip
def test_packages_are_installed_by_the_version_that_wrote_the_lock_file(init, files, install):
    package = '{"main": "a.js", "packageManager": "yarn@4.1.0+sha1.ab", "dependencies": {"express": "4"}}'
    found = described(init({"package.json": package, "a.js": "", **files}))

    assert found["services"]["web"]["native"]["setup"] == [install]


def test_what_cannot_be_started_is_refused(init):
    pages = '{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}'
    with pytest.raises(UsageError, match=r"no program to start was found \(read: package.json\)"):
        init({"composer.json": "{}", "package.json": pages})
    with pytest.raises(UsageError, match="no program to start"):
        init({"pyproject.toml": "[project]\nname = 'a'\n"})


@pytest.mark.parametrize(
    ("source", "healthcheck"),
    [
        ('@app.get("/healthz")', "/healthz"),
        ('@app.route("/health/")', "/health/"),
        ('@router.get("/health")', None),
        ('path("health/", views.health)', None),
        ('if request.url === "/ping":', "/ping"),
        ("app.get('/ready', async (request, response) => {", "/ready"),
        ('@app.get("/healthz/ready")', "/healthz/ready"),
        ('@app.get("/__lbheartbeat__")', "/__lbheartbeat__"),
        ('@app.get("/live-orders")', None),
    ],
)
def test_a_route_is_a_health_check_only_where_its_whole_path_is_known(init, source, healthcheck):
    done = init({"Dockerfile": IMAGE, "main.py": MAIN, "routes.py": source})

    assert described(done)["services"]["api"].get("healthcheck") == healthcheck
    assert ("healthcheck" in done.text) == ("live-orders" not in source)


SERVERS = """
services:
  database:
    image: postgres:17
    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: pw, POSTGRES_DB: shop}
    volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql"]
  documents: {image: "mongo:7", environment: {MONGO_INITDB_ROOT_USERNAME: root, MONGO_INITDB_ROOT_PASSWORD: pw}}
  ui: {image: mongo-express}
"""


def test_programs_are_added_to_a_compose_file_that_starts_only_servers_for_them(init):
    files = {"compose.yaml": SERVERS, "init.sql": "", "alembic.ini": "", "requirements.txt": "psycopg\npymongo\n"}
    more = 'URI = os.getenv("MONGO_URI", "mongodb://root:pw@localhost/shop")\nUSER = os.environ["POSTGRES_USER"]\n'
    found = described(init({**files, "main.py": MAIN + more}))

    assert set(found["services"]) == {"ui", "api"}
    assert found["services"]["api"]["environment"] == {
        "DATABASE_URL": "${database.url}",
        "MONGO_URI": "mongodb://${documents.user}:${documents.password}@${documents.address}/shop?authSource=admin",
        "POSTGRES_USER": "${database.user}",
    }
    assert found["needs"]["documents"] == {"mongo": 7, "user": "root", "password": "pw"}
    migrate = [{"file": "../init.sql"}, {"command": "alembic upgrade head", "service": "api"}]
    assert found["needs"]["database"]["migrate"] == migrate


def test_a_compose_file_with_a_program_stays_as_it_is(init):
    compose = 'services: {shop: {image: "registry.example/shop:1", ports: ["80:80"]}}\n'

    assert set(described(init({"compose.yaml": compose, "Dockerfile": IMAGE}))["services"]) == {"shop"}


GO = 'package main\nimport "net/http"\nfunc main() { http.ListenAndServe(":9100", nil) }\n'
SPRING = "<java.version>17</java.version><artifactId>spring-boot-maven-plugin</artifactId>"


@pytest.mark.parametrize(
    ("files", "image", "native", "port"),
    [
        ({"go.mod": "module a\n\ngo 1.22\n", "main.go": GO}, "golang:1.22", {"command": "go run ."}, 9100),
        (
            {"go.mod": "module a\n", "cmd/a/main.go": GO, "cmd/server/main.go": GO},
            "golang:1",
            {"command": "go run ./cmd/server"},
            9100,
        ),
        ({"Cargo.toml": "[package]\nname = 'a'\n", "src/main.rs": ""}, "rust:1", {"command": "cargo run"}, 8080),
        ({"pom.xml": SPRING, "mvnw": ""}, "maven:3-eclipse-temurin-17", {"command": "./mvnw spring-boot:run"}, 8080),
        ({"Gemfile": "gem 'pg'\nruby '3.3.1'\n", "bin/rails": ""}, "ruby:3.3.1", {"setup": ["bundle install"]}, 3000),
    ],
)
def test_projects_of_other_languages_run_on_both_engines(init, files, image, native, port):
    found = described(init(files))
    service = next(iter(found["services"].values()))

    assert service["build"]["dockerfile_inline"].startswith(f"FROM {image}\n")
    assert (service["native"], service["port"]) == (native, port)
    if "Gemfile" in files:
        assert service["environment"] == {"DATABASE_URL": "${db.url}"}
        assert found["needs"] == {"db": {"postgres": 17}}


CONSTANTS = (
    "const PORT = 4100;\nconst HOST = '0.0.0.0';\napp.listen(PORT, HOST);\nconsole.log(`http://${HOST}:${PORT}`)"
)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no further loopback addresses")
@pytest.mark.parametrize(
    ("files", "address"),
    [
        ({"go.mod": "module a\n", "main.go": GO}, "own"),
        ({"go.mod": "module a\n", "main.go": GO + '// os.Getenv("PORT")\n'}, None),
        ({"package.json": '{"main": "a.js"}', "a.js": "app.listen(4100, () => console.log('up'))"}, "own"),
        ({"package.json": '{"main": "a.js"}', "a.js": "app.listen(process.env.PORT || 4100)"}, None),
        ({"package.json": '{"main": "a.js"}', "a.js": "app.listen(4100, '127.0.0.1')"}, None),
        ({"package.json": '{"main": "a.js"}', "a.js": CONSTANTS}, "own"),
    ],
)
def test_a_program_that_has_its_port_in_its_code_alone_has_an_address_of_its_own(init, files, address):
    service = next(iter(described(init(files))["services"].values()))

    assert service.get("address") == address


@pytest.mark.parametrize(
    ("files", "port"),
    [
        ({"package.json": '{"scripts": {"start": "fastify start app.js", "db": "docker run -p 27017:27017 mongo"}, '
          '"dependencies": {"fastify": "5"}}'}, 3000),
        ({"package.json": '{"scripts": {"start": "next start", "storybook": "storybook dev -p 6006"}, '
          '"dependencies": {"next": "15"}}'}, 3000),
        ({"package.json": '{"scripts": {"start": "node a.js"}, "dependencies": {"hono": "4"}}', "a.js": "",
          ".env.example": "PORT=9999\n"}, 9999),
        ({"Dockerfile": 'FROM scratch\nCMD ["/server"]\n', "main.go": 'port := os.Getenv("PORT")'}, 8080),
    ],
)  # fmt: skip
def test_the_port_is_that_of_the_program_and_not_of_a_tool_beside_it(init, files, port):
    assert next(iter(described(init(files))["services"].values()))["port"] == port


def test_the_version_that_a_project_names_is_that_of_the_image_and_is_offered_without_it(init):
    done = init({"requirements.txt": "flask", "app.py": "app = Flask(__name__)\napp.run()", ".python-version": "3.12"})
    assert "FROM python:3.12-slim" in done.text
    assert '# the image has Python 3.12; to ask for it here: python: "3.12"' in done.text


def test_a_package_that_another_one_brings_is_no_reason_for_a_need(init):
    module = "module shop\n\nrequire (\n\tgo.mongodb.org/mongo-driver/v2 v2.8.0 // indirect\n)\n"
    main = 'package main\n\nfunc main() { os.Getenv("DATABASE_URL") }\n'
    assert "needs" not in described(init({"go.mod": module, "main.go": main}))


def test_an_image_without_a_version_is_known_and_so_is_the_port_in_its_environment(init):
    image = 'FROM python:slim\nENV PORT=8200\nCOPY . .\nCMD ["python", "main.py"]\n'
    service = described(init({"Dockerfile": image, "requirements.txt": "flask", "main.py": ""}))["services"]["api"]

    assert (service["port"], service["native"]["setup"]) == (8200, ["pip install -r requirements.txt"])


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("a.js", "const {DB_HOST: host, DB_PASSWORD, MODE = 'x'} = process.env"),
        ("a.py", "DB_HOST = secret_env('DB_HOST', '')\nDB_PASSWORD = envsecret('DB_PASSWORD')"),
        ("a.go", 'h := mustGetEnv("DB_HOST"); type c struct { P string `env:"DB_PASSWORD,required"` }'),
    ],
)
def test_variables_are_found_however_a_program_reads_them(init, file, source):
    found = described(init({"Dockerfile": IMAGE, "requirements.txt": "psycopg", file: source}))

    assert found["services"]["api"]["environment"] == {"DB_HOST": "${db.host}", "DB_PASSWORD": "${db.password}"}


def test_a_variable_with_any_default_or_of_a_test_alone_is_not_asked_for(init):
    source = 'A = config("LEVELS", default=None)\nB = config("LIMIT", cast=int, default=7)\nC = config("OWNER")\n'
    done = init({"Dockerfile": IMAGE, "main.py": source, "test_main.py": 'D = os.environ["ORDERS_URL"]'})

    assert described(done)["services"]["api"]["environment"] == {"OWNER": "${env.OWNER:-}"}
    assert "upstreams" not in described(done)


@pytest.mark.parametrize("ending", ["properties", "yml"])
def test_addresses_in_settings_of_spring_are_replaced_by_variables(init, ending):
    flat = {
        "spring.datasource.url": "jdbc:mysql://localhost:3306/notes?useSSL=false",
        "spring.datasource.username": "root",
        "spring.datasource.password": "topsecret",
        "spring.data.redis.host": "localhost",
        "rates.base-url": "http://localhost:9000/v1",
        "spring.application.name": "notes",
    }
    nested = """
        spring:
          datasource:
            url: jdbc:mysql://localhost:3306/notes?useSSL=false  # a server of the team
            username: root
            password: topsecret
          data: {}
          data.redis.host: localhost
        rates:
          base-url: http://localhost:9000/v1
        ---
        spring.rabbitmq.host: another-profile
    """
    text = nested if ending == "yml" else "\n".join(f"{key}={value}" for key, value in flat.items())
    done = init({"pom.xml": SPRING, f"src/main/resources/application.{ending}": text})

    found = described(done)
    assert found["services"]["app"]["environment"] == {
        "SPRING_DATASOURCE_URL": "jdbc:mysql://${db.address}/${db.database}?useSSL=false&allowPublicKeyRetrieval=true",
        "SPRING_DATASOURCE_USERNAME": "${db.user}",
        "SPRING_DATASOURCE_PASSWORD": "${db.password}",
        "SPRING_DATA_REDIS_HOST": "${cache.host}",
        "RATES_BASEURL": "${rates.url}/v1",
    }
    assert {*found["needs"]} == {"db", "cache"}
    assert "topsecret" not in done.text


@pytest.mark.parametrize(
    ("entrypoint", "script", "key"),
    [
        ('["./boot.sh"]', "exec gunicorn main:app\n", "entrypoint"),
        ('["/app/boot.sh"]', "exec gunicorn main:app\n", "entrypoint"),
        ('["./boot.sh"]', 'exec "$@"\n', "command"),
        ('["./boot.sh"]', "exec ${@:-gunicorn main:app}\n", "command"),
        ('["tini", "--"]', "exec gunicorn main:app\n", "command"),
        ('["/usr/bin/tini", "-g", "--"]', "", "command"),
        ('["poetry", "run"]', "", "command"),
        ('["docker-entrypoint.sh"]', "", "command"),  # of the base image
        ('["gunicorn"]', "", "entrypoint"),
        ('["python", "-m", "gunicorn"]', "", "entrypoint"),
        ("gunicorn main:app", "", "entrypoint"),
    ],
)
def test_a_worker_of_a_procfile_runs_in_an_image_whose_script_runs_something_else(init, entrypoint, script, key):
    image = f"FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nENTRYPOINT {entrypoint}\n"
    procfile = "web: gunicorn main:app\nworker: rq worker tasks\n"
    files = {"requirements.txt": "flask", "Dockerfile": image, "boot.sh": f"#!/bin/sh\n{script}", "Procfile": procfile}

    assert described(init(files))["services"]["worker"][key] == "rq worker tasks"


@pytest.mark.parametrize(
    ("release", "jobs"),
    [
        ("python manage.py migrate", None),
        ("python manage.py migrate && python seed.py", ["release"]),
        ("python manage.py check --deploy", ["release"]),
    ],
)
def test_a_release_command_that_is_the_migration_runs_once(init, release, jobs):
    files = {
        "requirements.txt": "django\npsycopg",
        "manage.py": "",
        "shop/settings.py": "import os\nDATABASES = os.environ['DATABASE_URL']\n",
        ".env.example": "DATABASE_URL=postgres://localhost/shop\n",
    }
    found = described(init({**files, "Procfile": f"web: gunicorn shop.wsgi\nrelease: {release}\n"}))

    [need] = found["needs"].values()
    assert need["migrate"]["command"] == "python manage.py migrate --noinput"
    assert ([*found["jobs"]] if "jobs" in found else None) == jobs


def test_services_of_one_program_share_its_secrets(init):
    files = {
        "requirements.txt": "flask",
        "a.py": "import os\nos.environ['SECRET_KEY']\n",
        ".env.example": "SECRET_KEY=x\n",
    }
    found = described(init({**files, "Procfile": "web: gunicorn a:app\nworker: rq worker\nclock: python clock.py\n"}))

    assert found["secrets"] == {"secret-key": {"generate": "password"}}
    assert {one["environment"]["SECRET_KEY"] for one in found["services"].values()} == {"${secret-key.value}"}


def test_an_entrypoint_that_is_a_line_for_a_shell_is_the_whole_command_here(init):
    image = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nENTRYPOINT python app.py --verbose\nCMD ignored\n"
    (service,) = described(init({"requirements.txt": "flask", "Dockerfile": image, "app.py": ""}))["services"].values()

    assert service["native"]["command"] == "python app.py --verbose"


@pytest.mark.parametrize(
    ("example", "value"),
    [
        ("localhost", "localhost,127.0.0.1"),
        ("localhost,shop.test", "localhost,shop.test,127.0.0.1"),
        ("localhost web", "localhost web 127.0.0.1"),
        ("127.0.0.1,localhost", "127.0.0.1,localhost"),
        ("shop.test", "shop.test"),
        ("*", "*"),
    ],
)
def test_a_server_answers_for_the_host_that_it_is_published_at(init, example, value):
    files = {"Dockerfile": IMAGE, "a.py": "import os\nos.environ['DJANGO_ALLOWED_HOSTS']\n"}
    found = described(init({**files, ".env.example": f"DJANGO_ALLOWED_HOSTS={example}\n"}))

    assert [one["environment"] for one in found["services"].values()] == [
        {"DJANGO_ALLOWED_HOSTS": f"${{env.DJANGO_ALLOWED_HOSTS:-{value}}}"}
    ]


def test_a_procfile_gives_a_compiled_program_its_arguments_alone(init):
    files = {"go.mod": "module a\n\nrequire github.com/lib/pq v1\n", "main.go": GO + '// "DATABASE_URL"'}
    service = described(init({**files, "Procfile": "web: bin/shop serve --port $PORT\n"}))["services"]["app"]

    assert service["command"] == "program serve --port ${port}"
    assert service["environment"] == {"DATABASE_URL": "${db.url}?sslmode=disable"}


def test_a_database_in_a_file_is_migrated_by_a_job(init):
    settings = "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}"
    found = described(init({"requirements.txt": "django", "manage.py": "", "shop/settings.py": settings}))

    assert found["jobs"] == {"migrate": {"command": "python manage.py migrate --noinput", "service": "api"}}


def test_a_service_in_a_folder_has_the_variables_of_its_own_files(init):
    own = {".env": "JWT_SECRET=topsecret\n", ".env.example": "JWT_SECRET=\nDATABASE_URL=postgres://a:b@localhost/x\n"}
    files = {"backend/Dockerfile": IMAGE, **{f"backend/{name}": text for name, text in own.items()}}
    done = init({**files, "frontend/package.json": '{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}'})

    services = described(done)["services"]
    assert services["backend"]["env_file"] == [{"path": "../backend/.env", "required": False}]
    assert services["backend"]["environment"]["DATABASE_URL"] == "${db.url}"
    assert "environment" not in services["frontend"]
    assert "topsecret" not in done.text


def test_settings_name_the_port_of_a_dockerfile_that_exposes_none(init):
    files = {"Dockerfile": 'FROM debian\nENTRYPOINT ["./a"]\n', "Cargo.toml": "[package]\nname = 'a'\n"}
    settings = "application:\n  host: 0.0.0.0\n  port: 8123\n"

    assert described(init({**files, "configuration/base.yaml": settings}))["services"]["app"]["port"] == 8123


def test_a_program_without_a_port_is_named(init):
    assert "no port was found" in init({"Dockerfile": 'FROM debian\nENTRYPOINT ["./a"]\n'}).text


def test_what_a_dockerfile_copies_and_is_not_there_is_named(init):
    done = init(
        {
            "package.json": '{"scripts": {"start": "nx serve"}, "dependencies": {"express": "1"}}',
            "Dockerfile": 'FROM node:20-slim\nWORKDIR /app\nCOPY dist/api api\nEXPOSE 3000\nCMD ["node", "api"]\n',
        }
    )

    web = described(done)["services"]["web"]
    assert web["native"]["command"] == "npm run start"
    assert "# its Dockerfile copies dist/api, which is not here: make that first" in done.text


def test_a_port_in_the_settings_of_a_program_is_its_port_and_its_variable(init):
    done = init(
        {
            "pyproject.toml": '[project]\nname = "a"\ndependencies = ["uvicorn"]\n',
            "core/config.py": "class Config(BaseSettings):\n    APP_PORT: int = 8123\n    DB_TIMEOUT: int = 30\n",
            "main.py": "import uvicorn\nuvicorn.run('app:app', port=config.APP_PORT)\n",
            "docker/docker-compose.yml": "services: {db: {image: postgres}}",
        }
    )

    api = described(done)["services"]["api"]
    assert (api["port"], api["environment"]) == (8123, {"APP_PORT": "${port}"})
    assert "localenv init --from docker/docker-compose.yml" in done.left_out[0]


def test_a_further_database_is_no_service_of_others(init):
    names = ("REPORTS_DB_URI", "SESSION_REDIS_URL", "PAY_URL")
    code = "import os\n" + "".join(f'{name} = os.environ["{name}"]\n' for name in names)
    done = init({"app.py": code, "requirements.txt": "flask\n"})

    assert [*described(done)["upstreams"]] == ["pay"]


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"src/__init__.py": "", "src/main.py": "app = FastAPI()\n"}, "uvicorn src.main:app"),
        ({"src/main.py": "from src.settings import x\napp = FastAPI()\n"}, "uvicorn src.main:app"),
        ({"src/main.py": "app = FastAPI()\n"}, "uvicorn main:app --app-dir src"),
        ({"src/main.py": "app = Flask(__name__)\n"}, "flask --app src/main run"),
        ({"src/shop/main.py": "app = FastAPI()\n", "setup.py": ""}, "uvicorn shop.main:app"),
    ],
)
def test_a_program_in_src_is_started_by_the_name_that_python_finds(init, files, command):
    (service,) = described(init({"requirements.txt": "flask", **files}))["services"].values()

    assert service["command"].startswith(command + " --host")


RUST = {"Cargo.toml": '[package]\nname = "shop"\n', "Cargo.lock": ""}
GO_PROGRAM = {
    "go.mod": "module shop\n\ngo 1.23\n",
    "main.go": 'package main\n\nfunc main() { os.Getenv("DATABASE_URL") }\n',
}
UP_AND_DOWN = "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n"


def test_migrations_that_a_program_runs_itself_are_not_run_before(init):
    main = 'fn main() { std::env::var("DATABASE_URL"); sqlx::migrate!().run(&db); }\n'
    found = described(init({**RUST, "src/main.rs": main, "migrations/1_a.sql": "CREATE TABLE a (id int);\n"}))

    assert {*found["needs"]["db"]} == {"postgres"}


@pytest.mark.parametrize("folder", ["db/migrations", "migrations"])
def test_files_that_also_undo_what_they_do_are_left_to_their_tool(init, folder):
    done = init({**GO_PROGRAM, f"{folder}/1_a.sql": UP_AND_DOWN})

    assert "migrate" not in described(done)["needs"]["db"]
    assert f"{folder}/*.sql: each has a part that undoes it" in done.text


@pytest.mark.parametrize(("active", "kind"), [("", None), ("spring.profiles.active=pg\n", "postgres")])
def test_settings_of_a_profile_of_spring_count_where_it_is_active(init, active, kind):
    folder = "src/main/resources"
    files = {
        f"{folder}/application.properties": f"database=h2\n{active}",
        f"{folder}/application-pg.properties": "spring.datasource.url=${POSTGRES_URL:jdbc:postgresql://localhost/a}\n",
        f"{folder}/application-my.properties": "spring.datasource.url=${MYSQL_URL:jdbc:mysql://localhost/a}\n",
    }
    found = described(init({"pom.xml": SPRING, **files}))

    assert [next(iter(one)) for one in found.get("needs", {}).values()] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("name", "example", "value"),
    [
        ("S3_ENDPOINT_URL", "", "${files.url}"),
        ("S3_ENDPOINT", "http://localhost:9000", "${files.url}"),
        ("AWS_ENDPOINT_URL_S3", "https://s3.eu-central-1.amazonaws.com", "${files.url}"),
        ("MINIO_ENDPOINT", "minio:9000", "${files.address}"),
    ],
)
def test_an_endpoint_of_object_storage_is_a_need_that_accepts_any_login(init, name, example, value):
    main = f'{MAIN}S3 = os.environ["{name}"]\nKEY = os.environ["AWS_ACCESS_KEY_ID"]\n'
    done = init({"Dockerfile": IMAGE, "main.py": main, ".env.example": f"{name}={example}\n"})

    found = described(done)
    assert "upstreams" not in found
    assert list(found["needs"]["files"]) == ["s3"]
    assert "a seed has to make its buckets" in done.text
    environment = found["services"]["api"]["environment"]
    assert (environment[name], environment["AWS_ACCESS_KEY_ID"]) == (value, "local")


def test_the_hosts_that_settings_allow_by_default_are_completed(init):
    settings = "import os\nALLOWED_HOSTS = os.getenv('ALLOWED_HOSTS', 'localhost,shop.test').split(',')\n"
    (service,) = described(init({"Dockerfile": IMAGE, "shop/settings.py": settings}))["services"].values()

    assert service["environment"] == {"ALLOWED_HOSTS": "${env.ALLOWED_HOSTS:-localhost,shop.test,127.0.0.1}"}


@pytest.mark.parametrize("name", ["FRONTEND_HOST", "FRONTEND_URL", "CLIENT_URL", "CORS_ORIGIN", "OAUTH_CALLBACK_URL"])
def test_the_address_of_a_frontend_in_links_and_origins_is_that_of_a_browser(init, name):
    files = {
        "backend/Dockerfile": IMAGE,
        "backend/main.py": f"import os\nos.getenv('{name}', 'http://localhost:5173')\n",
        "frontend/package.json": '{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}',
    }
    services = described(init(files))["services"]

    assert services["backend"]["environment"] == {name: "${frontend.published_url}"}


@pytest.mark.parametrize(
    ("run", "setup"),
    [
        ("RUN pip install --no-cache-dir -r deps/prod.txt", ["pip install -r deps/prod.txt"]),
        ("RUN --mount=type=cache,target=/root/.cache \\\n pip install -U pip && pip install a[b] fastapi==0.1",
         ["pip install -r requirements.txt", "pip install 'a[b]' fastapi==0.1"]),
        ("RUN <<EOF\npip install poetry\npython -m pip install -i https://pypi.example/simple gunicorn\nEOF",
         ["pip install -r requirements.txt", "pip install -i https://pypi.example/simple gunicorn"]),
        ("RUN pip install $PACKAGES", ["pip install -r requirements.txt"]),
        ("ARG V=0.1\nRUN pip install fastapi==${V}", ["pip install -r requirements.txt", "pip install fastapi==0.1"]),
        ("COPY deps/prod.txt /tmp/r.txt\nRUN uv pip install --system -r /tmp/r.txt", ["pip install -r deps/prod.txt"]),
    ],
)  # fmt: skip
def test_packages_that_a_dockerfile_installs_are_installed_without_docker_too(init, run, setup):
    files = {"requirements.txt": "fastapi\n", "deps/prod.txt": "fastapi\n", "main.py": MAIN}
    image = IMAGE.replace("COPY . .", f"COPY . .\n{run}")

    found = described(init({**files, "Dockerfile": image}))

    assert found["services"]["api"]["native"]["setup"] == setup


def test_packages_of_a_stage_that_is_copied_from_are_installed_and_programs_of_node_for_the_service_alone(init):
    found = described(
        init(
            {
                "package.json": '{"dependencies": {"express": "4"}}',
                "server.js": "require('express')().listen(process.env.PORT)\n",
                "Dockerfile": "FROM node:20 AS tools\nRUN npm install -g npm@10 nodemon@3\nFROM node:20\nWORKDIR /srv\n"
                'COPY --from=tools /usr/local /usr/local\nCOPY . .\nEXPOSE 3000\nCMD ["nodemon", "server.js"]\n',
            }
        )
    )

    assert found["services"]["web"]["native"]["setup"] == ["npm install", "npm install --no-save nodemon@3"]


def test_a_project_of_laravel_has_its_database_and_a_key(init):
    done = init(
        {
            "artisan": "",
            "composer.json": '{"require": {"php": "^8.2", "laravel/framework": "^12.0"}}',
            ".env.example": "APP_KEY=\nAPP_URL=http://localhost\nDB_CONNECTION=pgsql\nDB_HOST=127.0.0.1\nDB_PORT=5432\n",
            "config/services.php": "<?php return ['key' => env('PUSHER_SECRET')];\n",
            "package.json": '{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "5"}}',
        }
    )

    found = described(done)
    app = found["services"]["app"]
    assert app["command"] == "php artisan serve --host=${bind} --port=${port}"
    assert "FROM php:8.2-cli" in app["build"]["dockerfile_inline"]
    assert "pdo_pgsql" in app["build"]["dockerfile_inline"]
    assert app["native"]["setup"] == ["composer install --no-interaction --no-scripts"]
    assert app["environment"] == {
        "APP_KEY": "${app-key.value}",
        "APP_URL": "${self.published_url}",
        "DB_CONNECTION": "${env.DB_CONNECTION:-pgsql}",
        "DB_HOST": "${db.host}",
        "DB_PORT": "${db.port}",
    }
    assert found["needs"]["db"] == {
        "postgres": 17,
        "migrate": {"command": "php artisan migrate --force", "service": "app"},
    }
    assert found["services"].keys() == {"app"}


def test_of_a_solution_of_net_the_program_for_the_web_is_a_service(init):
    web = '<Project Sdk="Microsoft.NET.Sdk.Web"><TargetFramework>net9.0</TargetFramework></Project>'
    done = init(
        {
            "Shop.sln": "",
            "src/Shop.Web/Shop.Web.csproj": web,
            "src/Shop.Core/Shop.Core.csproj": '<Project Sdk="Microsoft.NET.Sdk"></Project>',
            "tests/Shop.Tests/Shop.Tests.csproj": web,
        }
    )

    app = described(done)["services"]["app"]
    assert app["native"] == {"command": "dotnet run --project src/Shop.Web --urls http://${bind}:${port}"}
    assert app["build"]["dockerfile_inline"].startswith("FROM mcr.microsoft.com/dotnet/sdk:9.0\n")
    assert 'CMD ["dotnet", "Shop.Web.dll", "--urls", "http://0.0.0.0:8080"]' in app["build"]["dockerfile_inline"]
    assert "port: 8080  # not certain; src/Shop.Web runs here" in done.text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ormconfig.json.example", '{"type": "mysql", "host": "localhost", "password": "pw"}'),
        ("src/data-source.ts", "import 'typeorm'\nnew DataSource({type: 'mysql', host: 'localhost'})\n"),
        (
            "src/db.js",
            "const {Sequelize} = require('sequelize')\nnew Sequelize({dialect: 'mysql', host: 'localhost'})\n",
        ),
    ],
)
def test_a_database_whose_address_the_code_has_fixed_is_a_need_and_the_file_is_named(init, name, text):
    done = init(
        {
            "package.json": '{"scripts": {"start": "node a.js"}, "dependencies": {"typeorm": "1", "mysql2": "3"}}',
            "a.js": "require('http').createServer().listen(process.env.PORT)\n",
            name: text,
        }
    )

    assert described(done)["needs"] == {"db": {"mysql": 8.4}}
    why = f"{name}: it names a fixed address of its database"
    assert [*done.left_out] == [f"{why}: read it from variables, as in DB_HOST: ${{db.host}}"]


def test_a_further_program_of_package_json_is_a_service_without_a_port(init):
    package = """{"dependencies": {"express": "4"}, "scripts": {
      "start": "node --env-file=.env a.js", "start:worker": "node w.js", "workers": "x", "test": "y"}}"""
    done = init(
        {"package.json": package, "a.js": "app.listen(process.env.PORT || 3000)", "w.js": "", ".env.sample": "A=1"}
    )

    services = described(done)["services"]
    assert services.keys() == {"web", "worker", "workers"}
    assert services["worker"]["command"] == "npm run start:worker"
    assert "port" not in services["worker"]
    assert "npm run start:worker  # not certain: a further program of package.json" in done.text
    assert "node --env-file=.env a.js  # .env is not here: cp .env.sample .env" in done.text


def test_a_service_starts_after_those_that_it_refers_to(init):
    python = "from flask import Flask\napp = Flask(__name__)\nimport os\n"
    done = init(
        {
            "users/requirements.txt": "flask",
            "users/app.py": f"{python}os.environ['ORDERS_URL']\n",
            "orders/requirements.txt": "flask",
            "orders/app.py": f"{python}os.environ['USERS_URL']\n",
            "shop/requirements.txt": "flask",
            "shop/app.py": f"{python}os.environ['ORDERS_URL']\n",
        }
    )

    services = described(done)["services"]
    assert services["shop"]["depends_on"] == ["orders"]
    assert "depends_on" not in services["users"]  # for it and the next ask each other
    assert "depends_on" not in services["orders"]


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"shop/asgi.py": "def create_app() -> Litestar: ...\n", "shop/__init__.py": ""},
         "uvicorn shop.asgi:create_app --factory"),
        ({"src/py/shop/asgi.py": "app = FastAPI()\n", "src/py/shop/__init__.py": ""}, "uvicorn shop.asgi:app"),
        ({"manage.py": "from shop.cli import run\n"}, "serve"),
    ],
)  # fmt: skip
def test_a_project_of_python_is_started_by_its_factory_its_package_or_its_script(init, files, command):
    project = '[project]\nname = "shop"\n[project.scripts]\nserve = "shop.cli:run"\n'
    found = described(init({"pyproject.toml": project, **files}))["services"]["api"]

    assert found["command"].partition(" --host")[0] == command
    assert "migrate" not in str(found)


def test_a_program_with_another_kind_of_database_is_named(init):
    files = {
        "orders/requirements.txt": "flask\npsycopg\n",
        "orders/app.py": "from flask import Flask\napp = Flask(__name__)\nimport os\nos.environ['DATABASE_URL']\n",
        "users/package.json": '{"scripts": {"start": "node a.js"}, "dependencies": {"mysql2": "3", "express": "4"}}',
        "users/a.js": "app.listen(process.env.PORT || 3000)\n",
    }

    done = init(files)

    assert described(done)["needs"] == {"db": {"postgres": 17}}
    assert [one.partition(":")[0] for one in done.left_out] == ["mysql2 in users/package.json"]


def test_a_further_program_of_a_workspace_is_started_at_its_root(init):
    done = init(
        {
            "package.json": '{"workspaces": ["apps/*"]}',
            "apps/api/package.json": '{"name": "api", "scripts": {"start": "node a.js", "worker": "node w.js"}}',
            "apps/api/a.js": "app.listen(process.env.PORT || 3000)\n",
        }
    )

    found = described(done)["services"]["api-worker"]
    assert found["command"] == "npm --prefix apps/api run worker"
    assert found["build"]["context"] == ".."


def test_connection_strings_of_net_are_replaced_by_variables(init):
    done = init(
        {
            "Shop.sln": "",
            "src/Shop.Api/Shop.Api.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>',
            "src/Shop.Data/Shop.Data.csproj": '<PackageReference Include="Npgsql.EntityFrameworkCore.PostgreSQL" />',
            "src/Shop.Api/appsettings.json": """
            {
              // of developers
              "ConnectionStrings": {
                "Default": "Host=localhost;Port=5432;Database=shop;Username=shop;Password=topsecret",
                "Redis": "localhost:6379,abortConnect=false",
                "Events": "mongodb://localhost:27017/events",
                "File": "Data Source=shop.db",
              },
              "Audit": {"Store": {"ConnectionString": "Server=localhost;Database=audit;User Id=shop"}},
              "Logging": {"Seq": {"Url": "http://localhost:5341"}},
              "Billing": {"BaseUrl": "http://localhost:5005/v1", "Title": "http://billing"}
            }
        """,
        }
    )

    found = described(done)
    assert found["services"]["app"]["environment"] == {
        "ConnectionStrings__Default": (
            "Host=${db.host};Port=${db.port};Database=${db.database};Username=${db.user};Password=${db.password}"
        ),
        "ConnectionStrings__Redis": "${cache.address}",
        "ConnectionStrings__Events": "${mongo.url}",
        "Audit__Store__ConnectionString": (
            "Host=${db.host};Port=${db.port};Database=${db.database};Username=${db.user};Password=${db.password}"
        ),
        "Billing__BaseUrl": "${billing.url}/v1",
    }
    assert [*map(str, found["needs"])] == ["db", "cache", "mongo"]
    assert "topsecret" not in done.text


def test_a_connection_string_of_a_server_without_a_need_is_named(init):
    done = init(
        {
            "Api.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"></Project>',
            "appsettings.json": '{"ConnectionStrings": {"Main": "Server=localhost;Database=shop;User Id=sa"}}',
        }
    )

    assert "needs" not in described(done)
    assert "# - ConnectionStrings__Main in appsettings.json: localenv has no need for its server" in done.text


KNEX = '{"scripts": {"start": "node i.js"}, "dependencies": {"mysql2": "3", "knex": "3"}}'


def test_two_programs_with_different_databases_have_a_need_each(init):
    done = init(
        {
            "services/inventory/package.json": KNEX,
            "services/inventory/i.js": "app.listen(3001)",
            "services/inventory/knexfile.js": "module.exports = {connection: process.env.DATABASE_URL}",
            "services/inventory/migrations/1_first.js": "exports.up = () => {}",
            "services/orders/requirements.txt": "fastapi\nuvicorn\npsycopg\nalembic\n",
            "services/orders/main.py": "from fastapi import FastAPI\napp = FastAPI()\nos.environ['DATABASE_URL']\n",
            "services/orders/alembic.ini": "[alembic]\n",
        }
    )

    found = described(done)
    migrate = {name: (one["migrate"]["command"], one["migrate"]["service"]) for name, one in found["needs"].items()}
    assert migrate == {
        "db": ("npx knex migrate:latest", "inventory"),
        "postgres": ("alembic upgrade head", "orders"),
    }
    assert found["services"]["inventory"]["environment"]["DATABASE_URL"] == "${db.url}"
    assert found["services"]["orders"]["environment"]["DATABASE_URL"] == "${postgres.url}"


NEST = '{"scripts": {"start": "nest start"}, "dependencies": {"@nestjs/core": "10", "typeorm": "0.3", "mysql2": "3"}}'


@pytest.mark.parametrize("kind", ["mysql", "mariadb"])
def test_a_config_service_of_nest_reads_variables_and_typeorm_names_the_database(init, kind):
    done = init(
        {
            "package.json": NEST,
            "src/main.ts": "await app.listen(process.env.PORT ?? 3000);",
            "src/app.module.ts": f"""
            TypeOrmModule.forRootAsync({{
              useFactory: (config: ConfigService) => ({{
                type: '{kind}',
                host: config.get<string>('DATABASE_HOST', 'localhost'),
                username: config.getOrThrow('DATABASE_USER'),
              }}),
            }})
        """,
        }
    )

    found = described(done)
    assert kind in found["needs"]["db"]
    assert found["services"]["web"]["environment"] == {"DATABASE_HOST": "${db.host}", "DATABASE_USER": "${db.user}"}


def test_a_setting_of_flask_is_no_variable(init):
    done = init(
        {
            "requirements.txt": "flask\nredis\n",
            "app.py": "from flask import Flask\napp = Flask(__name__)\nurl = app.config.get('REDIS_HOST')\n",
        }
    )

    (service,) = described(done)["services"].values()
    assert "environment" not in service
    assert "needs" not in described(done)


def test_a_datasource_of_spring_without_a_default_is_that_of_its_driver(init):
    done = init(
        {
            "pom.xml": SPRING + "<artifactId>mysql-connector-j</artifactId>",
            "src/main/resources/application.yml": "spring:\n  datasource:\n    url: ${SPRING_DATASOURCE_URL}\n"
            "    username: ${SPRING_DATASOURCE_USERNAME}\n",
        }
    )

    found = described(done)
    assert found["services"]["app"]["environment"] == {
        "SPRING_DATASOURCE_URL": "jdbc:mysql://${db.address}/${db.database}",
        "SPRING_DATASOURCE_USERNAME": "${db.user}",
    }
    assert "mysql" in found["needs"]["db"]
    assert "upstreams" not in found


def test_an_address_of_redis_in_go_has_its_port(init):
    done = init(
        {
            "go.mod": "module shop\ngo 1.22\nrequire github.com/redis/go-redis/v9 v9.5.1\n",
            "main.go": 'func main() { c(getenv("REDIS_ADDR", "localhost:6379"), os.Getenv("CACHE_REDIS_ADDR")) }',
        }
    )

    assert described(done)["services"]["app"]["environment"]["REDIS_ADDR"] == "${cache.address}"


def test_a_variable_in_the_settings_of_rails_is_read(init):
    done = init(
        {
            "Gemfile": 'gem "rails"\ngem "pg"\ngem "redis"\n',
            "bin/rails": "",
            "config/cable.yml": "production:\n  url: <%= ENV.fetch('REDIS_URL') { 'redis://localhost:6379/1' } %>\n",
        }
    )

    assert described(done)["services"]["app"]["environment"]["REDIS_URL"] == "${cache.url}"


@pytest.mark.parametrize(
    ("location", "command"),
    [
        ("%(here)s/migrations", "sh -c 'cd src/database && alembic upgrade head'"),
        ("src/database/migrations", "alembic -c src/database/alembic.ini upgrade head"),
    ],
)
def test_alembic_in_a_folder_below_runs_where_its_paths_are_right(init, location, command):
    done = init(
        {
            "requirements.txt": "fastapi\nuvicorn\nasyncpg\nalembic\n",
            "main.py": "import os\nfrom fastapi import FastAPI\napp = FastAPI()\nos.environ['DATABASE_URL']\n",
            "src/database/alembic.ini": f"[alembic]\nscript_location = {location}\n",
            "src/database/migrations/env.py": "",
        }
    )

    assert described(done)["needs"]["db"]["migrate"] == {"command": command, "service": "api"}
