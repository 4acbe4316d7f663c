"""`localenv init` of a Compose file: what it becomes, and that it can be loaded."""

import sys

import pytest
import yaml

from localenv.errors import DescriptionError, UsageError

TAKEN = [200, 201, 202, 204, 301, 302, 303, 307, 308]  # what `curl -f` takes for success
DOCKERFILE = "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nCMD python -m http.server 8000\n"


def described(done) -> dict:
    return yaml.safe_load(done.text)


def test_builds_are_services_and_databases_needs_that_they_refer_to(init):
    done = init(
        {
            "compose.yaml": """
            services:
              api:
                build: {context: ./api, args: [MODE=dev]}
                command: uvicorn main:app --host 0.0.0.0 --port 8000
                ports: ["8080:8000"]
                environment:
                  DATABASE_URL: postgres://app:${DB_PASSWORD:-pw}@db:5432/app?sslmode=disable
                  ASYNC_URL: postgresql+asyncpg://app:pw@db/app
                  JDBC: jdbc:postgresql://db:5432/app
                  REDIS_URL: redis://redis:6379/0
                  AMQP_URL: amqp://guest:guest@mq:5672/
                  DB_HOST: db
                  DB_PORT: 5432
                  DB_USER: app
                  DB_PASSWORD: ${DB_PASSWORD:-pw}
                  DB_NAME: app
                  BILLING: http://billing:9000/v1
                  DEFAULT: ${BILLING_URL:-http://billing:9000}
                  PUBLIC_URL: http://localhost:8080
                depends_on: {db: {condition: service_healthy}, billing: {condition: service_started}}
                healthcheck: {test: [CMD, curl, -f, "http://localhost:8000/health"]}
              billing: {build: ./api, command: python billing.py}
              db:
                image: postgres:16-alpine
                environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: "${DB_PASSWORD:-pw}", POSTGRES_DB: app}
                command: postgres -c max_connections=200
                volumes: ["data:/var/lib/postgresql/data", "./db:/docker-entrypoint-initdb.d"]
              redis: {image: "redis:7"}
              mq: {image: "rabbitmq:3-management"}
            volumes: {data: {}}
        """,
            "api/Dockerfile": DOCKERFILE,
            "db/1.sql": "CREATE TABLE a ();",
        }
    )

    found = described(done)
    api = found["services"]["api"]
    assert api["environment"] == {
        "DATABASE_URL": "${db.url}?sslmode=disable",
        "ASYNC_URL": "postgresql+asyncpg://${db.user}:${db.password}@${db.address}/${db.database}",
        "JDBC": "jdbc:postgresql://${db.address}/${db.database}",
        "REDIS_URL": "${redis.url}/0",
        "AMQP_URL": "${mq.url}/",
        "DB_HOST": "${db.host}",
        "DB_PORT": "${db.port}",
        "DB_USER": "${db.user}",
        "DB_PASSWORD": "${db.password}",
        "DB_NAME": "${db.database}",
        "BILLING": "${billing.url}/v1",
        "DEFAULT": "${billing.url}",
        "PUBLIC_URL": "${api.published_url}",
    }
    assert api["command"] == "uvicorn main:app --host ${bind} --port ${port}"
    assert (api["port"], api["healthcheck"], api["depends_on"]) == (8000, "/health", ["billing"])
    assert found["services"]["billing"]["port"] == 9000
    assert found["needs"]["db"] == {
        "postgres": "16-alpine",
        "user": "app",
        "password": "${env.DB_PASSWORD:-pw}",
        "database": "app",
        "settings": {"max_connections": 200},
        "seed": ["../db/1.sql"],
    }
    assert found["needs"]["redis"] == {"redis": 7, "password": ""}
    assert found["needs"]["mq"] == {"rabbitmq": "3-management", "user": "guest", "password": "guest"}


@pytest.mark.parametrize(
    ("image", "kind", "more"),
    [
        ("postgis/postgis:16-3.4", "postgres", {"image": "postgis/postgis:16-3.4", "extensions": ["postgis"]}),
        ("pgvector/pgvector:pg17", "postgres", {"image": "pgvector/pgvector:pg17", "extensions": ["vector"]}),
        ("timescale/timescaledb:2.17.2-pg16", "postgres", {"extensions": ["timescaledb"]}),
        ("bitnami/postgresql:16", "postgres", {"postgres": 16}),
        ("docker.io/library/mariadb:11", "mariadb", {"mariadb": 11}),
        ("mysql:8.0", "mysql", {"mysql": 8.0}),
        ("valkey/valkey:8-alpine", "redis", {"image": "valkey/valkey:8-alpine"}),
        ("public.ecr.aws/docker/library/redis:7", "redis", {"redis": 7}),
        ("nats:2-alpine", "nats", {"nats": "2-alpine"}),
        ("postgres", "postgres", {"postgres": 17}),
        ("redis:latest", "redis", {"redis": 8}),
    ],
)
def test_a_known_image_is_a_need_with_its_variant(init, image, kind, more):
    done = init(
        {
            "compose.yaml": f"""
            services:
              app: {{image: "python:3.13-slim"}}
              store: {{image: "{image}"}}
        """
        }
    )

    need = described(done)["needs"]["store"]
    assert kind in need
    assert {key: need.get(key) for key in more} == more


def test_other_images_stay_services_with_the_check_that_their_protocol_allows(init):
    done = init(
        {
            "compose.yaml": """
            services:
              mongo: {image: "mongo:7", ports: ["27017:27017"]}
              mail: {image: axllent/mailpit}
              web:
                image: nginx:1.26
                ports: [{target: 80, published: 8080}, "9229:9229"]
                environment: {MONGO_URL: "mongodb://root:pw@mongo:27017/app", SMTP: "mail:1025", M: "mongo:27017"}
        """
        }
    )

    services = described(done)["services"]
    assert services["mongo"] == {"image": "mongo:7", "port": 27017, "healthcheck": {"tcp": True}}
    assert services["mail"] == {"image": "axllent/mailpit", "port": 8025, "ports": {"smtp": 1025}}
    assert services["web"]["environment"] == {
        "MONGO_URL": "mongodb://root:pw@${mongo.address}/app",
        "SMTP": "${mail.smtp.address}",
        "M": "${mongo.address}",
    }
    assert services["web"]["ports"] == {"inspect": 9229}


def test_a_service_becomes_an_upstream_with_stub_and_wiremock_one_with_its_root(init):
    done = init(
        {
            "compose.yaml": """
                services:
                  app: {image: "python:3.13-slim", environment: {PAY: "http://payments:8080/v1", R: "http://rates:8080"}}
                  payments: {image: "registry.example/payments:4", environment: {SECRET: x}}
                  rates: {image: "wiremock/wiremock:3.13.2", volumes: ["./mocks:/home/wiremock"]}
            """,
            "mocks/mappings/a.json": '{"request": {}, "response": {}}',
        },
        stubs=["payments"],
    )

    found = described(done)
    assert found["upstreams"] == {"payments": {"stubs": "../stubs/payments"}, "rates": {"stubs": "../mocks"}}
    assert found["services"]["app"]["environment"] == {"PAY": "${payments.url}/v1", "R": "${rates.url}"}
    assert (done.target.repository / "stubs/payments/mappings").is_dir()


def test_what_runs_once_is_waited_for_until_it_completes(init):
    done = init(
        {
            "compose.yaml": """
            services:
              web: {build: ., depends_on: [migrate]}
              migrate: {build: ., command: alembic upgrade head}
              buckets: {image: minio/mc, entrypoint: /bin/sh -c "mc alias set m && mc mb m/x; exit 0"}
        """,
            "Dockerfile": DOCKERFILE,
        }
    )

    services = described(done)["services"]
    done_first = {"condition": "service_completed_successfully"}
    assert services["web"]["depends_on"] == {"migrate": done_first, "buckets": done_first}
    assert services["buckets"]["entrypoint"] == ["/bin/sh", "-c", "mc alias set m && mc mb m/x; exit 0"]


def test_anchors_includes_extends_and_overrides_are_read(init):
    done = init(
        {
            "compose.yaml": """
            include: [more/db.yaml]
            x-common: &common {environment: {A: "1"}, restart: always}
            services:
              app: {<<: *common, extends: {file: base/base.yml, service: base}}
        """,
            "compose.override.yaml": """
            services: {app: {environment: {B: "2"}, ports: ["8000:8000"]}}
        """,
            "base/base.yml": """
            services: {base: {build: ./img, environment: {A: "0", C: "3"}}}
        """,
            "base/img/Dockerfile": DOCKERFILE,
            "more/db.yaml": """
            services: {db: {image: "postgres:17", volumes: ["./init.sql:/docker-entrypoint-initdb.d/init.sql"]}}
        """,
            "more/init.sql": "SELECT 1;",
        }
    )

    found = described(done)
    app = found["services"]["app"]
    assert (app["build"], app["port"]) == ("../base/img", 8000)
    assert {key: str(value) for key, value in app["environment"].items()} == {"A": "1", "B": "2", "C": "3"}
    assert found["needs"]["db"]["seed"] == ["../more/init.sql"]


def test_a_variable_that_leads_to_a_server_outside_says_what_puts_stubs_in_its_place(init):
    done = init(
        {
            "compose.yaml": """
            services:
              web:
                build: .
                ports: ["8000:8000"]
                environment:
                  GEO_API_URL: ${GEO_API_URL:-https://geo.partner.example/api}
                  VAT_SERVICE_URL: ${VAT_SERVICE_URL}
                  SITE_URL: https://shop.example
                  BILLING_URL: http://billing.partner.example:9000
              billing:
                build: .
                expose: [9000]
                networks: {default: {aliases: [billing.partner.example]}}
        """,
            "Dockerfile": DOCKERFILE,
            ".env": "VAT_SERVICE_URL=https://user:pw@vat.example/v1?token=abc\n",
        }
    )

    by_key = {line.split(":")[0].strip(): line for line in done.text.splitlines()}
    comment = "leads to geo.partner.example: for stubs, add `upstreams: {geo: {}}` and write ${geo.url}/api"
    assert by_key["GEO_API_URL"].endswith(f"# {comment}")
    assert "leads to vat.example:" in by_key["VAT_SERVICE_URL"]
    assert "abc" not in done.text
    assert "pw" not in done.text
    assert not [key for key in ("SITE_URL", "BILLING_URL") if "leads to" in by_key[key]]


def test_no_value_of_an_env_file_is_written(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app:
                image: python:3.13-slim
                env_file: .env
                environment: {KEY: "${API_KEY}", OTHER: "${UNSET:-${API_KEY}}", LABEL: "x-${API_KEY}"}
                labels: {key: "${API_KEY}"}
                extra_hosts: ["h:${API_KEY}"]
              db: {image: "postgres:17", env_file: .env}
        """,
            ".env": """
            POSTGRES_USER=usersecret
            POSTGRES_PASSWORD=topsecret
            POSTGRES_DB=dbsecret
            DATABASE_URL=postgres://usersecret:topsecret@db:5432/dbsecret
            OTHER_URL=postgres://else:elsesecret@db:5432/dbsecret
            API_KEY=apisecret
        """,
        }
    )

    assert "secret" not in "\n".join(done.files.values()).replace("localenv.schema", "").replace("secrets", "")
    environment = described(done)["services"]["app"]["environment"]
    assert environment["DATABASE_URL"] == "${db.url}"
    assert environment["POSTGRES_PASSWORD"] == "${db.password}"
    assert environment["KEY"] == "${env.API_KEY:-}"


def test_secrets_are_put_where_their_services_look_for_them(init):
    done = init(
        {
            "compose.yaml": """
                services:
                  app:
                    image: python:3.13-slim
                    secrets: [db_password, token]
                    environment: {PW: /run/secrets/db_password}
                  db:
                    image: postgres:17
                    secrets: [db_password]
                    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/db_password}
                secrets: {db_password: {file: ./pw.txt}, token: {file: ./gone.txt}}
            """,
            "pw.txt": "pw",
        }
    )

    found = described(done)
    assert found["secrets"] == {"db_password": {"content": "${db.password}"}, "token": {"generate": "password"}}
    assert found["services"]["app"]["environment"] == {"PW": "${db_password.path}", "TOKEN_FILE": "${token.path}"}


def test_what_has_no_counterpart_is_named(init, tmp_path):
    done = init(
        {
            "compose.yaml": """
            services:
              app:
                image: python:3.13-slim
                privileged: true
                network_mode: host
                cap_add: [NET_ADMIN]
                volumes: [/var/run/docker.sock:/var/run/docker.sock, /etc/hosts:/x, ./gone:/d, ./gone.conf:/c, .env:/e]
                deploy: {replicas: 3, resources: {limits: {memory: 64M}}}
                ports: ["53:53/udp"]
                shm_size: 1g
                depends_on: [nobody]
              gone: {build: ./gone}
              outside: {build: ../outside}
        """
        }
    )

    left_out = "\n".join(done.left_out)
    for word in (
        *(
            "privileged",
            "network_mode",
            "cap_add",
            "docker.sock",
            "/etc/hosts",
            "gone.conf",
            ".env at",
            "deploy.replicas",
        ),
        *("53:53/udp", "depends_on nobody", "gone does not exist", "outside is outside the repository"),
    ):
        assert word in left_out
    assert f"# - {done.left_out[0]}" in done.text
    assert described(done)["services"]["app"]["compose"] == {
        "deploy": {"resources": {"limits": {"memory": "64M"}}},
        "shm_size": "1g",
        "volumes": ["app-gone:/d"],
    }


def test_names_that_localenv_does_not_take_are_changed(init):
    done = init(
        {
            "compose.yaml": """
            services:
              My.App: {image: "python:3.13-slim", environment: {U: "http://port:80", V: "http://real-name:80"}}
              port: {image: "nginx:1.26", container_name: real-name}
              a_b: {image: "nginx:1.26"}
              a-b: {image: "nginx:1.26"}
        """
        }
    )

    services = described(done)["services"]
    assert [*services] == ["my-app", "port-2", "a_b", "a-b-2"]
    assert services["my-app"]["environment"] == {"U": "${port-2.url}", "V": "${port-2.url}"}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("command: npm install && npm start", ["sh", "-c", "npm install && npm start"]),
        ("command: [python, -c, 'print(1)']", ["python", "-c", "print(1)"]),
        ('command: bash -c "a; b"', ["bash", "-c", "a; b"]),
        ("command: run --x=$$HOME 'a b'", ["run", "--x=$$HOME", "a b"]),
        ("command: ${CMD:-serve --fast} ${MODE:-a}", "serve --fast ${env.MODE:-a}"),
    ],
)
def test_a_command_keeps_its_words(init, command, expected):
    done = init({"compose.yaml": f"services:\n  app:\n    image: x\n    {command}\n"})

    assert described(done)["services"]["app"]["command"] == expected


def test_variables_that_stand_too_deeply_in_one_another_are_refused_with_their_line(init):
    deep = "${A:-" * 500 + "}" * 500
    with pytest.raises(DescriptionError, match=r"compose\.yaml:5:1: is nested too deeply"):
        init({"compose.yaml": f'services:\n  app:\n    image: x\n    environment:\n      X: "{deep}"\n'})


@pytest.mark.parametrize("text", ["", "services: {}", "a: 1", "- 1", "services: [a"])
def test_what_is_no_compose_file_is_refused(init, text):
    with pytest.raises((DescriptionError, UsageError)):
        init({"compose.yaml": text})


def test_an_unknown_stub_is_refused(init):
    with pytest.raises(UsageError, match="no service 'paymets'"):
        init({"compose.yaml": "services: {payments: {image: x}}"}, stubs=["paymets"])


@pytest.mark.parametrize("service", ["{build: ./gone}", "{build: 'https://example.com/a.git'}", "{command: x}"])
def test_what_cannot_be_built_here_keeps_its_place_with_the_image_that_compose_would_have_made(init, service):
    done = init({"compose.yaml": f"services: {{app: {service}, db: {{image: 'postgres:17'}}}}"})

    assert described(done)["services"]["app"]["image"] == "shop-app"
    assert done.left_out[0].startswith("app: build: ")


def test_the_first_format_of_compose_is_read(init):
    found = described(
        init({"docker-compose.yml": "web: {image: 'nginx:1.26', links: ['db:pg']}\ndb: {image: postgres}"})
    )

    assert (found["services"]["web"]["compose"], [*found["needs"]]) == ({"links": ["db:pg"]}, ["db"])


def test_servers_on_other_ports_and_those_that_tell_clients_theirs_keep_them(init):
    done = init(
        {
            "compose.yaml": """
            services:
              cache: {image: "bitnami/redis:7.2", environment: [REDIS_PASSWORD=pw, REDIS_PORT_NUMBER=6380]}
              kafka:
                image: confluentinc/cp-kafka:7.4.4
                ports: ["29092:29092"]
                environment: {KAFKA_ADVERTISED_LISTENERS: "IN://kafka:9092,OUT://localhost:29092"}
              app: {image: x, environment: {CACHE: "redis://:pw@cache:6380/1", BROKERS: "kafka:9092"}}
        """
        }
    )

    found = described(done)
    assert found["needs"]["cache"] == {"redis": 7.2, "port": 6380, "password": "pw"}
    assert found["services"]["kafka"]["publish"] == 29092
    assert found["services"]["app"]["environment"] == {
        "CACHE": "${cache.url}/1",
        "BROKERS": "${kafka.port_9092.address}",
    }


def test_a_database_that_trusted_everybody_has_a_password_that_its_clients_get(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app: {image: x, depends_on: [db], environment: {URL: "postgres://postgres@db/postgres"}}
              db: {image: "postgres:17", environment: {POSTGRES_HOST_AUTH_METHOD: trust}}
        """
        }
    )

    assert described(done)["services"]["app"]["environment"] == {"URL": "${db.url}"}


def test_a_client_whose_variables_name_no_login_gets_the_password_of_its_database(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app: {image: x, depends_on: [db], environment: {NAME: orders}}
              db: {image: "postgres:17", environment: {POSTGRES_HOST_AUTH_METHOD: trust}}
        """
        }
    )

    assert described(done)["services"]["app"]["environment"] == {"NAME": "orders", "PGPASSWORD": "${db.password}"}


def test_an_address_of_a_need_that_only_env_holds_becomes_a_reference(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app:
                build: .
                environment: ["DSN=${DSN}", "QUEUE=${QUEUE}", "PARTNER=${PARTNER}", "SECRET=${SECRET}"]
              db:
                image: postgres:17
                environment: ["POSTGRES_USER=${PG_USER}", "POSTGRES_PASSWORD=${PG_PASS}", "POSTGRES_DB=${PG_DB}"]
              rabbit: {image: "rabbitmq:4", ports: ["5672:5672"]}
        """,
            "Dockerfile": DOCKERFILE,
            ".env": """
            PG_USER=shop
            PG_PASS=tulip
            PG_DB=orders
            DSN=postgresql+asyncpg://shop:tulip@db:5432/orders
            QUEUE=amqp://guest:guest@localhost:5672
            PARTNER=https://partner.example/tulip
            SECRET=rose
        """,
        }
    )

    assert described(done)["services"]["app"]["environment"] == {
        "DSN": "postgresql+asyncpg://${db.user}:${db.password}@${db.address}/${db.database}",
        "QUEUE": "${rabbit.url}",
        "PARTNER": "${env.PARTNER:-}",
        "SECRET": "${env.SECRET:-}",
    }
    assert "tulip" not in done.text


def test_further_compose_files_of_the_folder_are_named(init):
    service = "services: {app: {image: x}}"
    done = init(
        {
            "compose.yaml": f"include: [compose.base.yaml]\n{service}",
            "compose.base.yaml": "services: {other: {image: x}}",
            "compose.override.yaml": service,
            "docker-compose.mariadb.yml": service,
        }
    )

    file = "docker-compose.mariadb.yml"
    assert done.left_out == (f"{file}: another Compose file, read on demand: localenv init --from {file}",)


def test_an_image_built_with_env_gets_the_login_that_env_gives_to_its_database(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app: {build: ., environment: {DB_HOST: db}}
              other: {image: x, environment: {DB_HOST: db}}
              db:
                image: mariadb:11
                environment: {MARIADB_USER: "${DB_USER}", MARIADB_PASSWORD: "${DB_PASS}", MARIADB_DATABASE: "${DB}"}
        """,
            "Dockerfile": DOCKERFILE,
        }
    )

    services = described(done)["services"]
    assert services["app"]["environment"] == {
        "DB_HOST": "${db.host}",
        "DB_USER": "${db.user}",
        "DB_PASS": "${db.password}",
        "DB": "${db.database}",
    }
    assert services["other"]["environment"] == {"DB_HOST": "${db.host}"}


def test_a_database_whose_variables_are_missing_here_has_the_login_that_its_clients_are_given(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app:
                build: .
                env_file: .env
                environment:
                  DATABASE_URL: postgresql://shop:geheim@db/orders
                  ASYNC_URL: postgresql+asyncpg://shop:geheim@db:5432/orders?ssl=disable
              db: {image: "postgres:17", env_file: .env}
        """,
            "Dockerfile": DOCKERFILE,
        }
    )

    assert described(done)["services"]["app"]["environment"] == {
        "DATABASE_URL": "${db.url}",
        "ASYNC_URL": "postgresql+asyncpg://${db.user}:${db.password}@${db.address}/${db.database}?ssl=disable",
    }
    assert "geheim" not in done.text
    assert "# ../.env is missing here, and what it sets is not known" in done.text


def test_the_example_of_a_missing_file_leads_to_the_need_that_it_calls_localhost(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app: {build: ., env_file: [.env.dev]}
              db: {image: "postgres:17", ports: ["5433:5432"], environment: {POSTGRES_USER: me, POSTGRES_PASSWORD: pw}}
              cache: {image: "redis:8", ports: ["6380:6379"]}
        """,
            "Dockerfile": DOCKERFILE,
            ".env.dev-sample": (
                "DB_HOST=localhost\nDB_PORT=5433\nDB_USER=me\nDB_PASSWORD=pw\nDB_NAME=me\n"
                "CACHE=redis://localhost:6380/1\nOTHER=http://localhost:9\n"
            ),
        }
    )

    app = described(done)["services"]["app"]
    assert app["env_file"] == ["../.env.dev-sample", {"path": "../.env.dev", "required": False}]
    assert app["environment"] == {
        "DB_HOST": "${db.host}",
        "DB_PORT": "${db.port}",
        "DB_USER": "${db.user}",
        "DB_PASSWORD": "${db.password}",
        "DB_NAME": "${db.database}",
        "CACHE": "${cache.url}/1",
    }


def test_a_variable_that_names_a_server_is_of_that_server(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app: {build: ., environment: {MYSQL_USER: app, POSTGRES_USER: app, DB_HOST: pg}}
              pg: {image: "postgres:17", environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: pw}}
              my: {image: "mariadb:11", environment: {MYSQL_USER: app, MYSQL_PASSWORD: pw}}
        """,
            "Dockerfile": DOCKERFILE,
        }
    )

    assert described(done)["services"]["app"]["environment"] == {
        "MYSQL_USER": "${my.user}",
        "POSTGRES_USER": "${pg.user}",
        "DB_HOST": "${pg.host}",
    }


def test_hosts_and_ports_that_stand_apart_in_a_command_are_references(init):
    command = (
        "while !</dev/tcp/db/5432; do :; done; nc -z -w 2 cache 6379; pg_isready -h db -p 5432; psql -h db; nc -z x 1"
    )
    done = init(
        {
            "compose.yaml": f"""
            services:
              app: {{build: ., command: 'bash -c "{command}"'}}
              db: {{image: "postgres:17"}}
              cache: {{image: "redis:8"}}
        """,
            "Dockerfile": DOCKERFILE,
        }
    )

    assert described(done)["services"]["app"]["command"][2] == (
        "while !</dev/tcp/${db.host}/${db.port}; do :; done; nc -z -w 2 ${cache.host} ${cache.port}; "
        "pg_isready -h ${db.host} -p ${db.port}; psql -h ${db.host}; nc -z x 1"
    )


def test_a_port_in_a_variable_without_a_value_is_named_with_the_variable(init):
    done = init(
        {
            "compose.yaml": 'services: {app: {build: ., ports: ["${APP_PORT}:${APP_PORT}"]}}',
            "Dockerfile": DOCKERFILE,
        }
    )

    why = "APP_PORT has no value: set it in .env, then localenv init --force"
    assert done.left_out == (f"app: port ${{APP_PORT}}:${{APP_PORT}}: {why}",)


def test_a_command_runs_here_where_the_image_has_copied_its_folder_from(init):
    done = init(
        {
            "compose.yaml": "services: {app: {build: .}}",
            "Dockerfile": (
                "FROM python:3.13-slim\nWORKDIR /code\n"
                "COPY requirements.txt bin/start.sh /opt/\nCOPY . .\nWORKDIR src\n"
                'ENTRYPOINT ["/opt/start.sh"]\nCMD ["/code/bin/serve", "main.py"]\n'
            ),
            "requirements.txt": "flask",
            "src/main.py": "",
            "bin/start.sh": "",
            "bin/serve": "",
        }
    )

    assert described(done)["services"]["app"]["native"] == {
        "setup": ["pip install -r ../requirements.txt"],
        "command": "../bin/start.sh ../bin/serve main.py",
        "working_dir": "../src",
    }


def test_what_compose_watches_is_watched(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app:
                build: ./app
                develop:
                  watch:
                    - {path: ./app, action: sync, target: /srv, ignore: [node_modules/]}
                    - {path: ./app/Dockerfile, action: rebuild}
                    - {path: ./gone, action: rebuild}
        """,
            "app/Dockerfile": DOCKERFILE,
        }
    )

    assert described(done)["services"]["app"]["watch"] == [
        {"path": "../app", "action": "sync", "target": "/srv", "ignore": ["node_modules/"]},
        {"path": "../app/Dockerfile", "action": "rebuild"},
    ]
    assert done.left_out == ("app: develop.watch of gone: it is not in the repository",)


QUEUES = """
services:
  app:
    image: python:3.13-slim
    environment:
      AMQP_URL: amqp://shop:pw@queue:5672/orders
      REDIS_URL: redis://:s3cret@cache:6379/0
  queue:
    image: rabbitmq:4
    environment: {RABBITMQ_DEFAULT_USER: shop, RABBITMQ_DEFAULT_PASS: pw, RABBITMQ_DEFAULT_VHOST: orders}
    volumes: ["./rabbitmq.conf:/etc/rabbitmq/conf.d/20-own.conf"]
  cache:
    image: redis:8
    command: redis-server /etc/redis.conf --maxmemory 64mb
    volumes: ["./redis.conf:/etc/redis.conf:ro"]
  db:
    image: mariadb:11
    environment: {MARIADB_ROOT_PASSWORD: pw, MARIADB_DATABASE: shop}
    volumes: ["./conf:/etc/mysql/conf.d"]
"""
REDIS = """
# the cache
bind 0.0.0.0
requirepass "s3cret"
maxmemory 100mb
save 900 1
save 300 10
notify-keyspace-events ""
"""


def test_the_configuration_files_of_a_server_are_settings_of_its_need(init):
    done = init(
        {
            "compose.yaml": QUEUES,
            "redis.conf": REDIS,
            "rabbitmq.conf": "# own\nvm_memory_high_watermark.relative = 0.6\nlisteners.tcp.default = 5672\n",
            "conf/own.cnf": "[client]\nuser=x\n[mysqld]\nmax_connections = 77  # few\nskip-name-resolve\n",
        }
    )

    found = described(done)
    assert found["services"]["app"]["environment"] == {"AMQP_URL": "${queue.url}/orders", "REDIS_URL": "${cache.url}/0"}
    assert found["needs"]["queue"]["settings"] == {
        "vm_memory_high_watermark.relative": 0.6,
        "default_vhost": "orders",
    }
    assert found["needs"]["cache"] == {
        "redis": 8,
        "password": "s3cret",
        "settings": {"maxmemory": "64mb", "save": "900 1 300 10", "notify-keyspace-events": '""'},
    }
    assert found["needs"]["db"]["settings"] == {"max_connections": 77}
    assert not done.left_out


@pytest.mark.parametrize(
    ("image", "mounts", "files"),
    [
        ("redis:8", "./own.conf:/own.conf", {"own.conf": "include other.conf\n"}),
        (
            "rabbitmq:4",
            "./mq:/etc/rabbitmq",
            {"mq/rabbitmq.conf": "load_definitions = /etc/rabbitmq/d.json\n", "mq/d.json": "{}"},
        ),
        ("rabbitmq:4", "./definitions.json:/etc/rabbitmq/definitions.json", {"definitions.json": "{}"}),
        ("nats:2", "./own.conf:/own.conf", {"own.conf": "port: 4222\n"}),
    ],
)
def test_a_server_whose_files_say_more_than_settings_can_stays_a_service(init, image, mounts, files):
    done = init(
        {
            "compose.yaml": f"""
            services:
              app: {{image: "python:3.13-slim", environment: {{URL: "amqp://a:b@server/x", HOST_URL: "x://server:1"}}}}
              server: {{image: "{image}", command: "server -c /own.conf", volumes: ["{mounts}"]}}
        """,
            **files,
        }
    )

    server = described(done)["services"]["server"]
    assert (server["image"], server["healthcheck"]) == (image, {"tcp": True})
    assert server["compose"]["volumes"]
    assert "# a service, no need of" in done.text


def test_what_runs_in_docker_alone_is_marked_and_a_mounted_folder_is_where_it_runs_natively(init):
    done = init(
        {
            "compose.yaml": """
            services:
              store: {image: "mongo:7"}
              app: {image: "node:20-slim", working_dir: /srv/app, command: node server.js, volumes: [".:/srv"]}
        """,
            "app/package.json": '{"dependencies": {"express": "4"}}',
        }
    )

    assert described(done)["services"]["app"]["native"] == {"working_dir": "../app", "setup": ["npm install"]}
    assert "image: mongo:7  # runs in Docker alone; without it: native: {command: …}" in done.text


def test_variables_of_an_included_file_are_taken_and_named(init):
    done = init(
        {
            "compose.yaml": """
            include: [sub/compose.yaml]
            services:
              app: &app
                image: python:3.13-slim
                ports: ["8000:8000"]
                healthcheck: {test: curl -f http://localhost:8000/health}
              worker: {<<: *app, ports: !reset [], command: python work.py}
        """,
            "sub/compose.yaml": """
            services:
              sub: {image: "python:3.13-slim", command: "python -m http.server ${SUBPORT}", expose: ["${SUBPORT}"]}
              job: {image: "python:3.13-slim", command: "echo ${WORD}"}
        """,
            "sub/.env": "SUBPORT=7777\nWORD=hello\n",
        }
    )

    services = described(done)["services"]
    assert (services["sub"]["port"], services["sub"]["command"]) == (7777, "python -m http.server ${port}")
    assert services["job"]["command"] == "echo ${env.WORD:-}"
    assert services["app"]["healthcheck"] == "/health"
    assert "port" not in services["worker"]
    assert done.left_out == (
        "worker: healthcheck: it checks a port, and the service has none",
        "WORD of sub/.env: localenv reads the .env beside envs/ and that of the repository",
    )


PROXIED = """
services:
  proxy: {build: ./proxy, ports: ["80:80"], depends_on: [web, worker]}
  gate: {image: "docker.io/library/nginx:1.26", ports: ["81:80"], depends_on: {web: {condition: service_started}}}
  web: {build: ., ports: ["8000:8000"], depends_on: [other]}
  other: {build: ., ports: ["8001:8000"]}
  worker: {image: worker}
"""


def test_a_web_server_that_leads_to_another_service_starts_once_that_answers(init):
    nginx = "FROM nginx:1.26\nCOPY nginx.conf /etc/nginx/nginx.conf\n"
    files = {"compose.yaml": PROXIED, "Dockerfile": DOCKERFILE, "proxy/Dockerfile": nginx, "proxy/nginx.conf": ""}
    services = described(init(files))["services"]

    answers = {"condition": "service_healthy"}
    assert services["proxy"]["depends_on"] == {"web": answers, "worker": {"condition": "service_started"}}
    assert services["gate"]["depends_on"] == {"web": answers}
    assert services["web"]["depends_on"] == ["other"]


def test_variables_of_an_env_file_that_name_others_of_it_become_references(init):
    done = init(
        {
            "compose.yaml": """
            services:
              api: {image: "python:3.13-slim", env_file: app.env}
              db:
                image: postgres:17
                environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: word, POSTGRES_DB: shop}
        """,
            "app.env": "DSN=unused\nUSER_=shop\nHOST=db\nPORT=5432\nDSN=postgres://${USER_}:word@$HOST:${PORT:-1}/shop\n"
            "BUCKET=shop-files\nGREETING=welcome to ${BUCKET}\n",
        }
    )

    api = described(done)["services"]["api"]
    assert api["environment"]["DSN"] == "${db.url}"
    assert api["env_file"] == [{"path": "../app.env", "interpolate": True}]


def test_who_asks_a_service_in_http_still_does_where_its_health_check_only_opens_the_port(init):
    done = init(
        {
            "compose.yaml": """
            services:
              web:
                image: python:3.13-slim
                environment: {FILES: "http://files:8085/a", SITE_URL: "http://localhost:9085"}
              files:
                image: debian:trixie-slim
                ports: ["9085:8085"]
                healthcheck: {test: [CMD, /bin/bash, -c, "echo > /dev/tcp/127.0.0.1/8085"]}
        """
        }
    )

    services = described(done)["services"]
    assert services["files"]["healthcheck"] == {"tcp": True}
    assert services["web"]["environment"] == {
        "FILES": "http://${files.address}/a",
        "SITE_URL": "http://${files.published_host}:${files.published_port}",
    }


def test_the_variables_that_set_a_needs_login_refer_to_it_in_any_form_of_its_address(init):
    done = init(
        {
            ".env": "DB_USER=shop\nDB_PASS=word\nPG_USER=app\nPG_PASS=other\n",
            "compose.yaml": """
            services:
              api:
                image: python:3.13-slim
                environment:
                  DSN: ${DB_USER}:${DB_PASS}@tcp(shop:3306)/shop
                  KEYED: host=db port=5432 user=${PG_USER} password=${PG_PASS} dbname=app
                  DOTNET: Server=db;Port=5432;User Id=${PG_USER};Password=${PG_PASS};Database=app
                  PGADMIN_DEFAULT_PASSWORD: ${PG_PASS}
                  OWN_URL: postgres://app:w@rd@@own:5432/app
              db:
                image: postgres:17
                environment: {POSTGRES_USER: "${PG_USER}", POSTGRES_PASSWORD: "${PG_PASS}", POSTGRES_DB: app}
              own:
                image: postgres:17
                environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: "w@rd@", POSTGRES_DB: app}
              shop:
                image: mariadb:11
                environment: {MYSQL_USER: "${DB_USER}", MYSQL_PASSWORD: "${DB_PASS}", MYSQL_DATABASE: shop}
        """,
        }
    )

    environment = described(done)["services"]["api"]["environment"]
    assert environment == {
        "DSN": "${shop.user}:${shop.password}@tcp(${shop.address})/shop",
        "KEYED": "host=${db.host} port=${db.port} user=${db.user} password=${db.password} dbname=app",
        "DOTNET": "Server=${db.host};Port=${db.port};User Id=${db.user};Password=${db.password};Database=app",
        "PGADMIN_DEFAULT_PASSWORD": "${env.PG_PASS:-}",
        "OWN_URL": "${own.url}",
    }


def test_the_port_that_a_services_own_health_check_asks_is_its_port(init):
    check = "{test: [CMD, curl, -f, 'http://localhost:5000/ok']}"
    done = init(
        {
            "compose.yaml": f"""
            services:
              gate: {{image: nginx:1.26, ports: ["80:80"]}}
              hits: {{image: python:3.13-slim, command: python hits.py, healthcheck: {check}}}
              web: {{image: python:3.13-slim, command: python web.py, healthcheck: {check.replace("5000", "7000")}}}
              worker: {{image: python:3.13-slim, command: python work.py, healthcheck: {check.replace("5000", "7000")}}}
        """
        }
    )

    services = described(done)["services"]
    assert (services["hits"]["port"], services["hits"]["healthcheck"]) == (5000, {"http": "/ok", "status": TAKEN})
    assert "port" not in services["web"]
    assert "port" not in services["worker"]
    assert "web, worker: healthcheck: it checks a port, and the service has none" in done.left_out


@pytest.mark.parametrize(
    ("image", "ports", "version"),
    [
        ("rabbitmq:3.13-management-alpine", "[]", "3.13-management-alpine"),
        ("rabbitmq:management", '["15672:15672"]', "4-management"),
        ("rabbitmq:3.13-alpine", '["5672", "15672"]', "3.13-management-alpine"),
    ],
)
def test_the_page_and_api_of_rabbitmq_is_reached(init, image, ports, version):
    done = init(
        {
            "compose.yaml": f"""
            services:
              app:
                image: python:3.13-slim
                environment: {{API: "http://guest:guest@mq:15672/api", ADDRESS: "mq:15672", URL: "amqp://mq:5672"}}
              mq: {{image: "{image}", ports: {ports}}}
        """
        }
    )

    found = described(done)
    assert found["needs"]["mq"]["rabbitmq"] == version
    assert found["services"]["app"]["environment"] == {
        "API": "http://${mq.user}:${mq.password}@${mq.management.address}/api",
        "ADDRESS": "${mq.management.address}",
        "URL": "${mq.url}",
    }
    assert not done.left_out


def test_rabbitmq_without_its_page_has_no_address_of_it(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app: {image: "python:3.13-slim", environment: {API: "http://mq:15672"}}
              mq: {image: "rabbitmq:4"}
        """
        }
    )

    assert described(done)["services"]["app"]["environment"] == {"API": "http://mq:15672"}


def test_the_example_of_an_env_file_that_is_missing_tells_the_login_of_a_need(init):
    done = init(
        {
            "compose.yaml": """
            services:
              api: {image: "python:3.13-slim", env_file: api.env}
              db: {image: "postgres:17", env_file: .env}
        """,
            ".env.example": "POSTGRES_USER=shop\nPOSTGRES_PASSWORD=tulip\nPOSTGRES_DB=shop\n",
            "api.env": "USER_=shop\nPASS_=tulip\nDSN=postgres://${USER_}:${PASS_}@db:5432/shop\n",
        }
    )

    assert described(done)["services"]["api"]["environment"]["DSN"] == "${db.url}"
    assert "tulip" not in done.text


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no further loopback addresses")
def test_a_client_that_is_given_a_host_alone_finds_the_usual_port_on_both_engines(init):
    written = """
        services:
          app: {build: ., environment: {REDIS_HOST: cache, DB_HOST: db, DB_PORT: 5432, MX_HOST: mail, MX_PORT: 1025}}
          cache: {image: "redis:8"}
          mail: {image: maildev/maildev, ports: ["1080:1080", "1025:1025"]}
          db: {image: "postgres:17", environment: {POSTGRES_PASSWORD: pw}}
    """
    found = described(init({"compose.yaml": written, "Dockerfile": "FROM python:3.13-slim\n"}))

    assert found["needs"]["cache"]["address"] == "own"
    assert "address" not in found["needs"]["db"]
    assert "address" not in found["services"]["mail"]


def test_variables_that_an_image_sets_are_there_without_it(init):
    image = """
        FROM python:3.13-slim
        ARG FLAVOUR=plain
        ENV FLAVOUR=${FLAVOUR} FLASK_APP=shop.web MODE=image LISTEN_PORT=8000 LISTEN_ADDR=0.0.0.0
        ENV PYTHONUNBUFFERED=1 DATA=/srv/data NODE_ENV=production
        EXPOSE 8000
        CMD ["python", "main.py"]
    """
    built = "{context: ., args: {FLAVOUR: '${FLAVOUR:-mint}'}}"
    compose = f"services: {{app: {{build: {built}, ports: ['8000'], environment: {{MODE: compose}}}}}}\n"
    files = {"Dockerfile": image, "requirements.txt": "", "main.py": ""}
    taken = yaml.safe_load(init({**files, "compose.yaml": compose, ".env": "FLAVOUR=topsecret\n"}).text)

    assert taken["services"]["app"]["native"]["environment"] == {
        "FLAVOUR": "${env.FLAVOUR:-mint}",
        "FLASK_APP": "shop.web",
        "LISTEN_PORT": "${port}",
        "LISTEN_ADDR": "${bind}",
    }


@pytest.mark.parametrize(
    "given",
    [
        "command: --global-response-templating --verbose --proxy-all=https://api.example",
        "command: [--global-response-templating, --port, '9000', --proxy-all=https://api.example]",
        "environment: {WIREMOCK_OPTIONS: '--proxy-all=https://api.example,--global-response-templating'}",
    ],
)
def test_options_of_wiremock_that_change_its_answers_are_taken_over_or_named(init, given):
    written = f"""
        services:
          app: {{build: ., environment: {{RATES_URL: "http://rates:8080"}}}}
          rates:
            image: wiremock/wiremock:3.13.2
            volumes: ["./mock:/home/wiremock"]
            {given}
    """
    mapping = '{"request": {"url": "/"}, "response": {"status": 200}}'
    done = init({"compose.yaml": written, "Dockerfile": "FROM python:3.13-slim\n", "mock/mappings/a.json": mapping})

    assert yaml.safe_load(done.text)["upstreams"] == {"rates": {"stubs": "../mock", "templating": "all"}}
    assert done.left_out == ("rates: --proxy-all: no counterpart",)


@pytest.mark.parametrize(
    ("command", "port", "words"),
    [
        ("uvicorn main:app --host 0.0.0.0 --reload", 8000, "uvicorn main:app --host ${bind} --reload --port ${port}"),
        ("python manage.py run -h 0.0.0.0", 5000, "python manage.py run -h ${bind} --port ${port}"),
        ("gunicorn app:app -b :8000 -w 2", 8000, "gunicorn app:app -b ${bind}:${port} -w 2"),
        (
            "streamlit run a.py --server.address=0.0.0.0",
            8501,
            "streamlit run a.py --server.address=${bind} --server.port ${port}",
        ),
        ("uvicorn main:app --host 0.0.0.0", 9000, "uvicorn main:app --host ${bind}"),  # its port comes from elsewhere
        (
            'sh -c "alembic upgrade head && uvicorn a:b --host 0.0.0.0"',
            8000,
            ["sh", "-c", "alembic upgrade head && uvicorn a:b --host ${bind} --port ${port}"],
        ),
    ],
)
def test_a_server_that_is_told_no_port_listens_on_the_one_it_is_given(init, command, port, words):
    done = init(
        {
            "compose.yaml": f"services: {{app: {{build: ., command: '{command}', ports: ['{port}']}}}}",
            "Dockerfile": DOCKERFILE,
        }
    )

    assert described(done)["services"]["app"]["command"] == words


def test_a_variable_that_holds_the_port_of_its_service_is_a_reference(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app:
                build: .
                ports: ["80:$APP_PORT", "81:8081"]
                env_file: .env
                environment: {GRPC_PORT: 9, ADMIN_PORT: 8081, ADMIN_ADDR: ":8081", LISTEN: "0.0.0.0:8080"}
        """,
            "Dockerfile": DOCKERFILE,
            ".env": "APP_PORT=8080\nOTHER_PORT=8081\n",
        }
    )

    assert described(done)["services"]["app"]["environment"] == {
        "GRPC_PORT": 9,
        "ADMIN_PORT": "${self.port_8081.port}",
        "ADMIN_ADDR": "${bind}:${self.port_8081.port}",
        "LISTEN": "${bind}:${port}",
        "APP_PORT": "${port}",
        "OTHER_PORT": "${self.port_8081.port}",
    }


def test_an_image_that_a_script_beside_the_file_builds_is_built(init):
    make = "image:\n\tdocker build \\\n\t\t--tag shop-web .\n"
    compose = "services: {web: {image: shop-web, ports: ['8000:8000']}, other: {image: shop-webs}}\n"
    done = init({"compose.yaml": compose, "Dockerfile": DOCKERFILE, "Makefile": make})

    found = described(done)["services"]
    assert (found["web"]["build"], "image" in found["web"], found["other"]["image"]) == ("..", False, "shop-webs")
    assert done.left_out[0] == "web: image: shop-web: it is built from the Dockerfile here, as Makefile does"


@pytest.mark.skipif(sys.platform != "linux", reason="this system has no further loopback addresses")
def test_a_program_whose_code_names_the_port_has_an_address_of_its_own(init):
    done = init(
        {
            "compose.yaml": 'services: {app: {build: ., ports: ["8080"]}}',
            "Dockerfile": 'FROM node:20-slim\nWORKDIR /srv\nCOPY . .\nCMD ["node", "a.js"]\n',
            "package.json": '{"dependencies": {"express": "4"}}',
            "a.js": "const port = 8080\nrequire('express')().listen(port, () => console.log(port))\n",
        }
    )

    assert described(done)["services"]["app"]["address"] == "own"
    assert "address: own  # its code names the port; without this, natively it needs ${port}" in done.text


@pytest.mark.skipif(sys.platform != "linux", reason="this system has no further loopback addresses")
@pytest.mark.parametrize(
    ("line", "is_fixed"),
    [
        ('app.run(host="0.0.0.0", debug=True, port=8080)', True),
        ('uvicorn.run("app:app", port=8080, host="0.0.0.0")', True),
        ("app.run(port=8080)", False),  # on 127.0.0.1, where no address of its own leads
        ('app.run(host="0.0.0.0", port=int(os.environ["PORT"]))', False),
    ],
)
def test_a_program_in_python_may_have_fixed_its_port_too(init, line, is_fixed):
    image = 'FROM python:3.13-slim\nWORKDIR /srv\nCOPY . .\nCMD ["python", "app.py"]\n'
    done = init({"compose.yaml": 'services: {app: {build: ., ports: ["8080"]}}', "Dockerfile": image, "app.py": line})

    assert ("address" in described(done)["services"]["app"]) is is_fixed


def test_an_address_that_the_code_has_where_no_variable_is_set_is_given_to_the_program_without_docker(init):
    done = init(
        {
            "compose.yaml": "services:\n  app: {build: ., environment: {DB_HOST: db}}\n"
            "  db: {image: postgres:17, environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: pw}}\n"
            "  cache: {image: redis:8}\n",
            "Dockerfile": 'FROM python:3.13-slim\nWORKDIR /srv\nCOPY . .\nCMD ["python", "app.py"]\n',
            "app.py": 'import os\nCACHE = os.getenv("CACHE_URL", "redis://cache:6379/1")\n'
            'HOST = os.environ.get("DB_HOST", "db")\nPAGE = os.getenv("PAGE_SIZE", "20")\n',
        }
    )

    app = described(done)["services"]["app"]
    assert app["native"]["environment"] == {"CACHE_URL": "${cache.url}/1"}
    assert "CACHE_URL" not in app["environment"]
    assert not done.left_out


def test_the_host_of_a_container_that_the_code_has_fixed_is_named(init):
    done = init(
        {
            "compose.yaml": "services: {app: {build: .}, cache: {image: redis:8}, db: {image: postgres:17}, "
            "web: {image: nginx}}",
            "Dockerfile": 'FROM python:3.13-slim\nWORKDIR /srv\nCOPY . .\nCMD ["python", "app.py"]\n',
            "app.py": 'Redis(host="cache", db=0)\nconnect("host=db user=app")\nprint("the db: app:1", "https://x.org")\n',
            "app.go": 'sql.Open("mysql", fmt.Sprintf("root:%s@tcp(web:3306)/shop", password))\n',
        }
    )

    assert [one.partition(": without")[0] for one in done.left_out] == [
        "app: the host web in app.go",
        "app: the host cache in app.py",
        "app: the host db in app.py",
    ]


def test_a_command_that_names_a_file_of_the_image_names_that_of_the_build_here(init):
    done = init(
        {
            "compose.yaml": """
            services:
              app:
                build: .
                command: python /code/manage.py runserver 0.0.0.0:8000
                ports: ["8000"]
                volumes: [".:/code"]
        """,
            "Dockerfile": "FROM python:3.13-slim\nWORKDIR /code\n",
            "manage.py": "",
        }
    )

    app = described(done)["services"]["app"]
    assert app["command"] == "python /code/manage.py runserver ${bind}:${port}"
    assert app["native"]["command"] == "python ./manage.py runserver ${bind}:${port}"


def test_a_build_whose_image_copies_to_its_root_without_a_working_folder_is_taken(init):
    done = init(
        {
            "compose.yaml": "services: {web: {build: ., command: npm run start, ports: ['8000:8000']}}\n",
            "Dockerfile": "FROM python:3.13-slim\nCOPY web /web/\nCOPY requirements.txt /\n",
            "requirements.txt": "",
            "web/index.html": "",
        }
    )

    assert described(done)["services"]["web"]["build"] == ".."


@pytest.mark.parametrize(
    ("there", "here"),
    [
        ("localhost", "localhost,127.0.0.1"),
        ("localhost 127.0.0.1", "localhost 127.0.0.1"),
        ("web localhost", "web localhost 127.0.0.1"),
        ("${HOSTS:-localhost,web}", "${env.HOSTS:-localhost,web,127.0.0.1}"),
        ("shop.test", "shop.test"),
    ],
)
def test_a_server_that_allows_localhost_allows_its_published_address(init, there, here):
    done = init(
        {
            "compose.yaml": f"""
            services:
              web: {{build: ., ports: ["8000:8000"], environment: {{DJANGO_ALLOWED_HOSTS: "{there}"}}}}
            """,
            "Dockerfile": DOCKERFILE,
        }
    )

    assert described(done)["services"]["web"]["environment"] == {"DJANGO_ALLOWED_HOSTS": here}


def test_hosts_that_an_env_file_allows_are_completed_without_their_values(init):
    service = "{build: ., ports: ['8000:8000'], env_file: %s}"
    done = init(
        {
            "compose.yaml": f"services:\n  web: {service % '.env'}\n  admin: {service % 'admin.env'}\n",
            "Dockerfile": DOCKERFILE,
            ".env": "ALLOWED_HOSTS=private.test,localhost\n",
            "admin.env": "ALLOWED_HOSTS=private.test,localhost\n",
        }
    )

    found = described(done)["services"]
    assert found["web"]["environment"] == {"ALLOWED_HOSTS": "${env.ALLOWED_HOSTS:-localhost},127.0.0.1"}
    assert "environment" not in found["admin"]
    assert "ALLOWED_HOSTS in admin.env has to allow 127.0.0.1" in done.text
    assert "private.test" not in done.text


@pytest.mark.parametrize("words", ['"tini", "--", "/srv/start.sh"', '"/srv/start.sh"', '"bash", "start.sh"'])
def test_without_docker_the_script_that_is_the_entrypoint_of_an_image_runs_the_command_too(init, words):
    done = init(
        {
            "compose.yaml": "services:\n  app: {build: ., command: python app.py}\n"
            "  job: {build: ., entrypoint: python job.py}\n",
            "Dockerfile": f"FROM python:3.13-slim\nWORKDIR /srv\nCOPY . .\nENTRYPOINT [{words}]\n",
            "start.sh": '#!/bin/bash\nexec "$@"\n',
            "app.py": "",
        }
    )

    services = described(done)["services"]
    assert services["app"]["native"]["command"] == "bash ./start.sh python app.py"  # for it cannot be executed
    assert "native" not in services["job"] or "command" not in services["job"]["native"]


def test_a_command_that_starts_what_the_image_builds_has_another_one_without_docker(init):
    done = init(
        {
            "compose.yaml": "services: {app: {build: ., command: ./wait.sh db ./server}, db: {image: postgres:17}}",
            "Dockerfile": "FROM golang:1.24\nCOPY . .\nRUN go build -o server ./cmd/server\n",
            "wait.sh": "",
            "go.mod": "module x\n",
            "cmd/server/main.go": "package main\nfunc main() {}\n",
        }
    )

    assert described(done)["services"]["app"]["native"] == {"command": "go run ./cmd/server"}
    assert "go run ./cmd/server  # not certain: the program that its image builds" in done.text


@pytest.mark.parametrize(
    ("instruction", "line"),
    [("./bin/start.sh", "migrate"), ('["bin/start.sh"]', "chown app data"), ('["bin/start.sh"]', "cp /app/x .")],
)
def test_a_script_that_is_the_entrypoint_is_named_where_nothing_runs_it(init, instruction, line):
    done = init(
        {
            "compose.yaml": "services: {web: {build: ., command: python app.py, ports: ['8000:8000']}}\n",
            "Dockerfile": f"FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nENTRYPOINT {instruction}\n",
            "bin/start.sh": f'#!/bin/sh\n{line}\nexec "$@"\n',
            "app.py": "",
        }
    )

    shown = next(one for one in done.text.splitlines() if "python app.py" in one)
    assert shown.endswith("# bin/start.sh, the entrypoint of its image, does not run without Docker")


def test_a_port_that_only_its_client_names_is_not_certain(init):
    files = "services:\n  web: {image: x/web, environment: {PEER: 'http://peer:9000'}}\n  peer: {image: x/peer}\n"
    done = init({"compose.yaml": files})

    assert described(done)["services"]["peer"]["port"] == 9000
    assert "port: 9000  # not certain: web asks it there" in done.text


@pytest.mark.parametrize(
    ("image", "command", "is_need"),
    [
        ("postgres:17", """["psql", "-h", "db", "-U", "postgres", "-c", "select 1"]""", False),
        ("postgres:17", "sh -c 'until pg_isready -h db; do sleep 1; done; psql -h db -f /x.sql'", False),
        ("postgres:17", "postgres -c max_connections=9", True),
        ("postgres:17", "-c log_statement=all", True),
        ("redis:8", "redis-cli -h cache set a 1", False),
        ("redis:8", "sh -c 'redis-server --save 60 1 & redis-cli ping'", True),
        ("mariadb:11", "--character-set-server=utf8mb4", True),
        ("mariadb:11", "mysqld --sql-mode=ANSI", True),
        ("mariadb:11", "mariadb -h db -e 'select 1'", False),
    ],
)
def test_a_client_in_the_image_of_a_server_is_a_program_that_runs_once(init, image, command, is_need):
    files = f"services:\n  one: {{image: '{image}', command: {command if command[0] == '[' else repr(command)}}}\n"
    found = described(init({"compose.yaml": f"{files}  web: {{image: nginx, ports: ['80:80']}}\n"}))

    assert ("one" in found.get("needs", {})) is is_need
    assert is_need or "port" not in found["services"]["one"]
    waits = found["services"]["web"].get("depends_on")
    assert waits == (None if is_need else {"one": {"condition": "service_completed_successfully"}})


def test_a_variable_without_a_value_stays_unset_where_the_machine_has_none(init):
    done = init(
        {
            "compose.yaml": """
            services:
              api:
                build: {context: ., args: [VERSION, MODE]}
                environment: {LEVEL: debug, TOKEN: , EMPTY: ""}
                env_file: [app.env]
              job: {image: "alpine:3", environment: [TOKEN, REGION]}
        """,
            "Dockerfile": "ARG VERSION=3.13\nFROM python:${VERSION}-slim\nARG MODE\nCMD python -m http.server 8000\n",
            "app.env": "FLAGS=a,b",
        }
    )

    services = described(done)["services"]
    assert services["api"]["environment"] == {"LEVEL": "debug", "EMPTY": ""}
    assert services["api"]["env_file"] == ["../app.env", "variables/api"]
    assert services["api"]["build"]["args"] == {"VERSION": "${env.VERSION:-3.13}", "MODE": "${env.MODE:-}"}
    assert "environment" not in services["job"]
    written = {file.name: text for file, text in done.files.items() if file.parent.name == "variables"}
    assert [line for line in written["job"].splitlines() if line[0] != "#"] == ["TOKEN", "REGION"]


def test_an_alias_stays_for_services_that_do_not_depend_on_it(init):
    done = init(
        {
            "compose.yaml": """
            services:
              api:
                image: "alpine:3"
                expose: [8000]
                networks: {back: {aliases: [backend, api.internal, web, api]}}
              web:
                image: "alpine:3"
                environment: {UPSTREAM: "http://backend:8000"}
                depends_on: [api]
                networks: {back: {aliases: [backend]}}
              nginx: {image: "nginx:1.26", networks: [back]}
            networks: {back: {}}
        """
        }
    )

    services = described(done)["services"]
    assert services["api"]["aliases"] == ["backend", "api.internal"]
    assert services["web"] == services["web"] | {"environment": {"UPSTREAM": "${api.url}"}}
    assert not {"aliases", "compose"} & services["web"].keys()
    assert "# - api: alias web: another has this name; others reach it as api" in done.text
