"""A watched service that runs natively goes on with its earlier code and dependencies where the new ones are broken."""

from contextlib import suppress
from functools import partial

import httpx
import pytest

from tests.world.waiting import until
from tests.world.world import worlds

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


@pytest.fixture
def shop(tmp_path_factory):
    with worlds(partial(tmp_path_factory.mktemp, "world")) as make:
        world = make("native", {"web/package.json": WORKS, "web/install.js": INSTALL})
        world.write({"web/server.js": SERVER.replace("GREETING", "one"), "web/Dockerfile": "FROM node:20-slim\n"})
        world.describe(DESCRIPTION)
        yield world


def test_what_is_broken_leaves_the_earlier_code_and_dependencies(shop):
    running = shop.start("up", "--watch")
    running.wait_for("watching the files of services", timeout=90)
    url = shop.url("web")

    def save(name: str, text: str, said: str) -> None:
        before = running.text.count(said)
        shop.write({f"web/{name}": text})
        until(lambda: running.text.count(said) > before, said, seconds=90, more=lambda: running.text)

    def answers(words: str) -> None:
        def does() -> bool:
            with suppress(httpx.HTTPError):
                return httpx.get(url).text == words
            return False

        until(does, words, more=lambda: running.text)

    def is_watched() -> bool:
        shop.write({"web/server.js": SERVER.replace("GREETING", "one")})
        with suppress(AssertionError):
            until(lambda: "restarted in" in running.text, seconds=3)
        return "restarted in" in running.text

    until(is_watched, seconds=90, more=lambda: running.text)
    answers("one 1")
    save("server.js", "throw new Error('surprise')\n", "Error: surprise; the old one runs again")
    answers("one 1")
    save("server.js", SERVER.replace("GREETING", "two"), "restarted in")
    answers("two 1")
    save("package.json", '{"dependencies": {"missing": "1"}}', "web: build failed")
    answers("two 1")
    save("package.json", '{"dependencies": {}}', "Cannot find module 'colours'; the old one runs again")
    answers("two 1")
    save("server.js", SERVER.replace("GREETING", "three"), "web: server.js not taken over: ")
    answers("two 1")
    save("package.json", WORKS.replace("1", "2"), "built again in")
    answers("three 2")
