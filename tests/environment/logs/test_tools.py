"""The cause in the log of a job or service in which a tool has failed, and the same in a build."""

import pytest

from localenv.environment.logs.build_errors import cause
from localenv.environment.logs.errors import reason_line

CHAIN = """\
Traceback (most recent call last):
  File "a.py", line 2, in <module>
KeyError: 'dsn'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 4, in <module>
shop.NotConfigured: no dsn
"""
SETUP = """\
  error: subprocess-exited-with-error
      Traceback (most recent call last):
        File "<string>", line 1, in <module>
      RuntimeError: set CUDA_HOME first
      [end of output]
error: metadata-generation-failed

"""
HEAP = """\
FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
 1: 0xb8d0a3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [node]
 2: 0xf06250 v8::Utils::ReportOOMFailure(v8::internal::Isolate*) [node]
"""
OLD_NPM = """\
This dependency was not found:

* vuetify/lib in ./plugins/vuetify.js

 FATAL  Nuxt build error
Failed to compile with 1 errors
npm ERR! code ELIFECYCLE
npm ERR! web@1.0.0 build: `nuxt build`
npm ERR! Failed at the web@1.0.0 build script.
"""
POM = """\
[ERROR] [ERROR] Some problems were encountered while processing the POMs:
[ERROR] 'dependencies.dependency.version' for slf4j-api:jar is missing. @ line 1
[ERROR] The build could not read 1 project -> [Help 1]
[ERROR] [Help 1] http://maven.example/ProjectBuildingException
"""
EXTCONF = """\
Gem::Ext::BuildError: ERROR: Failed to build gem native extension.
checking for libpq-fe.h... no
Can't find the 'libpq-fe.h header
*** extconf.rb failed ***
Could not create Makefile due to some reason, probably lack of necessary
"""
VERSIONS = """\
Could not find compatible versions

Because rails >= 7.1.0 depends on activesupport = 7.1.0
  and Gemfile depends on activesupport ~> 6.0,
  rails >= 7.1.0 is forbidden.
So, because Gemfile depends on rails ~> 7.1,
  version solving has failed.
"""
JSON = """\

In JsonFile.php line 381:

  "./composer.json" does not contain valid JSON
  Parse error on line 1:

install [--prefer-source]
"""
SOURCES = """\
CMake Error at CMakeLists.txt:3 (add_executable):
  Cannot find source file:

    nope.c

CMake Generate step failed.  Build files cannot be regenerated correctly.
"""
KOTLIN = """\
e: file:///app/App.kt:12:5 Unresolved reference 'foo'.
FAILURE: Build failed with an exception.
* What went wrong:
Execution failed for task ':compileKotlin'.
"""
LINKER = """\
error: linking with `cc` failed: exit status: 1
  = note: rust-lld: error: unable to find library -lpq
          collect2: error: ld returned 1 exit status
error: could not compile `x` (bin "x") due to 1 previous error
"""
JEST = """\
FAIL ./a.test.js
  ● sum

    expect(received).toBe) // Object.is equality

    Expected: 3
    Received: 2

Test Suites: 1 failed, 1 total
"""
COLLECTED = """\
ERROR collecting test_a.py
ImportError while importing test module '/app/test_a.py'.
E   ModuleNotFoundError: No module named 'shop'
=========================== short test summary info ============================
ERROR test_a.py
1 error in 2.77s
"""
GO = "--- FAIL: TestA (0.00s)\n    a_test.go:3: want 3, got 2\nFAIL\nFAIL\tx\t0.002s\n"
TAP = "not ok 1 - adds\n  ---\n  duration_ms: 2.3\n  error: '2 == 3'\n  ...\n# fail 1\n"
MINITEST = "  1) Failure:\nT#test_a [a.rb:3]:\nExpected: 3\n  Actual: 2\n\n1 runs, 1 assertions, 1 failures\n"
PHPUNIT = "There was 1 failure:\n\n1) OrderTest::testAdds\nFailed asserting that 2 matches 3.\n\nFAILURES!\n"
PLAYWRIGHT = """\
  1) a.spec.js:2:1 \u203a answers ─────────────────

    Error: apiRequestContext.get: connect ECONNREFUSED 127.0.0.1:1
    Call log:

  2) b.spec.js:3:1 \u203a page ────────────────────

    Error: browserType.launch: Executable doesn't exist

  2 failed
"""
XUNIT = """\
  Failed Api.OrderTests.Adds [5 ms]
  Error Message:
   Assert.Equal() Failure
Expected: 3
Actual:   2

Failed!  - Failed:     1, Passed:     3
"""


@pytest.mark.parametrize(
    ("log", "line"),
    [
        pytest.param(
            "npm error code E404\nnpm error 404 Not Found - GET /left\nnpm error 404 tarball, folder, url\n",
            "npm error 404 Not Found - GET /left",
            id="npm",
        ),
        pytest.param(CHAIN, "shop.NotConfigured: no dsn", id="Python, a chain"),
        pytest.param(SETUP, "RuntimeError: set CUDA_HOME first", id="pip, a program"),
        pytest.param(
            "ERROR: Cannot install a and b because of it.\nERROR: ResolutionImpossible: for help visit\n",
            "ERROR: Cannot install a and b because of it.",
            id="pip, a conflict",
        ),
        pytest.param(HEAP, HEAP.splitlines()[0], id="Node, the heap"),
        pytest.param(OLD_NPM, "This dependency was not found: * vuetify/lib in ./plugins/vuetify.js", id="webpack"),
        pytest.param(POM, POM.splitlines()[1], id="Maven"),
        pytest.param(EXTCONF, "Can't find the 'libpq-fe.h header", id="a gem"),
        pytest.param(
            VERSIONS,
            "Could not find compatible versions: Because rails >= 7.1.0 depends on activesupport = "
            "7.1.0 and Gemfile depends on activesupport ~> 6.0, rails >= 7.1.0 is forbidden.",
            id="Bundler",
        ),
        pytest.param(
            "rake aborted!\nNo Rakefile found\n/usr/bin/rake:27:in `<top (required)>'\n",
            "rake aborted!: No Rakefile found",
            id="Rake",
        ),
        pytest.param(JSON, 'In JsonFile.php line 381: "./composer.json" does not contain valid JSON', id="Composer"),
        pytest.param(
            SOURCES, "CMake Error at CMakeLists.txt:3 (add_executable): Cannot find source file: nope.c", id="CMake"
        ),
        pytest.param(KOTLIN, KOTLIN.splitlines()[0], id="Gradle"),
        pytest.param(LINKER, "= note: rust-lld: error: unable to find library -lpq", id="a linker"),
        pytest.param(
            "go: go.mod requires go >= 1.99 (running go 1.24.4)\n",
            "go: go.mod requires go >= 1.99 (running go 1.24.4)",
            id="Go",
        ),
        pytest.param(
            "make: *** No rule to make target 'gen.h', needed by 'all'.  Stop.\n",
            "make: *** No rule to make target 'gen.h', needed by 'all'.  Stop.",
            id="make",
        ),
        pytest.param(
            "tar (child): a.tgz: Cannot open: No such file or directory\ntar: Error is not recoverable\n",
            "tar (child): a.tgz: Cannot open: No such file or directory",
            id="tar",
        ),
        pytest.param(
            "lua: a.lua:1: attempt to index a nil value\nstack traceback:\n\ta.lua:1: in main chunk\n",
            "lua: a.lua:1: attempt to index a nil value",
            id="Lua",
        ),
        pytest.param(
            "syntax error at a.pl line 1\nExecution of a.pl aborted due to compilation errors.\n",
            "syntax error at a.pl line 1",
            id="Perl",
        ),
        pytest.param(JEST, "● sum: expect(received).toBe) // Object.is equality: Expected: 3, Received: 2", id="Jest"),
        pytest.param(COLLECTED, "ERROR test_a.py: ModuleNotFoundError: No module named 'shop'", id="pytest"),
        pytest.param(
            PLAYWRIGHT,
            "1) a.spec.js:2:1 \u203a answers: Error: apiRequestContext.get: connect ECONNREFUSED 127.0.0.1:1",
            id="Playwright",
        ),
        pytest.param(GO, "--- FAIL: TestA (0.00s): a_test.go:3: want 3, got 2", id="go test"),
        pytest.param(TAP, "not ok 1 - adds: 2 == 3", id="node --test"),
        pytest.param(MINITEST, "1) Failure: T#test_a [a.rb:3]: Expected: 3, Actual: 2", id="minitest"),
        pytest.param(
            "  1) Error:\nx#test_0001_fails:\nRuntimeError: boom\n\n1 runs, 0 assertions, 0 failures, 1 errors\n",
            "1) Error: x#test_0001_fails: RuntimeError: boom",
            id="minitest, an error",
        ),
        pytest.param(
            "  1) test adds (ATest)\n     test/a_test.exs:3\n     Assertion with == failed\n\n1 test, 1 failure\n",
            "1) test adds (ATest): test/a_test.exs:3",
            id="ExUnit",
        ),
        pytest.param(
            "A: no port\nCallStack (from HasCallStack):\n  error, called at A.hs:1:8 in main:Main\n",
            "A: no port",
            id="Haskell",
        ),
        pytest.param(
            "error: undefined function f/0\n  \u2514\u2500 lib/a.ex:2:11: A.f\n== Compilation error in file a.ex ==\n",
            "error: undefined function f/0 (lib/a.ex:2:11)",
            id="Elixir",
        ),
        pytest.param(PHPUNIT, "1) OrderTest::testAdds: Failed asserting that 2 matches 3.", id="PHPUnit"),
        pytest.param(
            XUNIT, "Failed Api.OrderTests.Adds [5 ms]: Assert.Equal() Failure: Expected: 3, Actual:   2", id="xUnit"
        ),
    ],
)
def test_the_cause_is_the_same_in_a_log_and_in_a_build(log: str, line: str) -> None:
    assert reason_line(log.splitlines()) == line
    assert cause(log.splitlines()).line == line


def test_what_a_service_has_logged_is_not_taken_for_a_tool_that_npm_has_run():
    log = ["[ERROR] retry 1", "fatal: no broker, giving up", "npm error Lifecycle script `start` failed with error:",
           "npm error code 1", "npm error path /app"]  # fmt: skip

    assert reason_line(log) == "fatal: no broker, giving up"
