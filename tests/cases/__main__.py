"""Run the repositories that once went wrong, on both engines: `python -m tests.cases [--native|--compose] [NAME]`."""

import sys
import time
import traceback

from tests.cases import right
from tests.cases.trial import CASES, Trial

ENGINES = ("native", "compose")


def main(arguments: list[str]) -> int:
    """Run the chosen cases, print a line for each and engine, and return how many failed."""
    if not CASES.is_dir():
        print(f"no cases: {CASES} does not exist")
        return 0
    engines = [engine for engine in ENGINES if f"--{engine}" in arguments] or list(ENGINES)
    names = [word for word in arguments if not word.startswith("-")] or right.names()
    return sum(not _passes(name, engine) for name in names for engine in engines)


def _passes(name: str, engine: str) -> bool:
    began = time.monotonic()
    try:
        with Trial.of(name, engine) as trial:
            verdict = right.CASES[name](trial) if name in right.CASES else "nobody has said what is right;"
    except Exception:
        verdict = f"FAILED\n{traceback.format_exc()}"
    print(f"{name} ({engine}): {verdict or 'ok'} {time.monotonic() - began:.0f} s", flush=True)
    return not (verdict or "").startswith("FAILED")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
