"""An untrusted repository cannot execute anything, or read files outside of it, when it is inspected."""

import json
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

from tests.world import commands
from tests.world.waiting import until
from tests.world.world import Make

READING = (
    ("check",),
    ("plan",),
    ("plan", "--json"),
    ("render", "out"),
    ("status",),
    ("ls",),
    ("logs",),
    ("env", "api"),
    ("up", "--dry-run"),
    ("down",),
)
BARE = """
[core]
	repositoryformatversion = 0
	bare = false
	worktree = .
	fsmonitor = "RUN"
	hooksPath = hooks
	pager = "RUN"
	sshCommand = "RUN"
[pager]
	ls-files = "RUN"
"""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The output of a command."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Look = Callable[..., Looked]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Run a command in the repository, as a child process."""

    def call(*arguments: str, folder: Path | None = None, **own: str) -> Looked:
        variables = {**os.environ, **commands.KNOWN, "LOCALENV_ENGINE": "native", **own}
        argv = (*commands.LOCALENV, *arguments)
        done = commands.run(argv, folder=folder or tmp_path / "theirs", variables=variables, timeout=60)
        return Looked(code=done.code, out=done.out, err=done.err)

    return call


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A checkout from an untrusted source."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def looked_at(look: Look, reading: Sequence[tuple[str, ...]] = READING) -> list[Looked]:
    """Read-only commands, and shell completions."""
    output = [look(*command) for command in reading]
    lines = (("localenv env ", "2"), ("localenv up ", "2"))
    for line, word in lines:
        output.append(look(_LOCALENV_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=word))
    return output


def test_git_runs_nothing_of_a_repository_whatever_reads_it(theirs: Path, look: Look, tmp_path: Path) -> None:
    canary = tmp_path / "was-run"
    run = f"touch {canary}; false"
    write(
        theirs,
        {
            "envs/local.yaml": "services: {api: {build: ../ctx, port: 8000, native: {command: sleep 9}}}",
            "ctx/Dockerfile": "FROM scratch\n",
            "ctx/HEAD": "ref: refs/heads/main\n",
            "ctx/objects/x": "",
            "ctx/refs/x": "",
            "ctx/config": BARE.replace("RUN", run),
            "ctx/hooks/post-index-change": f"#!/bin/sh\n{run}\n",
        },
    )
    (theirs / "ctx/hooks/post-index-change").chmod(0o755)
    subprocess.run(["git", "add", "."], cwd=theirs, check=True)
    subprocess.run(["git", "-C", "ctx", "status"], cwd=theirs, capture_output=True, check=False)
    assert canary.exists()  # so git would execute it without protection
    canary.unlink()
    with (theirs / ".git/config").open("a") as settings:  # as a container that mounts the repository could
        settings.write(BARE.replace("RUN", run))

    output = looked_at(look)

    assert output[0].code == 0, output[0].err
    assert not canary.exists()


def test_a_shim_that_obeys_files_of_its_folder_is_not_asked_there(theirs: Path, look: Look, tmp_path: Path) -> None:
    folders, tools = tmp_path / "folders", tmp_path / "bin"
    for name in ("node", "redis-server", "valkey-server"):
        write(tools, {name: f'#!/bin/sh\npwd -P >>{folders}\necho "v20.1.0 Redis server v=7.2.4"\n'})
        (tools / name).chmod(0o755)
    write(
        theirs,
        {
            "package.json": '{"scripts": {"start": "node ."}, "dependencies": {"express": "1", "redis": "1"}}',
            "envs/local.yaml": "services: {api: {image: x, native: {command: sleep 9}}}\nneeds: {cache: redis}",
        },
    )

    look("init", "other", "--dry-run", PATH=f"{tools}:{os.environ['PATH']}")
    look("check", "--engine", "native", PATH=f"{tools}:{os.environ['PATH']}")

    assert {*folders.read_text().split()} == {"/"}


@pytest.mark.docker
def test_a_builder_does_not_run_git_in_a_build_context(theirs: Path, look: Look, tmp_path: Path) -> None:
    calls, fake = tmp_path / "calls", tmp_path / "bin" / "git"
    write(fake.parent, {"git": f'#!/bin/sh\necho "$PWD $*" >>{calls}\nexec /usr/bin/git "$@"\n'})
    fake.chmod(0o755)
    write(
        theirs,
        {
            "envs/local.yaml": "services: {api: {build: ../ctx, command: sleep 9}}",
            "ctx/Dockerfile": "FROM python:3.13-slim\n",
        },
    )

    output = look("up", "--", "true", LOCALENV_ENGINE="compose", PATH=f"{fake.parent}:{os.environ['PATH']}")

    assert output.code == 0, output.err
    assert not calls.exists() or "/ctx " not in calls.read_text()  # localenv may connect to the default one


SWAPPING = """
services:
  first:
    image: python:3.13-slim
    command: [sh, -c, "SCRIPT; touch /tmp/done; sleep 1000"]
    healthcheck: {command: test -e /tmp/done}
    compose: {volumes: ["..:/repo"]}
  second:
    image: python:3.13-slim
    command: [sh, -c, "ls /data /data/etc; sleep 1000"]
    compose: {volumes: ["../data:/data"]}
    depends_on: DEPENDS
"""
AFTER = "{first: {condition: service_healthy}}"


@pytest.mark.docker
@pytest.mark.parametrize(
    ("link", "after"),
    [
        ("ln -s / /repo/data", AFTER),
        pytest.param("ln -s / /repo/data", "[first]", marks=pytest.mark.full),
        pytest.param("ln -s ../../../.. /repo/data", AFTER, marks=pytest.mark.full),
        ("ln -s ../../../.. /repo/data", "[first]"),
    ],
)
def test_a_folder_that_was_replaced_by_a_link_is_given_to_nobody(
    theirs: Path, look: Look, link: str, after: str
) -> None:
    script = f"rm -rf /repo/data; {link}"
    described = SWAPPING.replace("SCRIPT", script).replace("DEPENDS", after)
    write(theirs, {"envs/local.yaml": described, "data/mine": ""})
    try:
        output = look("up", "--detach", "--keep-on-failure", LOCALENV_ENGINE="compose")

        if (
            output.code or after == AFTER
        ):  # started at the same time, the second may have had its folder before the swap
            assert output.code == 5, output.all
            assert f"{theirs}/data led to {theirs}/data when it was checked, and now leads to" in output.all
        assert "root" not in look("logs", "second").out
    finally:
        look("down")


@pytest.mark.docker
def test_a_service_that_mounts_the_repository_rewrites_nothing_that_compose_reads(theirs: Path, look: Look) -> None:
    rewrite = (
        "find /repo -name 'compose.y*ml' -exec sed -i 's/image:/privileged: true, image:/' {} +; "
        "mkdir -p /repo/.localenv; ls -a /repo >/repo/seen"
    )
    write(theirs, {"envs/local.yaml": SWAPPING.replace("SCRIPT", rewrite).replace("DEPENDS", AFTER), "data/mine": ""})
    try:
        output = look("up", "--detach", LOCALENV_ENGINE="compose")

        assert output.code == 0, output.all
        assert not list(theirs.rglob("compose.y*ml"))
        assert not list((theirs / ".localenv").iterdir())  # files created by the service itself
    finally:
        look("down")


@pytest.mark.docker
def test_a_fragment_mounts_nothing_by_a_variable(theirs: Path, look: Look) -> None:
    fragment = (
        "{% include 'builtin/service.yaml.j2' %}\n    volumes: [{type: '${NOBODY:-bind}', source: /, target: /host}]\n"
    )
    write(
        theirs,
        {
            "envs/local.yaml": "services: {api: {image: 'python:3.13-slim', command: sleep 9}}",
            "envs/templates/service.yaml.j2": fragment,
        },
    )

    for command in (("check",), ("plan",), ("up", "--", "true"), ("render",), ("render", "out")):
        output = look(*command, LOCALENV_ENGINE="compose")
        assert output.code in (2, 125), output.all
        assert "Compose would read a variable: ${NOBODY:-bind}" in output.all
    assert not (theirs / "out").exists()


LATER = """
name: NAME
services:
  first:
    image: python:3.13-slim
    command:
      - sh
      - -c
      - "until test -e /repo/go; do sleep 0.1; done; rm -r /repo/go /repo/data; ln -s / /repo/data; sleep 1000"
    compose: {volumes: ["..:/repo"]}
  second:
    image: python:3.13-slim
    command: [sh, -c, "ls /data; sleep 1000"]
    compose: {volumes: ["../data:/data"]}
    watch: [{path: ../src, action: sync, target: /copied, initial_sync: true}]
"""


@pytest.mark.docker
def test_what_is_replaced_by_a_link_while_it_runs_is_neither_mounted_nor_copied_later(world: Make) -> None:
    one, canary = world("compose"), "canary-4711"
    one.describe(LATER)
    one.write({"data/mine": "", "src/own.py": "x = 1\n", "../canary.py": f"{canary}\n"})
    (one.folder / "src/link.py").symlink_to(one.folder.parent / "canary.py")
    child = one.start("up", "--watch")
    child.wait_for("link.py not copied: it leads out of the repository")
    child.wait_for("second: took the change over")

    assert "own.py" in one.run("exec", "second", "--", "ls", "/copied").out
    assert canary not in one.run("exec", "second", "--", "sh", "-c", "cat /copied/*").text
    one.run("restart", "second")
    one.write({"go": ""})
    until((one.folder / "data").is_symlink, "a link in place of the folder")
    for words in ("restart", "stop", "start"):
        done = one.run(words, "second", code=None)
        assert words == "stop" or (done.code == 5 and "and now leads to /" in done.err), done.text
    assert "etc" not in one.run("logs", "second").out
    (one.folder / "data").unlink()
    (one.folder / "data").mkdir()
    one.run("start", "second")


def test_what_docker_starts_again_by_itself_mounts_nothing_that_could_be_replaced(theirs: Path, look: Look) -> None:
    described = (
        SWAPPING.replace("SCRIPT", "true")
        .replace("DEPENDS", AFTER)
        .replace('["../data:/data"]', '["../data:/data"], restart: always')
    )
    write(theirs, {"envs/local.yaml": described, "data/mine": ""})

    output = look("check")

    assert output.code == 2
    assert "service 'second' is started again by Docker and mounts data, which 'first' could replace" in output.err
    write(theirs, {"envs/local.yaml": described.replace("..:/repo", "..:/repo:ro")})
    assert look("check").code == 0


def test_no_service_is_given_the_files_of_localenv_itself(theirs: Path, look: Look) -> None:
    described = SWAPPING.replace("SCRIPT", "true").replace("DEPENDS", AFTER)
    write(theirs, {"envs/local.yaml": described, "data/mine": ""})

    output = look("check", XDG_STATE_HOME=str(theirs / "ci"))

    assert output.code == 2
    assert "service 'first' mounts ., which holds localenv's own files" in output.err
    assert "XDG_STATE_HOME" in output.err


LINKS = {
    "a seed's folder in a glob": ({"seeds/link": ""}, "seed: [../seeds/*/*.sql]"),
    "a seed's folder below a glob": ({"seeds/link": ""}, "seed: [../seeds/**]"),
    "a seed": ({"seeds/a.sql": "canary.sql"}, "seed: [../seeds/*.sql]"),
    "a seed inside a folder": ({"seeds/a.sql": "canary.sql"}, "seed: [../seeds]"),
    "a folder that is a seed": ({"seeds": ""}, "seed: [../seeds]"),
    "a seed by its name": ({"seeds/a.sql": "canary.sql"}, "seed: [../seeds/a.sql]"),
    "a fragment": ({"envs/templates/service.yaml.j2": "canary.j2"}, ""),
    "the fragments": ({"envs/templates": ""}, ""),
    "what a fragment includes": ({"envs/templates/more.j2": "canary.j2"}, ""),
    "the variables": ({".env": "canary.env"}, ""),
    "the descriptions": ({"envs": "descriptions"}, ""),
    "the description": ({"envs/local.yaml": "descriptions/local.yaml"}, ""),
    "a file of variables": ({"envs/more.env": "canary.env"}, ""),
    "a secret": ({"envs/secret": "canary.env"}, ""),
    "a build context": ({"ctx": ""}, ""),
    "a Dockerfile": ({"ctx/Dockerfile": "canary.env"}, ""),
    "stubs": ({"stubs": ""}, ""),
    "mappings": ({"stubs/mappings": ""}, ""),
    "a mapping": ({"stubs/mappings/a.json": "canary.json"}, ""),
}
READER = """
services:
  api:
    BUILT
    command: sleep 9
    environment: {CANARY: "${env.CANARY:-none}"}
    env_file: [{path: more.env, required: false}]
    native: {command: sleep 9}
needs:
  db: {postgres: 17, SEED}
"""


@pytest.mark.parametrize(("links", "seed"), LINKS.values(), ids=LINKS)
def test_nothing_outside_of_a_repository_is_read_through_a_link(
    theirs: Path, look: Look, tmp_path: Path, links: dict[str, str], seed: str
) -> None:
    canary = "canary-4711"
    outside = tmp_path / "private"
    write(
        outside,
        {
            "canary.sql": f"select '{canary}'",
            "canary.j2": f"    hostname: {canary}\n",
            "canary.env": f"CANARY={canary}\n",
            "canary.json": f'{{"request": {{"url": "/{canary}"}}, "respnse": {{}}}}',
            "service.yaml.j2": "{% include 'builtin/service.yaml.j2' %}\n" + f"    hostname: {canary}\n",
            "Dockerfile": f"FROM {canary}\n",
            "mappings/a.json": f'{{"request": {{"url": "/{canary}"}}, "{canary}": {{}}}}',
            "descriptions/local.yaml": f"services: {{{canary}: {{image: '{canary}'}}}}\n",
        },
    )
    described = READER.replace("SEED", seed or "user: me")
    if any(name.startswith("ctx") for name in links):
        described = described.replace("BUILT", "build: ../ctx")
    described = described.replace("BUILT", "image: 'python:3.13-slim'")
    if any(name.startswith("stubs") for name in links):
        described += "upstreams:\n  pay: {stubs: ../stubs}\n"
    if "envs/secret" in links:
        described = (
            described.replace("sleep 9\n    env", "echo ${key.path}\n    env") + "secrets: {key: {file: secret}}\n"
        )
    write(theirs, {"envs/local.yaml": described})
    if "envs/templates/more.j2" in links:
        include = "{% include 'builtin/service.yaml.j2' %}\n{% include 'more.j2' %}"
        write(theirs, {"envs/templates/service.yaml.j2": include})
    for name, leads in links.items():
        lying = theirs / name
        if lying.is_dir():
            shutil.rmtree(lying)
        lying.unlink(missing_ok=True)
        lying.parent.mkdir(parents=True, exist_ok=True)
        lying.symlink_to(outside / leads)

    output = looked_at(look, (("plan",), ("render", "out"), ("up", "--dry-run")))

    assert canary not in "".join(one.all for one in output), "".join(one.all for one in output)
    assert output[2].code == 2, output[2].all
    refusals = ("leads out of", "that leads out", "is outside the repo", "is a link to a file outside its folder")
    assert any(words in output[2].err for words in refusals), output[2].err
    copied = [file for file in theirs.rglob("*") if file.is_file() and not file.is_symlink()]
    assert not [file for file in copied if canary in file.read_text(errors="replace")]


def test_nothing_of_a_repository_reaches_the_terminal_as_an_order(theirs: Path, look: Look) -> None:
    odd = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"
    name = f"envs/{odd}.yaml"
    write(
        theirs,
        {
            "envs/local.yaml": f'services: {{api: {{image: x, command: "{odd.encode("unicode_escape").decode()}"}}}}',
            name: "services: {api: {image: x, colour: red}}",
            f"envs/{odd}-good.yaml": "services: {api: {image: x}}",
        },
    )

    outputs = [
        look(*one) for one in (*READING, ("check", name), ("plan", f"{odd}-good"), ("plan", odd), (odd,), ("up", odd))
    ]

    for one in outputs:
        assert not set("\x1b\x07\x9b\u202e") & set(one.all), repr(one.all)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_offered_no_name_that_it_could_run(theirs: Path, look: Look, shell: str) -> None:
    names = ("$(touch x)", "\\\\$(touch x)", "`touch x`", "a'; touch x; '", 'a"; touch x; "', "a b", "-x", "*")
    write(theirs, {f"envs/{name}.yaml": "services: {api: {image: x}}" for name in (*names, "local")})

    asked = {"COMP_WORDS": "localenv up ", "COMP_CWORD": "2", "_TYPER_COMPLETE_ARGS": "localenv up "}
    output = look(_LOCALENV_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_FISH_ACTION="get-args", **asked)

    assert "touch" not in output.all
    assert "local" in output.out


class Listener:
    """A server that no command may call."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()

    def close(self) -> None:
        self._socket.close()


def hostile(folder: Path, number: int, run: str, outside: Path, port: int) -> None:
    """A repository with many attacks, different for each number."""
    chosen = random.Random(number)
    some = lambda *of: chosen.choice(of)  # noqa: E731
    url = f"http://127.0.0.1:{port}/"
    files = {
        "Dockerfile": "FROM scratch\n",
        "HEAD": "ref: refs/heads/main\n",
        "objects/x": "",
        "refs/x": "",
        "config": BARE.replace("RUN", run),
        ".gitattributes": "* filter=x diff=x\n",
        "hooks/post-index-change": f"#!/bin/sh\n{run}\n",
        f"odd{chr(27)}[2J\u202e$({run.split(';')[0].replace('/', '_')}).py": "",
    }
    write(folder / "ctx", files)
    (folder / "ctx/hooks/post-index-change").chmod(0o755)
    fragment = some(
        "", "    privileged: true\n", "    volumes: ['${NOBODY:-/}:/host']\n", "    hostname: '${HOME}'\n",
        "    volumes: [{type: '${X:-bind}', source: /, target: /h}]\n", "{% include 'more.j2' %}", "    pid: host\n",
        "    hostname: {{ (cycler | string) | yaml }}\n", "{{ ''.__class__ }}", "    env_file: /etc/passwd\n",
    )  # fmt: skip
    if chosen.random() < 0.6:
        write(folder, {"envs/templates/service.yaml.j2": "{% include 'builtin/service.yaml.j2' %}\n" + fragment})
        (folder / "envs/templates/more.j2").symlink_to(outside / "canary.j2")
    for name, leads in {
        "seeds/link": "", "seeds/a.sql": "canary.sql", ".env": "canary.env", "stubs/mappings/a.json": "canary.json",
        "envs/other.yaml": "canary.yaml", "ctx/link": "", "ctx/zero": "/dev/zero",
    }.items():  # fmt: skip
        if chosen.random() < 0.3:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(leads if leads.startswith("/") else outside / leads)
    leading = {"proxyBaseUrl": url} if some(True, False) else {"status": 200}
    hook = [{"name": "webhook", "parameters": {"url": url}}]
    mapping = {"request": {"url": "/"}, "response": leading} | ({"serveEventListeners": hook} if some(1, 0) else {})
    write(folder, {"stubs/mappings/b.json": json.dumps(mapping), "seeds/b.sql": "select 1;"})
    write(
        folder,
        {
            "envs/local.yaml": f"""
name: {some("h", "${HOME}", "x;touch y")}
services:
  api:
    {some("build: ../ctx", "image: x", "build: {context: ../ctx, args: {A: '${env.HOME}'}}")}
    command: {some("sleep 9", "[sh, -c, '$(touch x)']")}
    environment: {{"{some("A", "A;{touch,x};B", "$(touch x)")}": "{some("x", "$(touch x)", "${env.CANARY:-none}")}"}}
    {some("", "compose: {volumes: ['/:/host']}", "compose: {volumes: ['..:/r', '../data:/d'], restart: always}")}
    native: {{command: sleep 9, setup: [{{command: "{run.split(";")[0]}"}}]}}
needs:
  db: {{postgres: 17, seed: ["{some("../seeds/*.sql", "../seeds/**", "../seeds/*/*.sql", "../seeds", "/etc/*")}"]}}
upstreams:
  pay: {{stubs: ../stubs}}
smoke:
  - request: GET {some(url, "${api.url}/")}
""",
        },
    )
    (folder / "data").mkdir()


def _tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if ".git" not in path.parts}


@pytest.mark.parametrize(
    "number", [*range(2), *(pytest.param(number, marks=pytest.mark.full) for number in range(2, 100))]
)
def test_whoever_reads_a_hostile_repository_runs_reads_writes_and_calls_nothing(
    theirs: Path, look: Look, tmp_path: Path, number: int
) -> None:
    canary, outside, secret = tmp_path / "was-run", tmp_path / "private", "canary-4711"
    write(
        outside,
        {
            "canary.sql": f"select '{secret}'",
            "canary.j2": f"    hostname: {secret}\n",
            "canary.env": f"CANARY={secret}\n",
            "canary.json": f'{{"{secret}": 1}}',
            "canary.yaml": f"services: {{{secret}: {{image: x}}}}\n",
        },
    )
    listener = Listener()
    hostile(theirs, number, f"touch {canary}; false", outside, listener.port)
    subprocess.run(["git", "add", "-A"], cwd=theirs, check=False, capture_output=True)
    with (theirs / ".git/config").open("a") as settings:
        settings.write(BARE.replace("RUN", f"touch {canary}; false"))
    before = _tree(theirs), _tree(outside)

    output = looked_at(look, [one for one in READING if one != ("render", "out")])
    written = look("render", str(tmp_path / "out"))

    listener.close()
    every = "".join(one.all for one in (*output, written))
    assert not canary.exists()
    assert secret not in every
    assert listener.calls == 0
    assert (_tree(theirs), _tree(outside)) == before
    assert not set("\x1b\x07\u202e") & set(every)
    assert not [one for one in output if one.code not in (0, 1, 2, 4)], every
    assert secret not in "".join(
        file.read_text(errors="replace") for file in (tmp_path / "out").rglob("*") if file.is_file()
    )
