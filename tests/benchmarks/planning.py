"""Read, plan and render a generated description of 200 services, in this process and as a command.

Run by hand: `python tests/benchmarks/planning.py [ROUNDS]`.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from measuring import LOCALENV, Row, main, median, scratch, spent

from localenv.environment.locating import locate
from localenv.environment.request import Request
from localenv.environment.up.preparing import stack
from localenv.rendering import view
from localenv.rendering.templating import render

ROUNDS = 5

_SERVICES, _FOLDERS, _FILES, _UPSTREAMS = 200, 20, 50, 20


def benchmark(rounds: int) -> Sequence[Row]:
    with _repository() as folder:
        _plan_and_render(folder)  # warm-up of one-time costs
        found = [_plan_and_render(folder) for _ in range(rounds)]
        whole = median(rounds, lambda: spent((*LOCALENV, "render"), folder=folder))
    planned, rendered = (statistics.median(one[part] for one in found) for part in (0, 1))
    return (
        Row(
            what=f"{_SERVICES} services, read and planned and rendered", value=planned + rendered, unit="s", target=0.5
        ),
        Row(what="of it read and planned", value=planned, unit="s"),
        Row(what="of it rendered", value=rendered, unit="s"),
        Row(what="the whole command: localenv render", value=whole.wall, unit="s"),
    )


def _plan_and_render(folder: Path) -> tuple[float, float]:
    """Seconds of each."""
    began = time.monotonic()
    planned = stack(Request(target=locate(folder=folder)))
    between = time.monotonic()
    render("compose.yaml.j2", view(planned, folder / ".localenv" / "many"), folder)
    return between - began, time.monotonic() - between


@contextmanager
def _repository() -> Iterator[Path]:
    """A checkout with services that share a few folders, two needs, and upstreams with a stub each."""
    with scratch() as folder:
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
        for number in range(_FOLDERS):
            _write_code(folder / f"app{number}")
        for number in range(_UPSTREAMS):
            mappings = folder / "stubs" / f"up{number}" / "mappings"
            mappings.mkdir(parents=True)
            (mappings / "get.json").write_text('{"request": {"urlPath": "/"}, "response": {"status": 200}}')
        (folder / "envs").mkdir()
        (folder / "envs" / "local.yaml").write_text("".join(_lines()))
        yield folder


def _write_code(folder: Path) -> None:
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    for number in range(_FILES):
        (folder / f"module{number}.py").write_text("pass\n" * 100)


def _lines() -> Iterator[str]:
    """The description: services with a port, a check, a dependency, and references to everything."""
    yield "name: many\nneeds:\n  db: {postgres: 17}\n  cache: redis\nupstreams:\n"
    yield from (f"  up{number}: {{stubs: ../stubs/up{number}}}\n" for number in range(_UPSTREAMS))
    yield "services:\n"
    for number in range(_SERVICES):
        variables = ", ".join(f"U{n}: '${{up{n}.url}}/{n}'" for n in range(10))
        yield f"  s{number}:\n    build: ../app{number % _FOLDERS}\n    port: 8000\n    healthcheck: /health\n"
        yield f"    command: serve --port ${{port}}\n    depends_on: [{f's{number - 1}' if number else ''}]\n"
        yield f"    environment: {{DB: '${{db.url}}', CACHE: '${{cache.url}}', {variables}}}\n"


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
