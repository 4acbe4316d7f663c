"""The cost of commands that start nothing, in CPU time beyond the interpreter's own start, and in wall time.

Run by hand: `python tests/benchmarks/startup.py [ROUNDS]`.
"""

import sys
from collections.abc import Sequence

from measuring import LOCALENV, NAME, Row, images_removed, main, median, quietly, spent

ROUNDS = 20

_ENVIRONMENT = ("local", "--name", NAME)
_UP = (*LOCALENV, "up", *_ENVIRONMENT, "--detach", "--quiet")
_DOWN = (*LOCALENV, "down", *_ENVIRONMENT)
_COMMANDS = {
    "--help": ("--help",),
    "plan": ("plan", *_ENVIRONMENT),
    "check": ("check",),
    "status": ("status", *_ENVIRONMENT),
    "up, nothing differs": ("up", *_ENVIRONMENT, "--detach", "--quiet"),
}
_CPU = {"--help": 150.0}  # ms, beyond the interpreter's own
_WALL = {"up, nothing differs": 500.0}  # ms


def benchmark(rounds: int) -> Sequence[Row]:
    with images_removed(NAME):
        try:
            spent(_UP)
            return _rows(rounds)
        finally:
            quietly(_DOWN)


def _rows(rounds: int) -> list[Row]:
    bare = median(rounds, lambda: spent((sys.executable, "-c", "pass")))
    rows = [Row(what="python -c pass, CPU", value=bare.cpu * 1000, unit="ms")]
    for name, words in _COMMANDS.items():
        found = median(rounds, lambda words=words: spent((*LOCALENV, *words)))
        cpu, wall = (found.cpu - bare.cpu) * 1000, found.wall * 1000
        rows.append(Row(what=f"localenv {name}, CPU beyond it", value=cpu, unit="ms", target=_CPU.get(name)))
        rows.append(Row(what=f"localenv {name}, wall", value=wall, unit="ms", target=_WALL.get(name)))
    return rows


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
