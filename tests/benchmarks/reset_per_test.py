"""The cost of test isolation: adding and removing stubs, restoring the sample's data."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from measuring import REPOSITORY, Row, main, scratch

ROUNDS = 200  # tests
LOADED = [] if entry_points(group="pytest11", name="localenv") else ["-p", "localenv.pytest_plugin"]
BOUNDS = {"stubs": 20.0, "data": 60.0}  # ms at the 95th percentile

# measured inside the plugin, after a test that has placed an order
MEASURED = """
import statistics, time
import pytest

TIMES = {{"stubs": [], "data": []}}

@pytest.mark.parametrize("number", range({tests}))
def test_order(localenv_test, number):
    began = time.perf_counter()
    payments = localenv_test.upstream("payments").post("/charges")
    payments.reply(201, json={{"id": f"ch_{{number}}", "status": "succeeded"}})
    laid = time.perf_counter() - began
    api = localenv_test.client("api")
    assert api.post("/orders", json={{"sku": "test-item", "quantity": 1}}).status_code == 201
    began = time.perf_counter()
    localenv_test.need("db").reset()
    localenv_test.need("cache").reset()
    TIMES["data"].append(time.perf_counter() - began)
    assert api.get("/orders").json()["orders"] == []
    running, scope = localenv_test._find()
    began = time.perf_counter()
    scope.undo.close()
    TIMES["stubs"].append(laid + time.perf_counter() - began)

def test_print():
    for name, times in TIMES.items():
        times.sort()
        print(f"\\n{{name}} {{statistics.median(times):.4f}} {{times[int(len(times) * 0.95)]:.4f}}")
"""


def benchmark(rounds: int) -> Sequence[Row]:
    with scratch() as folder:
        out = measured(folder, rounds)
    return [_row(out, name, bound) for name, bound in BOUNDS.items()]


def _row(out: str, name: str, bound: float) -> Row:
    found = re.search(rf"^{name} ([\d.]+) ([\d.]+)$", out, re.M)
    assert found, out[-5000:]
    return Row(what=f"{name} of a test undone, 95th percentile", value=float(found[2]) * 1000, unit="ms", target=bound)


def measured(folder: Path, tests: int) -> str:
    """The output of pytest."""
    for name in ("envs", "stubs"):
        shutil.copytree(REPOSITORY / name, folder / name)
    (folder / ".git").mkdir()
    (folder / "test_reset.py").write_text(MEASURED.format(tests=tests))
    argv = [sys.executable, "-m", "pytest", *LOADED, "-q", "-s", "-p", "no:cacheprovider", "--localenv-env", "ci"]
    done = subprocess.run(
        [*argv, "test_reset.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(benchmark, ROUNDS))
