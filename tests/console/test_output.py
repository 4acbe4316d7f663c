"""Events, failures, findings and tables as text."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from localenv.console.columns import columns
from localenv.console.failures import failure
from localenv.console.findings import finding
from localenv.console.live import LiveRows
from localenv.console.progress import Form, plain, progress
from localenv.console.stream import Stream, json_line
from localenv.console.summary import overview, summary, wrapped
from localenv.console.words import seconds, sentence
from localenv.engines import LogLine
from localenv.environment.status import Line, Status
from localenv.errors import DescriptionError, JobError
from localenv.errors.problems import Position, Problem
from localenv.events import Event, Phase, Progress
from localenv.stack import Need, Stack, Upstream
from localenv.stubs.journal import Unanswered
from tests.stubs.folders import folders


def event(subject, phase, state, detail="", took=None, seq=1):
    return Event(
        seq=seq,
        time=0,
        environment="shop-local-1",
        subject=subject,
        phase=phase,
        state=state,
        detail=detail,
        seconds=took,
    )


def shop(tmp_path):
    return Stack(
        name="shop",
        env="local",
        folder=tmp_path,
        services={},
        needs={"db": Need(name="db", kind="postgres", version="17", user="shop")},
        upstreams={
            "payments": Upstream(name="payments", server="localenv.stubs", sources=folders(tmp_path / "stubs/payments"))
        },
    )


STATUS = Status(
    environment="shop-local-1",
    engine="compose",
    state="ready",
    services=(
        Line(name="db", role="need", state="running", url="postgresql://127.0.0.1:2", version="17"),
        Line(name="api", role="service", state="running", url="http://127.0.0.1:1"),
        Line(
            name="payments", role="upstream", state="running", url="http://127.0.0.1:3", answered_by="stub", unmatched=0
        ),
    ),
)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (event("db", Phase.START, Progress.WORKING, "new"), "db: starting (new)"),
        (event("db", Phase.READY, Progress.DONE, took=1.24), "db: ready in 1.2 s"),
        (event("db.migrate", Phase.JOB, Progress.FAILED, "alembic"), "db.migrate failed (alembic)"),
        (event("", Phase.PLAN, Progress.UNCHANGED, "nothing changed"), "shop-local-1: nothing changed"),
    ],
)
def test_an_event_is_one_sentence(given, words):
    assert sentence(given) == words


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("state", Progress)
def test_every_event_can_be_told(phase, state):
    assert re.match("api:? ", sentence(event("api", phase, state)))


@pytest.mark.parametrize(
    ("duration", "words"), [(0.0312, "31 ms"), (0.46, "0.5 s"), (12.3, "12 s"), (125, "2 min 5 s")]
)
def test_durations_are_as_long_as_they_matter(duration, words):
    assert seconds(duration) == words


def test_progress_elsewhere_than_on_a_terminal_is_one_line_an_event_without_output(capsys):
    with progress(Form.PERSON) as listener:
        listener(event("db", Phase.START, Progress.WORKING))
        listener(event("api", Phase.LOG, Progress.WORKING, "#1 building"))
        listener(event("db", Phase.READY, Progress.DONE, took=1))

    assert capsys.readouterr() == ("", "db: starting\ndb: ready in 1.0 s\n")


def test_on_a_terminal_which_engine_and_why_stands_above_what_vanishes(monkeypatch):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")

    with progress(Form.PERSON) as listener:
        listener(event("", Phase.PLAN, Progress.DONE, "running natively: Docker is not running (unix:///x)"))
        listener(event("db", Phase.START, Progress.WORKING))

    lasting, vanishing = terminal.getvalue().split("\n", 1)
    assert lasting == "shop-local-1: running natively: Docker is not running (unix:///x)"
    assert "db" in vanishing


def test_progress_as_json_is_one_numbered_object_an_event(capsys):
    with progress(Form.JSON) as listener:
        listener(event("db", Phase.START, Progress.WORKING, 'a "b"\n'))
        listener(event("db", Phase.REMOVE, Progress.DONE))

    output = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["seq"] for one in output] == [1, 2]
    assert output[0]["detail"] == 'a "b"\n'
    assert set(output[0]) == {"v", "seq", "time", "environment", "subject", "phase", "state", "detail", "seconds"}


def test_progress_can_spare_standard_output_or_be_silent(capsys):
    with progress(Form.JSON, spare_stdout=True) as listener:
        listener(event("db", Phase.START, Progress.WORKING))
    with progress(Form.SILENT) as listener:
        listener(event("db", Phase.START, Progress.FAILED))

    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1


def drawn(rows, height=40, width=100):
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(rows)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_live_progress_is_one_line_a_subject_with_its_latest_state():
    rows = LiveRows(unicode=False)
    rows.show(event("db", Phase.START, Progress.WORKING, "new"))
    rows.show(event("db", Phase.READY, Progress.DONE, took=1.5))
    rows.show(event("api", Phase.BUILD, Progress.WORKING, "new"))
    rows.show(event("api", Phase.LOG, Progress.WORKING, "step [bold]2[/bold] of 3\x1b[2J"))

    ready, building = drawn(rows)
    assert ready.split() == ["+", "db", "ready", "1.5", "s"]
    assert building.split()[1:3] == ["api", "building"]
    assert building.endswith("step [bold]2[/bold] of 3 [2J")


def test_a_starting_row_shows_the_last_answer_of_its_probe_and_plain_lines_leave_it_out(capsys):
    answer = event("api", Phase.READY, Progress.WAITING, "GET / failed ([Errno 111] Connection refused)")
    rows = LiveRows(unicode=False)
    rows.show(event("api", Phase.START, Progress.WORKING, "new"))
    rows.show(answer)
    plain(answer)

    [line] = drawn(rows)

    assert line.split()[1:3] == ["api", "waiting"]
    assert line.endswith("GET / failed ([Errno 111] Connection refused)")
    assert capsys.readouterr().err == ""


def test_in_a_narrow_terminal_the_reason_is_cut_and_nothing_else():
    rows = LiveRows(unicode=False)
    rows.show(
        event("localenv.stubs", Phase.STUBS, Progress.WORKING, "a reason that is far too long for so little room")
    )

    [line] = drawn(rows, width=50)

    assert line.split()[1:4] == ["localenv.stubs", "loading", "stubs"]
    assert line.endswith("…")
    assert "a reason" in line


def test_in_a_narrow_terminal_a_long_subject_loses_its_middle_and_the_state_is_whole():
    rows = LiveRows(unicode=False)
    rows.show(event(f"a-service-{'x' * 60}-indeed", Phase.STUBS, Progress.WORKING, "new"))

    [line] = drawn(rows, width=80)

    assert line.split()[1].startswith("a-service-")
    assert line.split()[1].endswith("-indeed")
    assert "loading stubs" in line
    assert line.endswith("new")


def test_in_a_narrow_terminal_a_line_of_output_is_shown_behind_the_beginning_of_its_command():
    rows = LiveRows(unicode=False)
    rows.show(event("api", Phase.BUILD, Progress.WORKING, "new"))
    rows.show(event("api", Phase.LOG, Progress.WORKING, "pip install -r requirements.txt --no-deps: Collecting flask"))

    assert drawn(rows, width=70)[0].endswith("pip install -r requ…: Collecting flask")
    assert drawn(rows, width=110)[0].endswith("pip install -r requirements.txt --no-deps: Collecting flask")


def test_live_progress_of_more_than_fits_shows_what_works_and_counts_the_rest():
    rows = LiveRows()
    for number in range(30):
        rows.show(event(f"done-{number}", Phase.READY, Progress.DONE, took=1))
    rows.show(event("slow", Phase.START, Progress.WORKING))

    lines = drawn(rows, height=10)
    assert len(lines) == 2
    assert "slow" in lines[0]
    assert lines[1] == "  and 30 more"


def test_a_failure_is_the_reason_then_the_log_then_the_hint():
    error = JobError("db.migrate: exited with 1", log=["a", "\x1b[2Jb"], hint="try")
    error.add_note("and the clean-up failed: no engine")

    assert failure(error, io.StringIO()).splitlines() == [
        "error: db.migrate: exited with 1",
        "    a",
        "    b",
        "and the clean-up failed: no engine",
        "hint: try",
    ]


def test_mistakes_in_a_description_keep_their_places():
    at = Position(Path("envs/local.yaml").absolute(), 3, 5)
    error = DescriptionError([Problem("unknown key 'prot'", at, "port"), Problem("no file")])

    assert failure(error, io.StringIO()).splitlines() == [
        "error: 2 mistakes in the description",
        "envs/local.yaml:3:5: unknown key 'prot'",
        "    hint: port",
        "no file",
    ]


def test_columns_are_aligned_and_empty_ones_left_out():
    assert columns([("a", "", "long text"), ("bbb", "", "x")]) == ["a    long text", "bbb  x"]
    assert columns([("a", "", "b")], headings=("ONE", "TWO", "THREE")) == ["ONE  THREE", "a    b"]
    assert columns([]) == []


def test_the_summary_says_every_url_what_is_real_and_where_stubs_are_from(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = summary(STATUS, shop(tmp_path), io.StringIO(), took=4.21, critical_path="build api 3.1 s → api 0.4 s")

    assert text.splitlines() == [
        "shop-local-1 is ready after 4.2 s (engine: compose)",
        "",
        "  api       http://127.0.0.1:1        service   real",
        "  db        postgresql://127.0.0.1:2  need            postgres 17",
        "  payments  http://127.0.0.1:3        upstream  stub  stubs/payments",
        "",
        "slowest path: build api 3.1 s → api 0.4 s",
    ]


def test_the_critical_path_is_wrapped_between_its_steps():
    path = "build api 3.1 s → db 3.4 s → db.migrate 0.8 s → api 0.4 s"

    assert wrapped(path, 40) == ["build api 3.1 s → db 3.4 s", "  → db.migrate 0.8 s → api 0.4 s"]
    assert wrapped(path, 10) == ["build api 3.1 s", "  → db 3.4 s", "  → db.migrate 0.8 s", "  → api 0.4 s"]
    assert wrapped(path, 200) == [path]


@pytest.mark.parametrize(
    ("asked", "running", "shown"),
    [
        ("17", None, "17"),
        ("17", "17.6", "17"),
        ("17-alpine", "17.6", "17-alpine"),
        ("17", "18.4", "17 (running 18.4)"),
        ("1", "18.4", "1 (running 18.4)"),
        ("latest", "18.4", "latest (running 18.4)"),
    ],
)
def test_the_version_asked_for_and_the_one_that_runs_are_shown_where_they_differ(tmp_path, asked, running, shown):
    db = Line(name="db", role="need", state="running", version=asked, running_version=running)
    status = replace(STATUS, services=(db,))

    assert f"postgres {shown}\n" in summary(status, shop(tmp_path), io.StringIO(), took=1) + "\n"
    assert overview(status, io.StringIO()).endswith(f"  {shown}")


def test_another_major_version_than_asked_for_is_a_warning_in_colour(tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    db = Line(name="db", role="need", state="running", version="17", running_version="18.6", version_differs=True)
    status = replace(STATUS, services=(db,))

    for text in (summary(status, shop(tmp_path), io.StringIO(), took=1), overview(status, io.StringIO())):
        assert "17 (running 18.6)\x1b[0m" in text
        assert "\x1b[1;33mwarning:\x1b[0m \x1b[33mdb runs 18.6, not 17 as described\x1b[0m" in text


def test_what_a_person_should_know_of_how_a_service_runs_is_in_the_summary(tmp_path):
    api = Line(name="api", role="service", state="running", detail="ignored: compose: mem_limit")

    assert "ignored: compose: mem_limit" in summary(
        replace(STATUS, services=(api,)), shop(tmp_path), io.StringIO(), took=1
    )


def test_status_is_a_table_of_everything():
    lines = overview(STATUS, io.StringIO()).splitlines()

    assert lines[0] == "shop-local-1 is ready (engine: compose)"
    assert lines[2].split() == ["NAME", "ROLE", "STATE", "URL", "ANSWERED", "BY", "VERSION", "UNMATCHED"]
    assert lines[-1].split() == ["payments", "upstream", "running", "http://127.0.0.1:3", "stub", "0"]


def test_a_request_that_no_stub_matched_is_shown_with_the_nearest_and_a_stub_to_paste(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mapping = tmp_path / "stubs/payments/mappings/charges.json"
    mapping.parent.mkdir(parents=True)
    mapping.write_text("{}")
    one = Unanswered(
        upstream="payments",
        method="GET",
        url="/charge/1",
        time=0,
        times=3,
        nearest="a charge",
        source="payments/mappings/charges.json",
        differences=("URL /charge/1, the stub expects urlPath /charges/1",),
        mapping='{\n  "request": {}\n}',
    )

    assert finding(one, shop(tmp_path), io.StringIO()).splitlines() == [
        "payments: GET /charge/1 matched no stub, 3 times",
        "  nearest: a charge (stubs/payments/mappings/charges.json)",
        "    URL /charge/1, the stub expects urlPath /charges/1",
        "  a stub to paste into stubs/payments/mappings/:",
        "    {",
        '      "request": {}',
        "    }",
    ]


def test_a_request_to_no_upstream_is_a_finding_too(tmp_path):
    one = Unanswered(upstream="", method="GET", url="/x", time=0, host="api.partner.example")

    first, is_none_of, hint = finding(one, shop(tmp_path), io.StringIO()).splitlines()

    assert first == "unknown host: GET /x matched no stub"
    assert is_none_of == "  its Host header is api.partner.example, which is not one of payments"
    assert hint == "  to make it one of them, add to that upstream: hosts: [api.partner.example]"


def test_a_host_that_no_description_can_name_is_not_proposed(tmp_path):
    one = Unanswered(upstream="", method="GET", url="/x", time=0, host="[::1]:80")

    _, is_none_of, hint = finding(one, shop(tmp_path), io.StringIO()).splitlines()

    assert is_none_of == "  its Host header is [::1]:80, which is not one of payments"
    assert hint == "  `hosts:` of an upstream takes names and IPv4 addresses only: ask for it by one of these"


def test_lines_of_services_stand_under_aligned_names(capsys):
    stream = Stream(names=["api", "worker"])
    stream.line(LogLine(time=1, service="api", text="one"))
    stream.line(LogLine(time=1, service="worker", text="\x1b[2Jtwo"))
    stream.message("stubs reloaded")

    assert capsys.readouterr() == ("api    | one\nworker | two\n", "stubs reloaded\n")


def test_a_line_as_json_says_when_who_and_what():
    assert json.loads(json_line(LogLine(time=1.25, service="api", text="größe"))) == {
        "time": 1.25,
        "service": "api",
        "text": "größe",
    }
