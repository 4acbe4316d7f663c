"""How long planning and rendering take for 200 services: run it with the Python that has localenv.

Half a second is what both together may take.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from localenv import description, planner
from localenv.rendering import render, view

SERVICES, FOLDERS, UPSTREAMS = 200, 20, 20
T = TypeVar("T")


@contextmanager
def repository() -> Iterator[Path]:
    """A checkout with services that share a few folders, two needs, and upstreams with a stub each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["git", "init", "-q", name], check=True)
        for number in range(FOLDERS):
            place = folder / f"app{number}"
            place.mkdir()
            (place / "Dockerfile").write_text("FROM scratch\n")
            for file in range(50):
                (place / f"module{file}.py").write_text("pass\n" * 100)
        for number in range(UPSTREAMS):
            mappings = folder / "stubs" / f"up{number}" / "mappings"
            mappings.mkdir(parents=True)
            (mappings / "get.json").write_text('{"request": {"urlPath": "/"}, "response": {"status": 200}}')
        (folder / "envs").mkdir()
        (folder / "envs" / "local.yaml").write_text("".join(lines()))
        yield folder


def lines() -> Iterator[str]:
    """The description."""
    yield "name: many\nneeds:\n  db: {postgres: 17}\n  cache: redis\nupstreams:\n"
    yield from (f"  up{number}: {{stubs: ../stubs/up{number}}}\n" for number in range(UPSTREAMS))
    yield "services:\n"
    for number in range(SERVICES):
        variables = ", ".join(f"U{n}: '${{up{n}.url}}/{n}'" for n in range(10))
        yield f"  s{number}:\n    build: ../app{number % FOLDERS}\n    port: 8000\n    command: serve --port ${{port}}\n"
        yield f"    environment: {{DB: '${{db.url}}', CACHE: '${{cache.url}}', {variables}}}\n"


def timed(what: str, work: Callable[[], T]) -> T:
    """What it makes, after printing the seconds it took."""
    began = time.perf_counter()
    made = work()
    print(f"{what:<28} {time.perf_counter() - began:6.3f} s")
    return made


def main() -> None:
    """Print the seconds of each part."""
    with repository() as folder:
        described = timed(
            "read the description", lambda: description.load(folder / "envs/local.yaml", repository=folder)
        )
        stack = timed(f"plan {SERVICES} services", lambda: planner.plan(described))
        target = folder / ".localenv" / "many"
        timed("render them", lambda: render("compose.yaml.j2", view(stack, target), folder))


if __name__ == "__main__":
    main()
