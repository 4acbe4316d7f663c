"""The catalogue of failures and interruptions of environments: `python -m tests.safety`, all of it with `--full`."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
FILES = (  # tests outside of this folder that belong to it
    "test_canaries.py", "test_daemon.py", "test_foreign.py", "test_machine_network.py", "test_removing.py",
    "test_subnets.py",
)  # fmt: skip
WORKERS = ("-n", "2")  # tests mostly wait; a later `-n 0` disables workers


class Count:
    """Counts tests as they end, and prints each failure at once: an error in setup or teardown counts as one."""

    def __init__(self) -> None:
        self.ended: dict[str, bool] = {}
        self.terminal: pytest.TerminalReporter | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.terminal = session.config.pluginmanager.get_plugin("terminalreporter")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed or report.when == "call":
            self.ended[report.nodeid] = self.ended.get(report.nodeid, True) and not report.failed
        if report.failed and self.terminal is not None:
            self.terminal.ensure_newline()
            self.terminal.write_line(f"FAILED {report.nodeid} ({report.when})")
            self.terminal.write_line(report.longreprtext)
            self.terminal.flush()


def main(arguments: list[str]) -> int:
    """Run it, print the result, and return 0 if nothing has failed."""
    full = "--full" in arguments
    rest = [word for word in arguments if word != "--full"]
    chosen = ["-m", "full or not full" if full else "not full"]
    count = Count()
    files = [str(HERE), *(str(HERE.parent / "engines/compose" / name) for name in FILES)]
    code = pytest.main([*files, "-q", "--no-header", *chosen, *WORKERS, *rest], plugins=[count])
    passed = sum(count.ended.values())
    print(f"{passed} passed, {len(count.ended) - passed} failed")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
