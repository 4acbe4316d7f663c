"""`localenv up` of the sample compared with `docker compose up -d` of its ejected folder (`localenv render`).

Both from nothing, images built, alternating; the clock stops when `GET /health` of the API answers with 200. Then
localenv once more, with nothing to do (Compose would run the finished jobs again), and the removal. Run by hand:
`python tests/benchmarks/up.py [ROUNDS]`.
"""

import sys
from collections.abc import Sequence

from measuring import REPOSITORY, Row, main
from sides import compared

ROUNDS = 5


def benchmark(rounds: int) -> Sequence[Row]:
    result = compared(REPOSITORY, "api", "/health", rounds)
    return (
        result.row("up of the sample, until its API answers / compose up -d", "answered", target=1),
        result.row("the same, until the command returns (localenv: smoke too)", "returned"),
        result.no_op("second up, nothing differs", target=0.5),
        result.row("down / compose down -v -t 1", "down"),
    )


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
