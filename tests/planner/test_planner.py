"""The stack planned from a description."""

import os
import subprocess

import pytest

from localenv import planner
from localenv.description import loading
from localenv.errors import UsageError
from localenv.host import context
from localenv.stack import ProbeKind, Role, Stack, Stage, Unmatched, WatchExec

FILES = {"Dockerfile": "FROM scratch\n", "app/main.py": "a", "seeds/a.sql": "", "seeds/b.sql": "", "key": ""}


@pytest.fixture
def plan(repository):
    """Plan a description, in a repository with a few files."""

    def made(text: str, *profiles: str, files: dict[str, str] | None = None) -> Stack:
        folder = repository({**FILES, **(files or {}), "envs/local.yaml": text})
        described = loading.load(folder / "envs" / "local.yaml", repository=folder, profiles=profiles)
        return planner.plan(described, profiles=profiles)

    return made


def names(stack: Stack, *roles: Role) -> list[str]:
    return [service.name for service in stack.of(*roles)]


PROFILES = """
    services:
      api: {image: a}
      debug: {image: a, profiles: [tools, full]}
      extra: {image: a, profiles: [full]}
    jobs:
      always: {command: x, service: api}
      sometimes: {command: x, service: extra}
    smoke:
      - {command: x, service: api}
      - {command: x, service: debug}
"""


@pytest.mark.parametrize(
    ("profiles", "services", "jobs", "smoke"),
    [
        ([], ["api"], ["always"], ["smoke.1"]),
        (["tools"], ["api", "debug"], ["always"], ["smoke.1", "smoke.2"]),
        (["full"], ["api", "debug", "extra"], ["always", "sometimes"], ["smoke.1", "smoke.2"]),
        (["*"], ["api", "debug", "extra"], ["always", "sometimes"], ["smoke.1", "smoke.2"]),
    ],
)
def test_services_of_profiles_are_there_when_asked_for(plan, profiles, services, jobs, smoke):
    stack = plan(PROFILES, *profiles)

    assert names(stack, Role.SERVICE) == services
    assert [job.name for job in stack.jobs] == jobs
    assert [check.name for check in stack.smoke] == smoke


def test_a_profile_that_nobody_has_is_told(plan):
    with pytest.raises(UsageError, match="no service has the profile 'tols'") as raised:
        plan(PROFILES, "tols")

    assert raised.value.hint == "available: full, tools"


def test_needs_and_stub_servers_come_before_services(plan):
    stack = plan("""
        services: {api: {image: a}}
        upstreams: {payments: {}}
        needs: {db: {postgres: 17}, cache: redis}
    """)

    assert [service.name for service in stack.services.values()] == ["db", "cache", "localenv.stubs", "api"]


def test_one_stub_server_answers_for_all_upstreams_whatever_their_ports(plan):
    stack = plan("""
        upstreams: {a: {}, b: {port: 8080, unmatched: warn}, c: {}, d: {port: 8080}, e: {port: 80}}
    """)

    [server] = stack.of(Role.STUBS)
    assert server.aliases == ("a", "b", "c", "d", "e")
    assert {port.name: port.target for port in server.extra_ports} == {"a": 80, "b": 8080, "c": 80, "d": 8080, "e": 80}
    assert len({port.entry for port in server.ports}) == 6
    assert {upstream.server for upstream in stack.upstreams.values()} == {server.name}
    assert stack.upstreams["b"].unmatched is Unmatched.WARN


def test_jobs_run_after_migrate_and_seed_in_the_order_of_their_dependencies(plan):
    stack = plan("""
        services: {api: {image: a, environment: {DB: "${db.url}"}}}
        needs:
          db:
            postgres: 17
            migrate: up
            seed: [../seeds/*.sql, {command: fill}]
          other: {postgres: 17, migrate: [{command: one, service: api}, {command: two, service: api}]}
        jobs:
          last: {command: x, depends_on: [second, first]}
          second: {command: x, depends_on: [first]}
          free: {command: x}
          first: {command: x}
    """)

    assert [job.name for job in stack.jobs] == [
        *("db.migrate", "db.seed", "db.seed.2", "db.seed.3", "other.migrate", "other.migrate.2"),
        *("first", "second", "last", "free"),
    ]
    assert [job.stage for job in stack.jobs[:2]] == [Stage.MIGRATE, Stage.SEED]
    assert [job.title for job in stack.jobs[:4]] == ["up", "a.sql", "b.sql", "fill"]
    assert {job.service for job in stack.jobs if job.command} == {"api"}


PROBES = {
    "port: 80": (ProbeKind.HTTP, "/", (), False, None),
    "": (ProbeKind.ALIVE, "/", (), False, None),
    "port: 80, healthcheck: /health": (ProbeKind.HTTP, "/health", (), True, None),
    "port: 80, healthcheck: {http: /h, status: [200, 401], timeout: 1m30s}": (
        ProbeKind.HTTP,
        "/h",
        (200, 401),
        False,
        90,
    ),
    "port: 80, healthcheck: {tcp: true, timeout: 5s}": (ProbeKind.TCP, "/", (), False, 5),
    "healthcheck: {command: check it}": (ProbeKind.COMMAND, "/", (), False, None),
    "port: 80, healthcheck: {timeout: 5s}": (ProbeKind.HTTP, "/", (), False, 5),
    "healthcheck: {timeout: 5s}": (ProbeKind.ALIVE, "/", (), False, 5),
}


@pytest.mark.parametrize("described", PROBES)
def test_what_it_works_means_for_a_service(plan, described):
    probe = plan(f"services: {{api: {{image: a, {described}}}}}").services["api"].probe

    assert (probe.kind, probe.path, probe.status, probe.any_success, probe.timeout) == PROBES[described]


WATCHED = """
    services:
      api:
        image: a
        watch:
          - {path: ../app, action: sync+exec, target: /a, exec: make it}
          - path: ../app
            action: sync+exec
            target: /b
            initial_sync: true
            exec: {command: nginx -s reload, user: root, working_dir: /etc, environment: [A=1]}
"""


@pytest.mark.parametrize(
    ("described", "scheme"),
    [
        ("port: 8000, healthcheck: {command: check it}", "http"),
        ("port: 27017, healthcheck: {command: check it}", "tcp"),
        ("port: 8000, healthcheck: {tcp: true}", "tcp"),
        ("port: 27017", "http"),
    ],
)
def test_the_url_of_a_service_with_another_protocol_is_none_of_http(plan, described, scheme):
    assert plan(f"services: {{api: {{image: a, {described}}}}}").services["api"].port.scheme == scheme


def test_a_command_of_watch_is_a_line_for_a_shell_or_as_in_compose(plan):
    line, command = plan(WATCHED).services["api"].watch

    assert (line.exec, line.initial_sync) == (WatchExec(command=("sh", "-c", "make it")), False)
    words = ("nginx", "-s", "reload")
    assert command.exec == WatchExec(command=words, user="root", working_dir="/etc", environment={"A": "1"})
    assert command.initial_sync


def test_a_need_is_called_after_the_environment_where_nothing_else_is_said(plan):
    needs = plan("""
        name: my-shop
        needs:
          a: {postgres: 17}
          b: {postgres: 17, user: u, database: d}
          c: {postgres: 17, databases: [one, two]}
          d: {postgres: 17, database: null}
    """).needs

    found = {name: (need.user, need.databases, need.database) for name, need in needs.items()}
    assert found == {
        "a": ("my_shop", ("my_shop",), "my_shop"),
        "b": ("u", ("d",), "d"),
        "c": ("my_shop", ("one", "two"), "one"),
        "d": ("my_shop", (), ""),
    }


@pytest.mark.parametrize("name", ["pg-shop", "public", "none"])
def test_a_need_whose_server_refuses_the_environments_name_as_a_user_has_one_called_after_its_kind(plan, name):
    needs = plan(f"{{name: {name}, needs: {{a: {{postgres: 17}}, b: mariadb}}}}").needs

    login = name.replace("-", "_")
    found = {name: (need.user, need.database) for name, need in needs.items()}
    assert found == {"a": ("postgres", login), "b": (login, login)}


def test_a_service_has_the_files_it_refers_to_wherever_it_does(plan):
    stack = plan("""
        services:
          api:
            image: a
            environment: {A: "${one.path}"}
            command: run ${two.path} ${one.path}
            entrypoint: [x, "${three.path}"]
            healthcheck: {command: "check ${four.path}"}
        secrets: {one: {generate: password}, two: {file: ../key}, three: {content: x}}
        configs: {four: {content: x}, unused: {content: x}}
        jobs: {j: {command: "do ${unused.path}"}}
    """)

    assert sorted(stack.services["api"].files) == ["four", "one", "three", "two"]
    assert set(stack.jobs[0].files) == {"one", "two", "three", "four", "unused"}


@pytest.mark.parametrize("shared", [True, False])
def test_one_folder_is_looked_through_once_for_all_that_are_built_from_it(plan, monkeypatch, shared):
    looked = []
    texts = context.texts
    monkeypatch.setattr(context, "texts", lambda *args, **more: looked.append(args) or texts(*args, **more))

    plan(
        "services:\n  a: {build: ..}\n  b: {build: %s}\n  c: {build: ..}\n" % (".." if shared else "../app"),
        files={"app/Dockerfile": ""},
    )

    assert len(looked) == (1 if shared else 2)


DIGESTED = """
    services: {api: {build: ../app, environment: {DB: "${db.url}"}}}
    needs:
      db:
        postgres: 17
        migrate: [{command: up, inputs: ["*.py"]}, {command: other}]
        seed: [../seeds/a.sql]
    upstreams: {payments: {stubs: ../stubs}}
"""
BUILT = {
    "app/Dockerfile": "FROM scratch\n",
    "app/main.py": "a",
    "app/notes.txt": "n",
    "seeds/a.sql": "SELECT 1",
    "stubs/mappings/a.json": "{}",
}


def digests(stack: Stack) -> dict[str, str]:
    """The digests of everything that has one."""
    jobs = {job.name: job.digest for job in stack.jobs}
    upstreams = {name: one.digest for name, one in stack.upstreams.items()}
    return {"api": stack.services["api"].digest, **upstreams, **jobs}


CHANGES = {
    "nothing": ({}, set()),
    "code that is an input": ({"app/main.py": "b"}, {"api", "db.migrate", "db.migrate.2"}),
    "code that is no input": ({"app/notes.txt": "b"}, {"api", "db.migrate.2"}),
    "documentation, which a build reads": ({"app/README.md": "b"}, {"api"}),
    "a new file": ({"app/new.py": ""}, {"api", "db.migrate", "db.migrate.2"}),
    "seed": ({"seeds/a.sql": "SELECT 2"}, {"db.seed"}),
    "stub": ({"stubs/mappings/a.json": "[]"}, {"payments"}),
    "a file outside": ({"key": "x"}, set()),
}


@pytest.mark.parametrize(("files", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_digest_changes_with_the_content_it_stands_for(plan, files, changed):
    before = digests(plan(DIGESTED, files=BUILT))

    after = digests(plan(DIGESTED, files={**BUILT, **files}))

    assert {name for name in before if before[name] != after[name]} == changed


OWN_FILES = {
    "python app/seed.py": {"app/seed.py"},
    "python -m tools.seed": {"tools/seed.py"},
    "python manage.py fill": {"manage.py", "shop/management/commands/fill.py"},
    "sh -c 'cat data/rows.json | python app/seed.py'": {"data/rows.json", "app/seed.py"},
    "fill --all": {"app/seed.py", "tools/seed.py", "manage.py", "shop/management/commands/fill.py", "data/rows.json"},
}


@pytest.mark.parametrize(("command", "own"), OWN_FILES.items())
def test_a_seed_goes_by_its_own_files_and_a_migration_by_all_of_the_code(plan, command, own):
    described = """
        services: {api: {build: .., environment: {DB: "${db.url}"}}}
        needs: {db: {postgres: 17, migrate: COMMAND, seed: {command: COMMAND}}}
    """.replace("COMMAND", f'"{command}"')
    files = dict.fromkeys(OWN_FILES["fill --all"], "1")
    before = digests(plan(described, files=files))

    changed = {name: digests(plan(described, files={**files, name: "2"})) for name in files}

    assert {name for name in files if changed[name]["db.seed"] != before["db.seed"]} == own
    assert all(one["db.migrate"] != before["db.migrate"] for one in changed.values())


def test_a_digest_changes_with_permission_and_not_with_time(plan, tmp_path):
    before = digests(plan(DIGESTED, files=BUILT))
    os.utime(tmp_path / "app" / "main.py", (1, 1))
    assert digests(plan(DIGESTED, files=BUILT)) == before  # rewritten, with a new time

    (tmp_path / "app" / "main.py").chmod(0o755)
    assert digests(plan(DIGESTED, files=BUILT))["api"] != before["api"]


def test_what_git_ignores_counts_as_the_builder_gets_it(plan, tmp_path):
    (tmp_path / ".git").mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    files = {**BUILT, ".gitignore": "dist/\n"}
    before = digests(plan(DIGESTED, files=files))

    assert digests(plan(DIGESTED, files={**files, "app/dist/bundle.js": "x"}))["api"] != before["api"]


def test_descriptions_stubs_and_what_dockerignore_names_are_no_code(plan):
    files = {**BUILT, "Dockerfile": "FROM scratch\nCOPY . .\n", ".dockerignore": "*.md\n"}
    described = DIGESTED.replace("build: ../app", "build: ..").replace("*.py", "app/*.py")
    before = digests(plan(described, files=files))
    beside = {"envs/notes.txt": "x", "stubs/mappings/b.json": "{}", "README.md": "x"}

    after = digests(plan(described, files={**files, **beside}))

    assert {name for name in before if before[name] != after[name]} == {"payments"}
    assert digests(plan(described, files={**files, "seeds/c.sql": ""}))["api"] != before["api"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("up now", "up later"),
        ("up '${db.url}'", "up '$${db.url}'"),
        ("up a b", "up 'a b'"),
        ("{command: up, environment: {A: b}}", "{command: up, environment: {A: c}}"),
    ],
)
def test_a_digest_changes_with_the_command(plan, one, other):
    text = (
        "services: {api: {build: .., environment: {DB: '${db.url}'}}}\nneeds:\n  db:\n    postgres: 17\n    migrate: "
    )

    assert plan(text + one).jobs[0].digest != plan(text + other).jobs[0].digest


def test_the_same_description_gives_the_same_stack(plan):
    assert plan(DIGESTED, files=BUILT) == plan(DIGESTED, files=BUILT)


def test_two_hundred_services_are_planned(plan):
    services = "".join(
        f"  s{n}: {{build: ../app, port: 80, environment: {{U: '${{s{199 - n}.url}}'}}}}\n" for n in range(200)
    )

    stack = plan(f"services:\n{services}", files={"app/Dockerfile": ""})

    assert names(stack, Role.SERVICE) == [f"s{n}" for n in range(200)]
    assert len({service.digest for service in stack.services.values()}) == 1
