"""A watched service goes on with its earlier code and dependencies where the new ones are broken."""

import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import httpx
import pytest

from tests.world.commands import Running
from tests.world.waiting import until
from tests.world.world import World, worlds

DESCRIPTION = """
    name: NAME
    services:
      web:
        build: ../web
        command: node server.js
        port: 3000
        native: {setup: [{command: node install.js, inputs: [package.json]}]}
"""
INSTALL = """
const fs = require('fs'), wanted = require('./package.json').dependencies
if (wanted.missing) throw new Error('no package is named missing')
fs.rmSync('node_modules', {recursive: true, force: true})
for (const name in wanted) {
  fs.mkdirSync(`node_modules/${name}`, {recursive: true})
  fs.writeFileSync(`node_modules/${name}/index.js`, `module.exports = '${wanted[name]}'`)
}
"""
SERVER = """
const words = `GREETING ${require('colours')}`
require('http').createServer((_, answer) => answer.end(words)).listen(process.env.PORT, '127.0.0.1')
"""
WORKS = '{"dependencies": {"colours": "1"}}'


MOUNTED = """
    name: NAME
    services:
      web:
        image: node:20-slim
        command: node server.js
        port: 3000
        compose: {working_dir: /code, volumes: ["../web:/code"]}
"""


OWN_RULES = """
    name: NAME
    services:
      web:
        build: ../web
        command: node server.js
        port: 3000
        watch:
          - {path: ../web/package.json, action: rebuild}
          - {path: ../web/server.js, action: sync+restart, target: /srv/server.js}
          - path: ../words
            action: sync+exec
            target: /words
            exec: cat /words/*.txt > /srv/words
            initial_sync: true
"""
SAYS = """
const words = () => `GREETING ${require('fs').readFileSync('/srv/words')}`
require('http').createServer((_, answer) => answer.end(words())).listen(process.env.PORT, '0.0.0.0')
"""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A watched environment with the service `web`."""

    world: World
    running: Running

    def begin(self, name: str, text: str) -> None:
        """Write a file until a change is taken over: the watch may not have begun."""

        def is_watched() -> bool:
            self.world.write({f"web/{name}": text})
            with suppress(AssertionError):
                until(lambda: "restarted in" in self.running.text, seconds=3)
            return "restarted in" in self.running.text

        until(is_watched, seconds=90, more=lambda: self.running.text)

    def save(self, name: str, text: str, expected: str) -> None:
        """Write a file, and wait until something is said of it."""
        before = self.running.text.count(expected)
        self.world.write({f"web/{name}": text})
        until(lambda: self.running.text.count(expected) > before, expected, seconds=90, more=lambda: self.running.text)

    def answers(self, words: str) -> bool:
        """Wait until the service answers in these words; fails with the output of `up`."""
        url = self.world.url("web")

        def does() -> bool:
            with suppress(httpx.HTTPError):
                return httpx.get(url).text == words
            return False

        return bool(until(does, words, more=lambda: self.running.text))


@pytest.fixture
def watched(tmp_path_factory):
    with worlds(partial(tmp_path_factory.mktemp, "world")) as make:

        def begun(
            engine: str, description: str, server: str, more: Mapping[str, str] = MappingProxyType({})
        ) -> Watched:
            files = {"web/package.json": WORKS, "web/install.js": INSTALL, "web/server.js": server}
            world = make(engine, files | more)
            world.describe(description)
            running = world.start("up", "--watch")
            running.wait_for("watching the files of services", timeout=90)
            return Watched(world=world, running=running)

        yield begun


def test_what_is_broken_leaves_the_earlier_code_and_dependencies(watched):
    web = watched("native", DESCRIPTION, SERVER.replace("GREETING", "one"))
    web.begin("server.js", SERVER.replace("GREETING", "one"))
    assert web.answers("one 1")
    web.save("server.js", "throw new Error('surprise')\n", "Error: surprise; the old one runs again")
    assert web.answers("one 1")
    web.save("server.js", SERVER.replace("GREETING", "two"), "restarted in")
    assert web.answers("two 1")
    web.save("package.json", '{"dependencies": {"missing": "1"}}', "web: build failed")
    assert web.answers("two 1")
    web.save("package.json", '{"dependencies": {}}', "Cannot find module 'colours'; the old one runs again")
    assert web.answers("two 1")
    web.save("server.js", SERVER.replace("GREETING", "three"), "web: server.js not taken over: ")
    assert web.answers("two 1")
    web.save("package.json", WORKS.replace("1", "2"), "built again in")
    assert web.answers("three 2")


@pytest.mark.docker
def test_a_container_sees_mounted_files_as_they_last_worked_until_they_work_again(watched):
    server = SERVER.replace("${require('colours')}", "mounted").replace("'127.0.0.1'", "'0.0.0.0'")
    web = watched("compose", MOUNTED, server.replace("GREETING", "one"))
    web.begin("server.js", server.replace("GREETING", "one"))
    web.save("server.js", "throw new Error('surprise')\n", "Error: surprise; the old one runs again")
    assert web.answers("one mounted")
    web.save("server.js", server.replace("GREETING", "two"), "restarted in")
    assert web.answers("two mounted")


@pytest.mark.docker
def test_a_new_container_has_what_was_copied_into_the_one_before(watched):
    folder = {"web/Dockerfile": "FROM node:20-slim\nWORKDIR /srv\nCOPY . .\n", "web/words": "", "words/a.txt": "a"}
    web = watched("compose", OWN_RULES, SAYS.replace("GREETING", "one"), folder)
    web.save("../words/b.txt", "b", "(b.txt)")
    assert web.answers("one ab")
    web.save("package.json", WORKS.replace("1", "2"), "built again in")
    assert web.answers("one ab")

    os.kill(web.running.pid, signal.SIGSTOP)  # it sees both as one burst
    web.world.write({"words/c.txt": "c", "web/server.js": SAYS.replace("GREETING", "two")})
    os.kill(web.running.pid, signal.SIGCONT)
    assert web.answers("two abc")

    web.world.describe(OWN_RULES.replace("port: 3000", "port: 3000\n        labels: {of: another}"))
    web.world.up("--detach")
    assert web.answers("two abc")
