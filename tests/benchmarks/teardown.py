"""The removal time of ten services whose main process ignores TERM: the duration of `localenv down`, on each engine."""

import os
import sys
import tempfile
import time
from pathlib import Path

from measuring import Row, main, spent

from localenv import state
from localenv.engines.choosing import ENGINES

ROUNDS = 1
SERVICES = 10
PROGRAM = (
    "import http.server, signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "http.server.HTTPServer(('', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()"
)


def benchmark(rounds: int) -> list[Row]:
    """Seconds from `down` until nothing is left, the worst of the rounds."""
    return [
        Row(what=f"down of {SERVICES} services that ignore TERM, {engine}", value=worst, unit="s", target=2.0)
        for engine in ENGINES
        for worst in [max(_down(engine) for _ in range(rounds))]
    ]


def _down(engine: str) -> float:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / ".git").mkdir()
        (folder / "envs").mkdir()
        (folder / "stubborn.py").write_text(PROGRAM.replace("; ", "\n"))
        (folder / "envs/local.yaml").write_text(
            "\n".join(["name: bench", "services:", *map(_service, range(SERVICES))])
        )
        more = {**os.environ, "LOCALENV_ENGINE": engine, "XDG_STATE_HOME": f"{folder}/state"}
        identity = state.identity("bench", "local", folder)
        try:
            spent((sys.executable, "-m", "localenv", "up", "--detach"), folder=folder, more=more)
        finally:
            began = time.monotonic()
            spent((sys.executable, "-m", "localenv", "down", identity), folder=folder, more=more)
            took = time.monotonic() - began
        return took


def _service(number: int) -> str:
    return f"""\
  s{number}:
    image: python:3.13-slim
    entrypoint: [python3, -c, {PROGRAM!r}, "${{port}}"]
    port: 8000
    native: {{command: "python3 stubborn.py ${{port}}", working_dir: ..}}"""


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
