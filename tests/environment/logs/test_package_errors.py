"""The cause of a failed build in the words of package managers and test runners."""

import pytest

from localenv.environment.logs.build_errors import cause

RETRY = "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError('<C at 0x7f>: Failed to "
RETRY += "establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/flask/"
NO_FLASK = "ERROR: Could not find a version that satisfies the requirement flask (from versions: none)"
POETRY = ["Package operations: 84 installs, 12 updates, 0 removals", "  - Installing smmap (5.0.0)"]
POETRY += ["    | Unable to find installation candidates for smmap (5.0.0)", "    | ", "    | Solutions:"]
PEER = ["npm error code ERESOLVE", "npm error ERESOLVE unable to resolve dependency tree", "npm error"]
PEER += [
    "npm error Found: react@18.2.0",
    "npm error Could not resolve dependency:",
    'npm error peer react@"^17" from a@1',
]
ENGINE = ["npm error code EBADENGINE", "npm error engine Unsupported engine"]
ENGINE += ["npm error notsup Not compatible with your version of node/npm: a@1", "npm error notsup Required: node 22"]
GRADLE = [
    "FAILURE: Build failed with an exception.",
    "",
    "* What went wrong:",
    "Could not compile build file 'b.gradle'.",
]
GRADLE += ["> startup failed:", "  Unsupported class file major version 65", "", "* Try:", "> Run with --stacktrace"]
NEXT = ['Error occurred prerendering page "/orders". Read more: https://next.example', "TypeError: fetch failed"]
NEXT += ["    at node:internal/x:1:1", "  [cause]: Error: connect ECONNREFUSED 127.0.0.1:3001"]
YARN = [
    "➤ YN0000: ┌ Resolution step",
    "➤ YN0028: │ The lockfile would have been modified.",
    "➤ YN0000: · Failed with errors",
]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        pytest.param(
            [RETRY, NO_FLASK], f"{NO_FLASK}: [Errno -3] Temporary failure in name resolution", id="pip, offline"
        ),
        pytest.param([NO_FLASK], NO_FLASK, id="pip"),
        pytest.param(POETRY, "Unable to find installation candidates for smmap (5.0.0)", id="Poetry"),
        pytest.param(PEER, f'{PEER[1]}, Found: react@18.2.0, peer react@"^17" from a@1', id="npm, peers"),
        pytest.param(ENGINE, f"{ENGINE[2]}, Required: node 22", id="npm, an engine"),
        pytest.param(
            GRADLE,
            "Could not compile build file 'b.gradle'. startup failed: Unsupported class file major version 65",
            id="Gradle",
        ),
        pytest.param(
            NEXT,
            'Error occurred prerendering page "/orders": Error: connect ECONNREFUSED 127.0.0.1:3001',
            id="Next.js",
        ),
        pytest.param(YARN, YARN[1], id="Yarn's codes"),
        pytest.param(
            ["The currently activated Python version 3.9 is not supported by the project.", "Trying to find one."],
            "The currently activated Python version 3.9 is not supported by the project.", id="Poetry, a version",
        ),
        pytest.param(
            ["Your Pipfile.lock (abc) is out of date. Expected: (def).", "ERROR:: Aborting deploy"],
            "Your Pipfile.lock (abc) is out of date. Expected: (def).", id="Pipenv",
        ),
        pytest.param(["failed", "ResolvePackageNotFound: ", "  - x=9"], "ResolvePackageNotFound: - x=9", id="conda"),
        pytest.param(["go: downloading a v1", "go: go.mod requires go 1.23"], "go: go.mod requires go 1.23", id="go"),
        pytest.param(["a.proto:3:1: Expected ';'."], "a.proto:3:1: Expected ';'.", id="protoc"),
        pytest.param(
            ["Gem::Ext::BuildError: ERROR: Failed to build gem native.", "mysql is missing. You may need to x"],
            "mysql is missing. You may need to x", id="Ruby, a library",
        ),
        pytest.param(["FAIL a.test.js", "  ● total", "Test Suites: 1 failed"], "● total", id="Jest"),
    ],
)  # fmt: skip
def test_each_package_manager_has_its_way_to_say_it(output, line):
    assert cause(output).line == line
