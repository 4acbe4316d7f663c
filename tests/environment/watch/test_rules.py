"""What is done when files of a service change, without words in the description."""

from pathlib import Path

import pytest

from localenv.environment.watch import dockerfile, rules
from localenv.stack import Build, Native, Role, Service, Setup, WatchExec, WatchRule, references

PYTHON = """
FROM python:3.13-slim AS base
WORKDIR /srv
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY --chown=app src ./src
COPY main.py conf/settings.ini /etc/app/
CMD ["python", "main.py"]
"""
NODE = """
FROM node:22 AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run build
FROM nginx:1.26
COPY --from=build /app/dist /usr/share/nginx/html
COPY nginx.conf /etc/nginx/nginx.conf
"""
RELOAD = WatchExec(command=("reload",))
INSTALLED = "FROM python\nWORKDIR /app\nCOPY . .\nRUN pip install .\nCOPY run.py .\n"


def copied(text, target=None):
    return [(one.source, one.target) for one in dockerfile.copied(text, target)]


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        (
            PYTHON,
            None,
            [
                ("requirements.txt", "/srv"),
                ("src", "/srv/src"),
                ("main.py", "/etc/app"),
                ("conf/settings.ini", "/etc/app"),
            ],
        ),
        (NODE, None, [("nginx.conf", "/etc/nginx/nginx.conf")]),
        (NODE, "build", []),
        (INSTALLED, None, [("run.py", "/app")]),
        ("FROM a AS b\nWORKDIR /x\nCOPY . .\nFROM b\nUSER me\n", None, [("", "/x")]),
        ('FROM a\nCOPY ["my file", "/to/"]\n', None, [("my file", "/to")]),
        ("FROM a\nCOPY \\\n  one \\\n  /two\n# COPY three /\n", None, [("one", "/two")]),
        ("FROM a\nCOPY <<EOF /x\nhello\nEOF\nCOPY $SRC /y\n", None, []),
        ("", None, []),
    ],
)
def test_what_the_last_stage_copies_and_makes_nothing_of(text, target, expected):
    assert copied(text, target) == expected


@pytest.fixture
def service(tmp_path):
    """A service built from a folder."""

    def made(text=PYTHON, command="python main.py", **more):
        (tmp_path / "Dockerfile").write_text(text)
        (tmp_path / ".dockerignore").write_text("tests\n")
        (tmp_path / "src").mkdir(exist_ok=True)
        (tmp_path / "main.py").touch()
        words = tuple(references.literal(word) for word in command.split())
        return Service(name="api", role=Role.SERVICE, build=Build(context=tmp_path), command=words, **more)

    return made


def due(service, *names, copies=True):
    folder = service.build.context
    found = rules.of(service, copies=copies).due([folder / name for name in names])
    return found and (found.action, [target for _, target in found.synced])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["src/app.py"], ("sync+restart", ["/srv/src/app.py"])),
        (["src/app.py", "main.py"], ("sync+restart", ["/srv/src/app.py", "/etc/app/main.py"])),
        (["src/app.py", "requirements.txt"], ("rebuild", ["/srv/src/app.py"])),
        (["Dockerfile"], ("rebuild", [])),
        (["other.py"], None),  # no instruction reads it
        (["src/fast.go"], ("rebuild", [])),
        (["tests/test_a.py"], None),
        (["src/__pycache__/app.pyc"], None),
        (["node_modules/a/index.js"], None),
    ],
)
def test_on_compose_it_goes_by_what_the_dockerfile_copies(service, names, expected):
    assert due(service(), *names) == expected


@pytest.mark.parametrize(
    "instructions",
    ["COPY . .\nRUN make", "COPY $SOURCES /srv", "RUN --mount=type=bind,source=.,target=/x make", "COPY *.py /srv"],
)
def test_a_build_that_may_read_every_file_is_done_again_for_each(service, instructions):
    text = f"FROM debian AS built\n{instructions}\nFROM debian\nCOPY --from=built /srv /srv\n"

    assert due(service(text), "other.py") == ("rebuild", [])


def test_a_command_that_reloads_itself_is_not_restarted(service):
    reloading = service(command="uvicorn main:app --reload")

    assert due(reloading, "src/app.py") == ("sync", ["/srv/src/app.py"])
    assert due(reloading, "src/app.py", copies=False) is None


def test_natively_it_is_a_restart(service):
    assert due(service(), "src/app.py", copies=False) == ("restart", [])


def test_what_the_description_says_goes_before(service, tmp_path):
    described = (
        WatchRule(path=tmp_path / "src", action="sync", target="/x", ignore=("*.txt",)),
        WatchRule(path=tmp_path / "src", action="sync+exec", target="/y", include=("*.sql",), exec=RELOAD),
    )
    one = service(watch=described)

    assert due(one, "src/a.py") == ("sync", ["/x/a.py"])
    assert due(one, "src/a.sql") == ("sync+exec", ["/x/a.sql", "/y/a.sql"])
    assert due(one, "src/a.txt") is None
    assert due(one, "main.py") is None
    assert due(service(watch=()), "src/a.py") is None


def test_everything_is_copied_at_the_beginning_where_a_rule_asks_for_it(service, tmp_path):
    described = (
        WatchRule(path=tmp_path / "src", action="sync+restart", target="/x", ignore=("*.txt",), initial_sync=True),
        WatchRule(path=tmp_path, action="sync", target="/y"),
    )
    one = service(watch=described)
    for name in ("a.py", "b.txt"):
        (tmp_path / "src" / name).touch()

    initial = rules.of(one, copies=True).initial()

    assert (initial.action, initial.synced) == ("sync", ((tmp_path / "src/a.py", "/x/a.py"),))
    assert rules.of(service(), copies=True).initial() is None


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("uvicorn app:app --reload", True),
        ("python manage.py runserver 0.0.0.0:8000", True),
        ("python manage.py runserver --noreload", False),
        ("node --watch server.js", True),
        ("npx nodemon server.js", True),
        ("gunicorn app:app", False),
        ("vite build", False),
        ("python main.py", False),
    ],
)
def test_commands_that_reload_themselves(command, expected):
    assert rules.reloads(tuple(references.literal(word) for word in command.split())) is expected


def test_a_file_of_documentation_or_of_an_editor_is_no_source():
    assert [rules.is_no_source(Path(name)) for name in ("README.md", "app.log", ".a.py.swp", "app.py")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("step", "inputs", "name", "expected"),
    [
        ("npm run build", {"a file of web": "1"}, "lib/main.ts", True),
        ("npm ci", {"web/package.json": "1"}, "lib/main.ts", False),
        ("npm ci", {"web/package.json": "1"}, "package.json", True),
        ("pip install .", {"a file of web": "1"}, "app/main.py", False),
        ("pip install .", {"a file of web": "1"}, "src/app/main.py", True),
    ],
)
def test_natively_code_that_a_setup_step_compiles_is_prepared_again(service, step, inputs, name, expected):
    words = tuple(references.literal(word) for word in step.split())
    one = service(native=Native(setup=(Setup(command=words, inputs=inputs),)))

    assert rules.prepares(one, one.build.context / name) is expected
    assert not rules.prepares(service(), one.build.context / name)
