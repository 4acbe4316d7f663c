"""A foreground `up` on a terminal reacts to keys, and takes changes of services' files over."""

import os
import pty
import signal
import subprocess
import termios
from contextlib import suppress

import httpx
import pytest

from tests.world.commands import Screen
from tests.world.waiting import until

DESCRIPTION = """
    name: NAME
    services:
      api:
        build: ../app
        command: python3 app.py
        port: 8000
        environment: {BIND: "${bind}"}
    jobs:
      index: {command: python3 index.py, service: api, inputs: [index.py]}
"""
IGNORED = "scratch.py\n"


@pytest.fixture
def terminal(world):
    """`localenv up` on a terminal of its own: the world, what is on its screen, and its keys."""
    shop = world({".gitignore": IGNORED, "app/index.py": "print(1)"})
    shop.describe(DESCRIPTION)
    os.system(f"git init -q {shop.folder}")
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(shop.folder)
        os.execvpe(shop.program[0], [*shop.program, "up"], {**shop.variables, "TERM": "dumb"})
    before = termios.tcgetattr(master)
    screen = Screen(terminal=os.dup(master))
    try:
        until(lambda: "keys: o open" in screen.text(), seconds=90, more=screen.text)
        yield shop, screen, pid, lambda key: os.write(master, key.encode())
        until(lambda: os.waitpid(pid, os.WNOHANG) != (0, 0), seconds=30, more=screen.text)
        assert termios.tcgetattr(master)[3] == before[3]  # echo and lines as before
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
        shop.run("down", code=None)
        os.close(master)


def test_keys_and_changes(terminal):
    shop, screen, pid, press = terminal
    code, text = shop.folder / "app" / "app.py", (shop.folder / "app" / "app.py").read_text()
    url = shop.url("api")

    def shows(words, *, times=1):
        until(lambda: screen.text().count(words) >= times, words, more=screen.text)

    def answers(words):
        def does():
            with suppress(httpx.HTTPError):
                return httpx.get(f"{url}/").text == f'"{words}"'

        until(does, words, more=screen.text)

    press("s")
    shows("NAME  ROLE")
    press("l")
    shows("logs of: 0 everything · 1 api")
    press("1")
    shows("logs of api")
    press("r")
    shows("reset: nothing had changed")

    press("w")
    shows("watching the files of services")
    until(lambda: _changed(code, text.replace('"one"', '"two"')) and _soon(lambda: "restarted in" in screen.text()))
    answers("two")

    code.write_text(text + "def (\n")
    shows("app.py not taken over: the old one keeps running:")
    shows("SyntaxError")
    answers("two")

    os.kill(pid, signal.SIGSTOP)
    code.write_text("raise RuntimeError('broken')\n")
    (shop.folder / "app" / "extra.py").write_text("")  # a container that does not run cannot remove it
    os.kill(pid, signal.SIGCONT)
    shows("extra.py not taken over: api exited with code 1: RuntimeError: broken")
    if shop.engine == "compose" or can_mount():  # natively the files are those of the repository
        shows("the old one runs again")
        answers("two")

    code.write_text(text.replace('"one"', "words.WORD").replace("import os", "import os\nimport words", 1))
    shows("No module named 'words'")
    (shop.folder / "app" / "words.py").write_text('WORD = "three"\n')
    answers("three")  # with what was refused before
    shows(" s (words.py")

    restarts = screen.text().count("restarted in")
    os.kill(pid, signal.SIGSTOP)  # it sees all of the burst at once, however long writing takes
    for number in range(5):  # a burst is one change; what git and .dockerignore ignore is none
        code.write_text(text.replace('"one"', f'"burst {number}"'))
        (shop.folder / "app" / f"more{number}.py").write_text("")
    os.kill(pid, signal.SIGCONT)
    answers("burst 4")
    (shop.folder / "app" / "scratch.py").write_text("")
    (shop.folder / "envs" / "other.yaml").write_text("")
    shows("restarted in", times=restarts + 1)

    (shop.folder / "app" / "index.py").write_text("print(2)")
    shows("index: inputs changed; to run: press u")
    press("u")
    shows("up to date")
    assert screen.text().count("restarted in") <= restarts + 2  # the burst, and index.py

    shop.describe(DESCRIPTION.replace('BIND: "${bind}"', 'BIND: "${bind}", GREETING: hello'))
    shows("local.yaml changed: replace api (")
    assert "to apply: press u" in screen.text()
    press("u")
    shows("up to date", times=2)
    shop.describe(DESCRIPTION + "    surprise: 1\n")
    shows("local.yaml changed, and cannot be applied: ")

    press("q")


def can_mount():
    """Whether a program can have a mount namespace of its own here."""
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0


def _changed(file, text):
    """Written again each time: the watch may not have begun."""
    file.write_text(text)
    return True


def _soon(holds):
    try:
        until(holds, seconds=3)
    except AssertionError:
        return False
    return True
