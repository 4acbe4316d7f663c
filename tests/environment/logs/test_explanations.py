"""The reason of a failure that another line announces, or that a program names which has run the failed one."""

import json

import pytest

from localenv.environment.logs.errors import reason_line

SPRING = ["APPLICATION FAILED TO START", "", "Description:", "", "Failed to bind properties under 'shop.timeout':", ""]
SPRING += ["    Value: soon", "    Reason: 'soon' is not a valid duration", "", "Action:"]
DOTNET = ["You must install or update .NET to run this application.", "", "App: /app/shop.dll"]
DOTNET += ["Framework: 'Microsoft.NETCore.App', version '8.0.0' (x64)", "Learn more:", "https://aka.example/failed"]
PRISMA = ["Applying migration `2_note`", "Error: P3018", "", "A migration failed to apply.", "Database error:"]
PRISMA += ["ERROR: no orders", "", 'DbError { severity: "ERROR" }']
SCHEMA = ["Error: Prisma schema validation - (get-config wasm)", "Error code: P1012"]
SCHEMA += ["error: Environment variable not found: DATABASE_URL.", "  -->  prisma/schema.prisma:7"]
UV = ["error: Failed to spawn: `alembik`", "  Caused by: No such file or directory (os error 2)"]
SYMFONY = ["", "In ExceptionConverter.php line 49:", " " * 40, "  An exception occurred: Base table or vi  "]
SYMFONY += ["  ew not found                             ", " " * 40, "", "In Exception.php line 24:", "  inner  "]
LARAVEL = ["   Illuminate\\Database\\QueryException ", "", "  no orders", "", "    829▕   throw new QueryException("]
CHECKS = ["SystemCheckError: System check identified some issues:", "", "ERRORS:", "shop.Order.user: (fields.E300) no"]
RUSTC = ["error[E0432]: unresolved import", " --> src/main.rs:1:5", "error: could not compile `shop`"]
MIX = ["    error: undefined function foo/0", "    │", "    └─ lib/shop.ex:3:5: Shop.start/2", ""]
MIX += ["** (CompileError) lib/shop.ex: cannot compile module Shop (errors have been logged)"]
NPM = ["sh: 1: vite: not found", "npm error Lifecycle script `dev` failed with error:", "npm error workspace web@1.0.0"]
GUNICORN = ["Failed to find attribute 'ap' in 'main'.", "[1] [ERROR] Worker (pid:7) exited with code 4"]
GUNICORN += ["[1] [ERROR] Shutting down: Master", "[1] [ERROR] Reason: App failed to load."]
JVM = ["Unrecognized VM option 'UseX'", "Error: Could not create the Java Virtual Machine."]
JVM += ["Error: A fatal exception has occurred. Program will exit."]
NIL = ["panic: assignment to entry in nil map", "", "goroutine 1 [running]:", "main.main()", "\t/app/main.go:9 +0x2c"]

BOX = ["╭─ Error ────╮", "│ No such option: --prot │", "│ Did you mean --port?   │", "╰────────────╯"]
STACK = "a.IllegalStateException: x\n\tat a.b(C.java:1)\nCaused by: a.PSQLException: no orders\n\tat d.e(F.java:2)"
LOGSTASH = [json.dumps({"level": "ERROR", "message": "Application run failed", "stack_trace": STACK})]
ADDON = ["Error: The module '/app/bcrypt.node'", "was compiled against a different Node.js version", "    at a:1:1"]


@pytest.mark.parametrize(
    ("log", "line"),
    [
        pytest.param(SPRING, f"{SPRING[4]} 'soon' is not a valid duration", id="Spring Boot, a reason"),
        pytest.param(DOTNET, f"You must install or update .NET: {DOTNET[3]}", id=".NET, a version"),
        pytest.param(PRISMA, "Error: P3018: ERROR: no orders", id="Prisma, a migration"),
        pytest.param(SCHEMA, f"{SCHEMA[0]}: Environment variable not found: DATABASE_URL.", id="Prisma, a schema"),
        pytest.param(UV, "error: Failed to spawn: `alembik`: No such file or directory (os error 2)", id="uv"),
        pytest.param(
            SYMFONY,
            "In ExceptionConverter.php line 49: An exception occurred: Base table or view not found",
            id="Symfony, lines that are cut",
        ),
        pytest.param(LARAVEL, "Illuminate\\Database\\QueryException: no orders", id="Laravel"),
        pytest.param(CHECKS, f"{CHECKS[0].rstrip(':')}: {CHECKS[-1]}", id="Django, checks"),
        pytest.param(RUSTC, "error[E0432]: unresolved import (src/main.rs:1:5)", id="cargo run"),
        pytest.param(MIX, "error: undefined function foo/0 (lib/shop.ex:3:5)", id="mix"),
        pytest.param(NPM, NPM[0], id="npm run"),
        pytest.param(["tsx: not found", " ELIFECYCLE  Command failed.", " WARN   no x"], "tsx: not found", id="pnpm"),
        pytest.param(["x: not found", "error Command failed with exit code 127."], "x: not found", id="Yarn"),
        pytest.param(["x: not found", "make: *** [Makefile:3: migrate] Error 2"], "x: not found", id="make"),
        pytest.param(GUNICORN, GUNICORN[0], id="gunicorn"),
        pytest.param(JVM, JVM[0], id="Java, an option"),
        pytest.param(NIL, f"{NIL[0]} (main.go, line 9)", id="Go, a nil map"),
        pytest.param(BOX, "Error: No such option: --prot Did you mean --port?", id="Typer, a box"),
        pytest.param(LOGSTASH, "Caused by: a.PSQLException: no orders", id="Java, a stack in JSON"),
        pytest.param(ADDON, f"{ADDON[0]}: {ADDON[1]}", id="Node, a compiled module"),
        pytest.param(["a.cs(3,9): error CS0103: x", "The build failed."], "a.cs(3,9): error CS0103: x", id="dotnet"),
    ],
)  # fmt: skip
def test_the_reason_is_found_where_it_is_announced_and_not_who_tells_of_it(log, line):
    assert reason_line(["starting", *log]) == line


@pytest.mark.parametrize(
    "line",
    [
        "/app/entrypoint.sh: line 4: DATABASE_URL: unbound variable",
        "Your Ruby version is 3.1.2, but your Gemfile specified 3.3.0",
    ],
)
def test_some_reasons_mention_no_error(line):
    assert reason_line(["starting", line, "bye"]) == line
