"""The line of a build's output with the cause of its failure."""

import pytest

from localenv.environment.build_errors import cause

MANY = ", ".join(f"0.{number}" for number in range(100))
BUILDER = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#8 [app 3/4] RUN echo fine
#8 0.210 error: not this one
#8 DONE 0.3s
#9 [app 4/4] RUN npm ci
#9 1.847 npm ERR! code E404
#9 1.847 npm ERR! 404 Not Found - GET https://registry.example/left-pad-9
#9 1.850 npm ERR! A complete log of this run can be found in:
#9 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
------
 > [app 4/4] RUN npm ci:
1.847 npm ERR! code E404
------
Dockerfile:4
--------------------
   2 |     WORKDIR /app
   4 | >>> RUN npm ci
--------------------
failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
"""


def test_the_failed_step_alone_is_looked_at_and_the_builders_trailer_left_out():
    found = cause(BUILDER.splitlines())

    assert found.line == "npm ERR! 404 Not Found - GET https://registry.example/left-pad-9"
    assert found.shown[0] == "npm ERR! code E404"
    assert not [line for line in found.shown if line.startswith(("#", "---", " >")) or "solve" in line]


@pytest.mark.parametrize(
    ("output", "line"),
    [
        pytest.param(
            ["Collecting nope", "ERROR: Could not find a version that satisfies the requirement nope==9 (from: none)",
             "ERROR: No matching distribution found for nope==9", "", "[notice] A new release of pip is available"],
            "ERROR: Could not find a version that satisfies the requirement nope==9 (from: none)", id="pip",
        ),
        pytest.param(
            ["running build_ext", "gcc -c spam.c", "spam.c:1:10: fatal error: Python.h: No such file or directory",
             "compilation terminated.", "error: command '/usr/bin/gcc' failed with exit code 1"],
            "spam.c:1:10: fatal error: Python.h: No such file or directory", id="gcc",
        ),
        pytest.param(
            ["> tsc", "src/main.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.",
             "npm ERR! code ELIFECYCLE", "npm ERR! errno 2"],
            "src/main.ts(3,5): error TS2322: Type 'string' is not assignable to type 'number'.", id="tsc",
        ),
        pytest.param(["# shop", "./main.go:5:2: undefined: x"], "./main.go:5:2: undefined: x", id="go"),
        pytest.param(
            ["   Compiling shop", "error[E0425]: cannot find value `x` in this scope", " --> src/main.rs:2:5"],
            "error[E0425]: cannot find value `x` in this scope", id="rustc",
        ),
        pytest.param(
            ["Traceback (most recent call last):", '  File "setup.py", line 1', "ValueError: no version"],
            "ValueError: no version", id="Python",
        ),
        pytest.param(["E: Unable to locate package nope"], "E: Unable to locate package nope", id="apt"),
        pytest.param(
            ["ERROR: Ignored the following yanked versions: 2.3", f"ERROR: Could not find nope (from versions: {MANY})",
             "ERROR: No matching distribution found for nope==9"],
            "ERROR: Could not find nope (from versions: …, 0.97, 0.98, 0.99)", id="pip, many versions",
        ),
        pytest.param(
            ["  error: subprocess-exited-with-error", "", "  Getting requirements to build wheel did not run",
             "      ModuleNotFoundError: No module named 'numpy'", "ERROR: Failed to build 'old' when getting wheel"],
            "ModuleNotFoundError: No module named 'numpy'", id="pip, a build of its own",
        ),
        pytest.param(
            ["[ERROR] COMPILATION ERROR : ", "[ERROR] /a/Shop.java:[3,5] ';' expected"],
            "[ERROR] /a/Shop.java:[3,5] ';' expected", id="Maven",
        ),
        pytest.param(["Could not find gem 'nope' in rubygems"], "Could not find gem 'nope' in rubygems", id="Bundler"),
        pytest.param(
            ["warning x@1: cannot be used", 'error Couldn\'t find package "nope"', "info Visit https://yarn.example"],
            'error Couldn\'t find package "nope"', id="Yarn",
        ),
        pytest.param(["cc -c b.c", "make: *** No rule to make b."], "make: *** No rule to make b.", id="make"),
        pytest.param(["error: " + "x" * 400], "error: " + "x" * 293 + "…", id="a long line"),
        pytest.param(["a reason to give up"], "", id="nothing known"),
    ],
)  # fmt: skip
def test_each_tool_has_its_way_to_say_it(output, line):
    assert cause(output).line == line
