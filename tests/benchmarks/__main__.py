"""All measurements with a documented target, in one run and one table: `python tests/benchmarks`."""

import sys

import contracts
import native
import overrides
import planning
import plugin
import prism
import reset
import reset_per_test
import shapes
import startup
import teardown
import up
import upstreams
import watch
from measuring import table

SCRIPTS = (
    up,
    shapes,
    native,
    upstreams,
    startup,
    planning,
    reset,
    reset_per_test,
    plugin,
    teardown,
    watch,
    contracts,
    prism,
    overrides,
)
rows = [row for script in SCRIPTS for row in script.benchmark(script.ROUNDS)]
print(table(rows))
sys.exit(int(not all(row.is_met for row in rows)))
