"""The line of a build's output with the cause of its failure."""

import pytest

from localenv.environment.logs.build_errors import cause
from localenv.environment.logs.errors import reason_line

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


def test_a_mistake_in_the_dockerfile_is_shown_without_the_builders_lines():
    lines = ["#2 [internal] load build definition", "Dockerfile:3", "-----", "   3 | >>> COPPY . .", "-----",
              "failed to solve: dockerfile parse error on line 3: unknown instruction: COPPY"]  # fmt: skip

    assert cause(lines).shown == ("Dockerfile:3", "   3 | >>> COPPY . .")


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
            "error[E0425]: cannot find value `x` in this scope (src/main.rs:2:5)", id="rustc",
        ),
        pytest.param(
            ["error: failed to parse manifest at `/app/Cargo.toml`", "", "Caused by:", "  `rust-version` 9 is new"],
            "error: failed to parse manifest at `/app/Cargo.toml`: `rust-version` 9 is new", id="cargo, a cause",
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
            ["error: uninstall-no-record-file", "", "\u00d7 Cannot uninstall packaging 25.0", "hint: by debian."],
            "\u00d7 Cannot uninstall packaging 25.0", id="pip, a code before the reason",
        ),
        pytest.param(
            ["error: externally-managed-environment", "", "\u00d7 This environment is externally managed"],
            "\u00d7 This environment is externally managed", id="pip of a system",
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
        pytest.param(
            ["* What went wrong:", "Execution failed for task ':compileJava'.",
             "> Could not resolve all files for configuration ':compileClasspath'.",
             "   > Could not find com.acme:money:9.9.", "* Try:"],
            "> Could not find com.acme:money:9.9.", id="Gradle",
        ),
        pytest.param(
            ["> Task :compileKotlin FAILED", "e: file:///app/Shop.kt:4:13 Unresolved reference: totl"],
            "e: file:///app/Shop.kt:4:13 Unresolved reference: totl", id="Kotlin",
        ),
        pytest.param(
            ["Your requirements could not be resolved to an installable set of packages.", "  Problem 1",
             "    - Root composer.json requires acme/money ^9.0, found acme/money[1.0.0]."],
            "- Root composer.json requires acme/money ^9.0, found acme/money[1.0.0].", id="Composer",
        ),
        pytest.param(
            ["x Build failed in 432ms", "error during build:",
             '[vite]: Rollup failed to resolve import "./Cart" from "/app/src/App.jsx".'],
            '[vite]: Rollup failed to resolve import "./Cart" from "/app/src/App.jsx".', id="Vite",
        ),
        pytest.param(
            ["\x1b[31m✘ \x1b[41;31m[\x1b[41;97mERROR\x1b[41;31m]\x1b[0m \x1b[1mCould not resolve \"./cart\"\x1b[0m",
             "npm error Lifecycle script `build` failed with error:"],
            '✘ [ERROR] Could not resolve "./cart"', id="esbuild, in colours",
        ),
        pytest.param(
            ["ERROR in ./src/index.js 1:0-30", "Module not found: Error: Can't resolve './cart' in '/app/src'",
             "npm ERR! Lifecycle script `build` failed with error:"],
            "Module not found: Error: Can't resolve './cart' in '/app/src' (./src/index.js 1:0-30)", id="webpack",
        ),
        pytest.param(
            ["./src/index.js 12 bytes \x1b[1m[built]\x1b[22m [1 error]", "ERROR in \x1b[1m./src/index.js\x1b[22m 1:10",
             "Module parse failed: Unexpected token (1:10)"],
            "Module parse failed: Unexpected token (1:10) (./src/index.js 1:10)", id="webpack, in colours",
        ),
        pytest.param(
            ["x Build failed in 139ms", "error during build:", 'Could not resolve "./zz" from "src/main.tsx"'],
            'Could not resolve "./zz" from "src/main.tsx"', id="Vite, a file",
        ),
        pytest.param(
            ['✘ [ERROR] Unexpected ";"', "", "    src/index.js:1:10:", "      1 │ const a = ;"],
            '✘ [ERROR] Unexpected ";" (src/index.js:1:10)', id="esbuild, a place",
        ),
        pytest.param(
            ["/app/src/index.js", "  3:7  error  'total' is never used  no-unused-vars", "npm error code 1"],
            "3:7  error  'total' is never used  no-unused-vars (/app/src/index.js)", id="ESLint",
        ),
        pytest.param(
            ["npm error code 1", "npm error command failed", "npm error command sh -c node-gyp rebuild",
             "npm error gyp info it worked if it ends with ok", "npm error gyp ERR! find Python",
             "npm error gyp ERR! stack Error: Could not find any Python installation to use"],
            "npm error gyp ERR! stack Error: Could not find any Python installation to use", id="node-gyp",
        ),
        pytest.param(
            ["  No solution found when resolving dependencies:", "  ╰─▶ Because there is no version of six==99, …"],
            "╰─▶ Because there is no version of six==99, …", id="uv",
        ),
        pytest.param(
            ["CMake Error at CMakeLists.txt:5 (find_package):", '  By not providing "FindZ.cmake"', "-- incomplete"],
            'CMake Error at CMakeLists.txt:5 (find_package): By not providing "FindZ.cmake"', id="CMake",
        ),
        pytest.param(
            ["main.c:(.text+0x1a): undefined reference to `total'", "collect2: error: ld returned 1 exit status"],
            "main.c:(.text+0x1a): undefined reference to `total'", id="ld",
        ),
        pytest.param(
            ["ERROR: unable to select packages:", "  nope (no such package):", "    required by: world[nope]"],
            "ERROR: unable to select packages: nope (no such package):", id="apk",
        ),
        pytest.param(
            ["[ERROR] Tests run: 1, Failures: 1 <<< FAILURE!", "[ERROR] Failures: ", "[ERROR]   T.total:14 was 13"],
            "[ERROR]   T.total:14 was 13", id="Maven, a test",
        ),
        pytest.param(
            ["Traceback (most recent call last):", '  File "manage.py", line 22, in <module>', "    main()",
             "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty."],
            "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.", id="Django",
        ),
        pytest.param(
            ["app/Main.hs:3:8: error: [GHC-88464]", "    Variable not in scope: totl"],
            "app/Main.hs:3:8: error: [GHC-88464]: Variable not in scope: totl", id="GHC",
        ),
        pytest.param(
            ["[ERROR] Failed to execute goal " + "x" * 400 + ": Unknown host -> [Help 1]"],
            "[ERROR] Failed to execute goal " + "x" * 69 + "…" + "x" * 186 + ": Unknown host",
            id="Maven, a long line",
        ),
        pytest.param(
            ["error: Failed to parse: pyproject.toml", "  cause: TOML parse error at line 3, column 15", "         |"],
            "error: Failed to parse: pyproject.toml: TOML parse error at line 3, column 15", id="uv, a cause",
        ),
        pytest.param(
            ["\u2009ERR_PNPM_NO_MATCHING_VERSION\u2009 No matching version found for ms@99", "", "This error happened"],
            "ERR_PNPM_NO_MATCHING_VERSION\u2009 No matching version found for ms@99", id="pnpm, a version",
        ),
        pytest.param(["error: " + "x" * 400], "error: " + "x" * 293 + "…", id="a long line"),
        pytest.param(["a reason to give up"], "", id="nothing known"),
        pytest.param(
            ["#7 0.5 migrations are not linear", "#7 ERROR: process did not complete successfully: exit code: 1"],
            "migrations are not linear", id="the last line of a failed step",
        ),
        pytest.param(
            ["error: No solution found when resolving dependencies", "  cause: Because there is no flask==99."],
            "cause: Because there is no flask==99.", id="uv, newer",
        ),
        pytest.param(
            ["== Compilation error in file lib/shop.ex ==", "** (CompileError) lib/shop.ex:2: undefined function go/0"],
            "** (CompileError) lib/shop.ex:2: undefined function go/0", id="Elixir",
        ),
        pytest.param(
            ['    error: undefined variable "foo"', "    │", " 12 │     foo", "    │     ^^^", "    │",
             "    └─ lib/shop.ex:12:5: Shop.start/2", "** (CompileError) lib/shop.ex: errors have been logged"],
            'error: undefined variable "foo" (lib/shop.ex:12:5)', id="Elixir, a place",
        ),
        pytest.param(
            ["TS2304 [ERROR]: Cannot find name 'foo'.", "foo();", "error: Type checking failed."],
            "TS2304 [ERROR]: Cannot find name 'foo'.", id="Deno",
        ),
        pytest.param(
            ["[ERROR] [ERROR] Some problems were encountered", "[FATAL] Non-resolvable parent POM for shop:1"],
            "[FATAL] Non-resolvable parent POM for shop:1", id="Maven, a parent",
        ),
        pytest.param(
            ["error: failed to run custom build command for `openssl-sys v0.9`", "Caused by:", "  --- stderr",
             "  thread 'main' panicked at build/main.rs:190:5:", "  Could not find OpenSSL"],
            "thread 'main' panicked at build/main.rs:190:5: Could not find OpenSSL", id="cargo, a build script",
        ),
        pytest.param(
            ["error: linking with `cc` failed: exit status: 1", "  = note: /usr/bin/ld: cannot find -lpq: No file"],
            "= note: /usr/bin/ld: cannot find -lpq: No file", id="cargo, a library",
        ),
        pytest.param(
            ["In Connection.php line 760:", "  SQLSTATE[HY000] [2002] Connection refused",
             "Script @php artisan package:discover handling the post-autoload-dump event returned with error code 1"],
            "In Connection.php line 760: SQLSTATE[HY000] [2002] Connection refused", id="Composer, a script",
        ),
        pytest.param(
            ["[Composer\\Downloader\\TransportException]", "Could not authenticate against github.com"],
            "[Composer\\Downloader\\TransportException] Could not authenticate against github.com", id="Composer",
        ),
        pytest.param(
            ['Your bundle only supports platforms ["arm64-darwin-22"] but your local platform is', "x86_64-linux.",
             "`bundle lock --add-platform x86_64-linux` and try again."],
            'Your bundle only supports platforms ["arm64-darwin-22"] but your local platform is x86_64-linux.',
            id="Bundler, a platform",
        ),
        pytest.param(
            ["CMake Error at CMakeLists.txt:4 (find_package):", '  Could not find a package named "fmt"'],
            'CMake Error at CMakeLists.txt:4 (find_package): Could not find a package named "fmt"', id="CMake",
        ),
    ],
)  # fmt: skip
def test_each_tool_has_its_way_to_say_it(output, line):
    assert cause(output).line == line


SCALA = """\
[info] compiling 3 Scala sources to /app/target/scala-2.13/classes ...
[error] /app/src/main/scala/Main.scala:5:13: not found: value foo
[error]     println(foo)
[error] one error found
[error] (Compile / compileIncremental) Compilation failed
[error] Total time: 8 s, completed Jan 3, 2024, 10:11:12 AM
"""
SCALATEST = """\
[info] - should total *** FAILED ***
[info]   2 did not equal 3 (CartSpec.scala:8)
[info] *** 1 TEST FAILED ***
[error] (Test / test) sbt.TestsFailedException: Tests unsuccessful
"""
BAZEL = """\
ERROR: /app/BUILD:106:8: Executing genrule //:test failed (Exit 1): bash failed: error executing command /bin/bash -c

Use --sandbox_debug to see verbose messages from the sandbox
cp: cannot stat 'tools': No such file or directory
Target //:test failed to build
Use --verbose_failures to see the command lines of failed build steps.
FAILED: Build did NOT complete successfully
"""
CARGO = """\
error: linker `cc` not found
  |
  = note: No such file or directory (os error 2)

error: aborting due to previous error

error: could not compile `log`.
"""
BUNDLER = """\
Gem::Ext::BuildError: ERROR: Failed to build gem native extension.

make: gcc: No such file or directory
make: *** [Makefile:245: parser.o] Error 127
An error occurred while installing json (2.6.3), and Bundler cannot continue.
"""
RSPEC = """\
  1) Orders API creates an order
     Failure/Error: Net::HTTP.get(uri)

     Errno::ECONNREFUSED:
       Failed to open TCP connection to localhost:9999
     # ./spec/api_spec.rb:5:in `block (2 levels) in <top (required)>'

1 example, 1 failure
"""
THROWN = """\
/app/server.js:1
throw { code: "E_CONFIG", message: "no address" };
^

{ code: 'E_CONFIG', message: 'no address' }

Node.js v22.3.0
"""
THROWN_BEFORE_20 = """\
/app/server.js:3
throw { code: 'E_CONFIG' };
^

[object Object]
Thrown at:
    at /app/server.js:3:1
"""
RAILS = """\
F

Failure:
CartTest#test_totals [test/models/cart_test.rb:5]:
Expected: 3
  Actual: 2

1 runs, 1 assertions, 1 failures, 0 errors, 0 skips
"""
CSHARP = """\
/src/A.cs(3,9): warning CS0168: The variable 'error' is declared but never used [/src/a.csproj]
/src/A.cs(5,20): error CS1002: ; expected [/src/a.csproj]
"""
BUILD_SCRIPT = """\
error: failed to run custom build command for `shop v0.1.0 (/app)`

Caused by:
  process didn't exit successfully: `/app/target/debug/build/shop-1/build-script-build` (exit status: 1)
  --- stderr
  Error: Custom { kind: NotFound, error: "Could not find `protoc`." }
"""
PEST = """\
   FAILED  Tests\\Unit\\CartTest > it totals
  Failed asserting that 2 is identical to 3.

  Tests:    1 failed (1 assertions)
"""


@pytest.mark.parametrize(
    ("output", "line"),
    [
        pytest.param(SCALA, "[error] /app/src/main/scala/Main.scala:5:13: not found: value foo", id="sbt"),
        pytest.param(SCALATEST, "- should total *** FAILED ***: 2 did not equal 3 (CartSpec.scala:8)", id="ScalaTest"),
        pytest.param(BAZEL, "cp: cannot stat 'tools': No such file or directory", id="Bazel"),
        pytest.param(CARGO, "error: linker `cc` not found", id="cargo"),
        pytest.param(BUNDLER, "make: gcc: No such file or directory", id="Bundler"),
        pytest.param(
            RSPEC,
            "1) Orders API creates an order: Errno::ECONNREFUSED: Failed to open TCP connection to localhost:9999",
            id="RSpec",
        ),
        pytest.param(
            RAILS,
            "Failure: CartTest#test_totals [test/models/cart_test.rb:5]: Expected: 3, Actual: 2",
            id="Rails",
        ),
        pytest.param(CSHARP, "/src/A.cs(5,20): error CS1002: ; expected [/src/a.csproj]", id="a warning before"),
        pytest.param(
            BUILD_SCRIPT,
            'Error: Custom { kind: NotFound, error: "Could not find `protoc`." }',
            id="a build script of cargo",
        ),
        pytest.param(THROWN, "{ code: 'E_CONFIG', message: 'no address' }", id="a value that Node has thrown"),
        pytest.param(
            PEST, "FAILED  Tests\\Unit\\CartTest > it totals: Failed asserting that 2 is identical to 3.", id="Pest"
        ),
    ],
)
def test_a_build_and_a_program_that_runs_the_tool_name_the_same_line(output: str, line: str) -> None:
    assert cause(output.splitlines()).line == line
    assert reason_line(output.splitlines()) == line


def test_the_code_stands_for_a_thrown_value_that_node_does_not_show() -> None:
    assert cause(THROWN_BEFORE_20.splitlines()).line == "throw { code: 'E_CONFIG' }; (/app/server.js:3)"
    assert reason_line(THROWN_BEFORE_20.splitlines()) == "throw { code: 'E_CONFIG' };"
    assert reason_line(["[eval]:1", "throw {code: 1}", "^", "", "{ code: 1 }", "", "Node.js v22.3.0"]) == "{ code: 1 }"


def test_of_the_usage_that_npm_prints_nothing_is_shown_and_its_sentence_is_whole() -> None:
    output = [
        "npm error code EUSAGE",
        "npm error",
        "npm error The `npm ci` command can only install with an existing package-lock.json or",
        "npm error npm-shrinkwrap.json with lockfileVersion >= 1.",
        "npm error",
        "npm error Missing: left-pad@1.3.0 from lock file",
        "npm error",
        "npm error Clean install a project",
        "npm error",
        "npm error Usage:",
        "npm error npm ci",
        "npm error",
        "npm error   --bin-links",
        "npm error     Tells npm to create symlinks (or `.cmd` shims on Windows) for package",
        "npm error",
        'npm error Run "npm help ci" for more info',
        "npm error A complete log of this run can be found in: /tmp/x.log",
    ]

    found = cause(output)

    sentence = "The `npm ci` command can only install with an existing package-lock.json or npm-shrinkwrap.json"
    assert found.line == f"npm error {sentence} with lockfileVersion >= 1."
    assert found.shown == (
        "npm error code EUSAGE",
        found.line,
        "npm error Missing: left-pad@1.3.0 from lock file",
        "npm error A complete log of this run can be found in: /tmp/x.log",
    )
