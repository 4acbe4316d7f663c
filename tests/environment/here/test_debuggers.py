"""A command runs under the debugger of its language."""

import sys
from pathlib import Path

import pytest

from localenv.environment.here import debuggers
from localenv.environment.here.debuggers import Workplace
from localenv.errors import UsageError

LISTENS = ("-X", "frozen_modules=off", "-m", "debugpy", "--listen", "127.0.0.1:5678")


@pytest.fixture
def at(tmp_path):
    """A folder with programs of Python, Node and a shell; the interpreter says that it has debugpy."""
    programs = tmp_path / "bin"
    programs.mkdir()
    contents = {
        "python": "#!/bin/sh\nexit 0\n",
        "node": "#!/bin/sh\n",
        "uvicorn": f"#!{programs}/python\n",
        "vite": "#!/usr/bin/env node\n",
        "tool": "#!/bin/sh\n",
        **dict.fromkeys(("tsx", "nodemon", "nest"), "#!/usr/bin/env node\n"),
    }
    for name, text in contents.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (tmp_path / "package.json").write_text('{"scripts": {"start": "node server.js", "dev": "a && b"}}')
    return Workplace(folder=tmp_path, environment={"PATH": str(programs)})


def under(at, *argv):
    found = debuggers.under(argv, at, lambda usual: usual)
    assert found
    return tuple(word.replace(f"{at.folder}/bin/", "") for word in found.argv)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("python", "-m", "orders.api", "--port", "1"), ("python", *LISTENS, "-m", "orders.api", "--port", "1")),
        (("python", "-u", "-X", "dev", "app.py"), ("python", "-u", "-X", "dev", *LISTENS, "app.py")),
        (("uvicorn", "app:app"), ("python", *LISTENS, "uvicorn", "app:app")),
        (("sh", "-c", "exec python app.py"), ("python", *LISTENS, "app.py")),
        (("node", "server.js"), ("node", "--inspect=127.0.0.1:9229", "server.js")),
        (("npm", "start"), ("node", "--inspect=127.0.0.1:9229", "server.js")),
        (("npm", "run", "start", "--", "-v"), ("node", "--inspect=127.0.0.1:9229", "server.js", "-v")),
        (("npx", "--yes", "vite"), ("node", "--inspect=127.0.0.1:9229", "vite")),
        (("pnpm", "exec", "tsx", "watch", "a.ts"), ("tsx", "watch", "--inspect=127.0.0.1:9229", "a.ts")),
        (("tsx", "a.ts"), ("tsx", "--inspect=127.0.0.1:9229", "a.ts")),
        (("nodemon", "-x", "vite", "a.ts"), ("nodemon", "-x", "node --inspect=127.0.0.1:9229 vite", "a.ts")),
        (("nodemon", "a.js"), ("nodemon", "--inspect=127.0.0.1:9229", "a.js")),
        (("nest", "start", "--watch"), ("nest", "start", "--debug", "127.0.0.1:9229", "--watch")),
        (("vite", "--port", "1"), ("node", "--inspect=127.0.0.1:9229", "vite", "--port", "1")),
    ],
)
def test_the_debugger_comes_before_what_the_interpreter_runs(at, argv, expected):
    assert under(at, *argv) == expected


@pytest.mark.parametrize(
    "argv", [("tool",), ("nowhere",), ("sh", "-c", "a && python app.py"), ("npm", "run", "dev"), ("npm", "test")]
)
def test_there_is_none_for_other_commands(at, argv):
    assert debuggers.under(argv, at, lambda usual: usual) is None


def test_the_one_beside_localenv_is_lent_to_an_interpreter_without(at, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (at.folder / "bin" / "python").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')

    found = debuggers.under(("python", "app.py"), at, lambda usual: usual)

    assert found
    assert [path.name for path in Path(found.environment["PYTHONPATH"]).iterdir()] == ["debugpy"]


def test_one_that_is_not_installed_is_named_with_the_command_that_does(at):
    (at.folder / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")

    with pytest.raises(UsageError, match="debugpy is not installed") as refused:
        debuggers.under(("python", "app.py"), at, lambda usual: usual)

    assert refused.value.hint.endswith("python -m pip install debugpy")
    assert sys.executable not in refused.value.hint


def test_delve_says_that_it_compiles_before_it_listens(at):
    for name in ("go", "dlv"):
        (at.folder / "bin" / name).write_text("#!/bin/sh\n")
        (at.folder / "bin" / name).chmod(0o755)

    found = debuggers.under(("go", "run", ".", "-v"), at, lambda usual: usual)

    assert found
    assert (found.name, found.where) == ("delve", "compiles the program, then listens on 127.0.0.1:2345")
    assert found.argv[-3:] == (".", "--", "-v")
