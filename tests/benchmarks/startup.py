"""What commands cost that start nothing, in CPU time beyond the interpreter's own start, and in wall time.

Run by hand: `python tests/benchmarks/startup.py [ROUNDS]`.
"""

import sys
from collections.abc import Sequence

from measuring import LOCALENV, NAME, Row, main, median, quietly, spent

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
_TARGETS = {"--help": 150.0}  # ms


def benchmark(rounds: int) -> Sequence[Row]:
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
        target = _TARGETS.get(name)
        rows.append(
            Row(what=f"localenv {name}, CPU beyond it", value=(found.cpu - bare.cpu) * 1000, unit="ms", target=target)
        )
        rows.append(Row(what=f"localenv {name}, wall", value=found.wall * 1000, unit="ms"))
    return rows


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
