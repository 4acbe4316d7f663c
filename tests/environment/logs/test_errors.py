"""The line of a log that explains a failure."""

import json

import pytest

from localenv.environment.logs.errors import error_line, ignored_error, printed_error, reason_line, unread_file

TRACEBACK = ["Traceback (most recent call last):", '  File "x.py", line 1', "ValueError: no such card", "INFO next"]


def test_the_exception_of_a_traceback_comes_before_a_later_line_with_an_error():
    assert error_line([*TRACEBACK, "WARNING the job failed"]) == "ValueError: no such card"


def test_the_last_line_with_an_error_is_found_without_a_traceback():
    assert error_line(["ERROR one", "FATAL: the disk is full", "bye"]) == "FATAL: the disk is full"


def test_a_log_without_an_error_has_no_such_line():
    assert error_line(["INFO started", "INFO bye"]) == ""


def test_what_ends_a_traceback_is_an_exception_whatever_its_name():
    log = ["ERROR:    Exception in ASGI application", *TRACEBACK[:2], "    x()", "httpx.ConnectTimeout: timed out"]

    assert error_line([*log, 'INFO: "POST /orders HTTP/1.1" 500 Internal Server Error']) == log[-1]


def test_the_last_of_chained_exceptions_is_found():
    more = ["", "The above exception was the direct cause of the following exception:", "", *TRACEBACK[:2]]

    assert error_line([*TRACEBACK[:3], *more, "shop.Refused: no card"]) == "shop.Refused: no card"


def test_the_exception_in_a_group_is_found():
    group = [
        "  + Exception Group Traceback (most recent call last):",
        "  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        "  +-+---------------- 1 ----------------",
        "    | Traceback (most recent call last):",
        '    |   File "x.py", line 1, in x',
        "    | shop.Refused: no card",
        "    +------------------------------------",
    ]
    second = ["    +---------------- 2 ----------------", "    | TypeError: no name"]

    assert error_line(group) == "shop.Refused: no card"
    assert error_line([*group[:-1], *second, group[-1]]) == "shop.Refused: no card"
    assert error_line([*group[:-1], *second, group[-1], *TRACEBACK]) == "ValueError: no such card"


def test_the_first_of_the_errors_that_node_lists_is_found():
    log = [
        "AggregateError: All promises were rejected",
        "    at file:///x.mjs:1:7 {",
        "  [errors]: [",
        "    Error: connect ECONNREFUSED ::1:5432",
        "        at createConnectionError (node:net:1675:14) {",
        "      code: 'ECONNREFUSED'",
        "    },",
        "    TypeError: second",
        "        at file:///x.mjs:1:71",
        "  ]",
        "}",
    ]

    assert error_line(log) == "Error: connect ECONNREFUSED ::1:5432"
    assert error_line([*log, "RangeError: later"]) == "RangeError: later"


def test_the_exception_in_a_log_of_json_is_found():
    traceback = "\n".join(TRACEBACK[:3])
    log = [json.dumps({"level": "error", "event": "failed", "exception": traceback}), '{"level": "error", "x": 1}']

    assert error_line(log) == "ValueError: no such card"


def test_the_cause_of_an_exception_of_java_is_found():
    log = [
        "java.lang.IllegalStateException: no bean",
        "\tat A.b(A.java:1)",
        "Caused by: java.net.ConnectException: refused",
    ]

    assert error_line(log) == log[-1]


@pytest.mark.parametrize(
    "line",
    [
        "psql:../seeds/main.sql:2: error: rows.csv: No such file or directory",
        'psql:a b.sql:1: ERROR:  relation "t" does not exist',
        'ERROR:  relation "t" does not exist',
    ],
)
def test_an_error_after_which_psql_goes_on_is_found(line):
    assert ignored_error(["CREATE TABLE", line, "LINE 1: select", "INSERT 0 1"]) == line


@pytest.mark.parametrize(
    "line",
    [
        "ERROR:__main__:Error creating admin user: no such table",
        "2026-11-29 22:10:45,366 - root - ERROR - no such table",
        "2026-11-29 22:10:45.366 | ERROR    | shop.seed:main:7 - no such table",
        "[2026-11-29 22:10:45,366] ERROR in seed: no such table",
        "22:10:45.366 [main] ERROR c.e.shop.Seed - no such table",
        "E, [2026-11-29T22:10:45.366 #1] ERROR -- : no such table",
        "[ERROR] no such table",
        "ERROR no such table",
    ],
)
def test_an_error_that_a_step_has_logged_and_that_did_not_end_it_is_found(line):
    assert printed_error(["begins", line, "done"]) == line


def test_so_is_one_that_it_has_printed_with_its_stack_or_in_json():
    stack = ["Error seeding: Error: no such table", "    at seed (/app/seed.js:3:9)"]
    assert printed_error(["begins", *stack]) == stack[0]
    assert printed_error([*TRACEBACK, "done"]) == "ValueError: no such card"
    assert printed_error(['{"level":50,"msg":"no such table","err":{"message":"no such table"}}']) == "no such table"
    assert printed_error(['{"severity":"ERROR","message":"no such table"}']) == "no such table"


@pytest.mark.parametrize(
    "line",
    [
        "0 errors, 0 failed",
        "Applying errors.0002_error_log... OK",
        "INFO  [alembic.runtime.migration] Running upgrade -> 1, ERROR table",
        'INSERT 0 1 -- level "ERROR"',
        '{"level":30,"msg":"seeded"}',
        "WARNING: no error",
        "created ERROR_LOG",
    ],
)
def test_what_only_names_an_error_is_none(line):
    assert printed_error([line]) == ""


def test_a_file_that_psql_did_not_find_is_told_apart_from_what_a_server_says():
    found = "psql:../seeds/main.sql:2: error: rows.csv: No such file or directory"
    assert unread_file(["CREATE TABLE", found]) == found
    assert unread_file(["psql: error: rows.csv: Is a directory"])
    assert unread_file(['psql:a.sql:1: ERROR:  could not open file "/x": No such file or directory']) == ""


def test_what_psql_notices_is_no_error():
    log = ["psql:a.sql:1: NOTICE:  relation exists, skipping", "psql:a.sql:2: WARNING:  there is none", "ERROR: mine"]
    assert ignored_error(log) == ""


SYNTAX = ["Traceback (most recent call last):", '  File "/app/run.py", line 1, in <module>', "    import app"]
SYNTAX += ['  File "/app/app.py", line 7', "    def f(:", "          ^", "SyntaxError: invalid syntax"]
JAVAC = ["Main.java:1: error: incompatible types: String cannot be converted to int", 'int x = "y";']
JAVAC += ["        ^", "1 error", "error: compilation failed"]
PANIC = ["panic: no route", "", "goroutine 1 [running]:", "shop/internal/failover.New()", "\t/src/failover.go:4 +0x1d"]
DOTNET = [
    "Unhandled exception. System.AggregateException: One or more errors occurred.",
    " ---> System.Net.Sockets.SocketException (111): Connection refused",
    "   at System.Net.Sockets.Socket.Connect()",
    "   --- End of inner exception stack trace ---",
    "   at Shop.ErrorClient.Fail() in /src/ErrorClient.cs:line 14",
]
RUBY = ["/app/app.rb:3:in `<main>': undefined method `x' (NoMethodError)", "\tfrom /app/error.rb:9:in `require'"]
RUST = ["thread 'main' panicked at src/main.rs:4:20:", "PORT must be set", "note: run with `RUST_BACKTRACE=1`"]
PYDANTIC = [
    *TRACEBACK[:2],
    "pydantic_core.ValidationError: 1 validation error for Settings",
    "dsn",
    "  Field required [type=missing]",
    "    For further information visit https://errors.pydantic.dev",
]
KNEX = ["error: alter table: no relation", "    at Parser.parseErrorMessage (/app/parser.js:283:98)"]
RAILS = [
    "StandardError: An error has occurred:",
    "",
    "PG::UndefinedTable: ERROR:  no orders",
    "/app/db/1.rb:3:in `change'",
]


NIL = ["panic: runtime error: invalid memory address", "", "goroutine 1 [running]:", "internal/poll.Wait(...)"]
NIL += ["\t/usr/lib/go-1.19/src/internal/poll/fd.go:27", "main.main()", "\t/src/shop.go:4 +0x1d", "exit status 2"]
REQUIRE = ["<internal:/usr/lib/ruby/kernel_require.rb>:85:in `require': cannot load such file -- rack (LoadError)"]
REQUIRE += ["\tfrom <internal:/usr/lib/ruby/kernel_require.rb>:85:in `require'", "\tfrom /app/shop.rb:3:in `<main>'"]
PHP = ["PHP Fatal error:  Uncaught PDOException: could not find driver in /app/db.php:3", "Stack trace:", "#0 {main}"]
PHP += ["", "Next RuntimeException: cannot start in /app/db.php:3", "  thrown in /app/db.php on line 3"]
FETCH = ["TypeError: fetch failed", "    at file:///app/i.mjs:1:11 {", "  [cause]: Error: connect ECONNREFUSED ::1:80"]
NODE = ["file:///app/shop.mjs:3", "import { x } from 'fs';", "         ^", "SyntaxError: 'fs' has no export named 'x'"]

ANYHOW = ["Error: cannot connect", "", "Caused by:", "    0: connection refused", "    1: refused (os error 111)"]
EYRE = ["Error: ", "   0: cannot read config", "   1: No such file (os error 2)", "", "Location:", "   src/main.rs:12"]
MIX = ["[info] Application shop exited: shutdown: failed to start child: Shop.Endpoint", "    ** (EXIT) an exception:"]
MIX += ["        ** (ArgumentError) no port", "            (shop) lib/shop.ex:3: x/1", "Kernel pid terminated (shop)"]
PRISMA = [
    "PrismaClientInitializationError: ",
    "Invalid `prisma.user.findMany()` invocation:",
    "",
    "",
    "No server at `db`",
]
SCALA = [
    "Exception in thread main java.lang.ExceptionInInitializerError",
    "Caused by: a.ConfigException$Missing: no url",
]


@pytest.mark.parametrize(
    ("log", "line"),
    [
        pytest.param(ANYHOW, "Error: cannot connect: refused (os error 111)", id="Rust, anyhow"),
        pytest.param(EYRE, "Error: cannot read config: No such file (os error 2)", id="Rust, eyre"),
        pytest.param(MIX, "** (ArgumentError) no port", id="Elixir"),
        pytest.param(PRISMA, f"{PRISMA[0]}{PRISMA[1]} {PRISMA[-1]}", id="Prisma"),
        pytest.param(SCALA, SCALA[1], id="Java, a nested class"),
        pytest.param(["Error: no url", "    at x (/app/x.js:3:7)"], "Error: no url", id="Node, frames"),
        pytest.param(NIL, f"{NIL[0]} (shop.go, line 4)", id="Go, a place"),
        pytest.param(REQUIRE, "cannot load such file -- rack (LoadError) (shop.rb, line 3)", id="Ruby, a file"),
        pytest.param(PHP, PHP[0], id="PHP, the first of several"),
        pytest.param(FETCH, "Error: connect ECONNREFUSED ::1:80", id="Node, a cause"),
        pytest.param(NODE, f"{NODE[-1]} (shop.mjs, line 3)", id="Node's syntax"),
        pytest.param(PANIC, "panic: no route", id="Go"),
        pytest.param(SYNTAX, "SyntaxError: invalid syntax (app.py, line 7)", id="Python's syntax"),
        pytest.param(JAVAC, JAVAC[0], id="javac"),
        pytest.param(DOTNET, "System.Net.Sockets.SocketException (111): Connection refused", id=".NET"),
        pytest.param(RUBY, RUBY[0], id="Ruby"),
        pytest.param(RAILS, "PG::UndefinedTable: ERROR:  no orders", id="Rails"),
        pytest.param(RUST, f"{RUST[0]} PORT must be set", id="Rust"),
        pytest.param(
            PYDANTIC,
            "pydantic_core.ValidationError: 1 validation error for Settings: dsn: Field required [type=missing]",
            id="pydantic",
        ),
        pytest.param(KNEX, KNEX[0], id="Node, an error without a class"),
        pytest.param(["what():  no such table", "Aborted (core dumped)"], "what():  no such table", id="C++"),
        pytest.param(["\x1b[31mError: no module\x1b[0m", "\x1b[90m    at x\x1b[0m"], "Error: no module", id="colours"),
        pytest.param(["Error Code : 0", "Message    : ERROR: no orders"], "Message    : ERROR: no orders", id="Flyway"),
        pytest.param(
            ['{"level":60,"err":{"type":"Error","message":"refused"},"msg":"boot failed"}'],
            "boot failed: refused",
            id="JSON",
        ),
        pytest.param(['{"level":60,"err":{"message":"refused"},"msg":"refused"}'], "refused", id="JSON, said twice"),
    ],
)  # fmt: skip
def test_the_error_of_each_language_is_found_without_the_frames_of_its_stack(log, line):
    assert error_line(log) == line


@pytest.mark.parametrize(
    "line",
    [
        "2026/11/29 04:00:00 listen tcp :8080: bind: address already in use",
        "start.sh: 3: uvicron: not found",
        "start.sh: 3: DATABASE_URL: parameter not set",
        "/usr/local/bin/python: No module named shop.main",
        'nginx: [emerg] host not found in upstream "shop"',
        "Segmentation fault (core dumped)",
        "config: PORT must be a number",
        "./main.go:2:14: declared and not used: x",
        "flag provided but not defined: -prot",
        "no main manifest attribute, in app.jar",
        "A server is already running (pid: 1, file: /app/tmp/pids/server.pid).",
        "The application 'App.dll' does not exist.",
    ],
)
def test_a_program_that_has_ended_gave_its_reason_in_other_words_too(line):
    assert reason_line(["starting version 1.2", line, "bye"]) == line
    assert not error_line([line])


def test_the_first_error_of_a_compiler_is_found_with_its_symbol():
    javac = ["C.java:3: error: cannot find symbol", "Strin x;", "^", "  symbol:   class Strin", "  location: class C"]
    go = ["# shop", "./a.go:3:5: undefined: x", "./b.go:4:2: missing return"]

    assert reason_line([*javac, *JAVAC]) == "C.java:3: error: cannot find symbol: class Strin"
    assert reason_line(go) == "./a.go:3:5: undefined: x"


def test_the_description_of_spring_boot_is_found():
    log = ["APPLICATION FAILED TO START", "***", "", "Description:", "", "Failed to configure a DataSource", ""]

    assert reason_line([*log, "Reason: Failed to determine a driver", "Action:", ""]) == log[5]


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (['npm error Missing script: "start"', "npm error", "npm error To see a list of scripts, run:"], 0),
        (["Could not find rack-3.0.8 in installed gems", "Run `bundle install` to install missing gems."], 0),
    ],
)
def test_what_to_do_is_not_the_reason(log, line):
    assert reason_line(log) == log[line]


def test_a_line_of_json_that_is_nested_too_deeply_is_a_text():
    deep = '{"stack": "\\n  at x (a.js:1:2)", "a": ' + "[" * 90_000
    assert error_line(["ERROR one", deep]) == "ERROR one"
