"""The other commands, on the running sample."""

import subprocess
import sys

import httpx
import pytest
from dotenv import dotenv_values


def test_exec_runs_a_program_in_a_service_or_need_with_its_exit_code(sample):
    assert sample.run("exec", "api", "--", "python", "-c", "print(2 + 3)").out == "5\n"
    assert sample.run("exec", "db", "--", "sh", "-c", "exit 7", code=7).out == ""
    nobody = sample.run("exec", "nobody", "--", "true", code=2).err
    assert "unknown service or need 'nobody'\nhint: available: db, cache, api, worker" in nobody
    assert "missing command" in sample.run("exec", "api", "--", code=2).err


def test_exec_passes_on_standard_input(sample):
    assert sample.run("exec", "api", "--", "cat", stdin="grüße\n").out == "grüße\n"


def test_run_gives_a_program_the_addresses_of_everything_and_with_as_a_services_own_variables(sample):
    program = (sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))")

    plain = sample.run("run", "--", *program).document
    own = sample.run("run", "--as", "api", "--", *program).document

    assert plain["LOCALENV_API_URL"] == sample.url("api")
    assert plain["LOCALENV_DB_URL"] == sample.url("db")
    assert plain["LOCALENV_PAYMENTS_URL"] == sample.url("payments")
    assert "DATABASE_URL" not in plain
    assert own["DATABASE_URL"] == sample.url("db")
    assert own["PAYMENTS_URL"] == sample.url("payments")
    assert sample.run("run", "--", "sh", "-c", "exit 9", code=9)


def test_env_is_the_same_as_json_and_as_dotenv_for_a_parser_and_for_a_shell(sample, tmp_path):
    found = sample.run("env", "api", "--json").document
    written = tmp_path / "written.env"
    written.write_text(sample.run("env", "api").out)

    read = 'import json, os; print(json.dumps({k: os.environ[k] for k in ("DATABASE_URL", "CURRENCY")}))'
    script = f"set -a; . {written}; exec {sys.executable} -c '{read}'"
    shell = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout

    assert found["DATABASE_URL"] == sample.url("db")
    assert dotenv_values(written) == found
    assert f'"{found["DATABASE_URL"]}"' in shell


def test_open_prints_where_a_service_or_stub_is(sample):
    assert sample.run("open", "api", "--print").out == f"{sample.url('api')}\n"
    assert sample.run("open", "payments", "--print").out == f"{sample.url('payments')}\n"
    assert "localenv connect db" in sample.run("open", "db", code=2).err
    assert (
        "worker has no address\nhint: with an address: db, cache, payments, inventory, flags, api\n"
        in sample.run("open", "worker", code=2).err
    )
    assert "unknown service, need or upstream 'nobody'\nhint: available:" in sample.run("open", "nobody", code=2).err


def test_connect_opens_the_client_of_a_need_and_reads_what_is_piped_into_it(sample):
    assert " 1\n" in sample.run("connect", "db", stdin="select 1\n").out
    assert sample.run("connect", "cache", stdin="ping\n").out == "PONG\n"
    assert "unknown need 'api'" in sample.run("connect", "api", code=2).err


def test_ls_lists_the_environment_with_its_repository(sample):
    identity = sample.status()["environment"]

    (one,) = [one for one in sample.run("ls", "--json").document if one["environment"] == identity]

    assert one["state"] == "ready"
    assert one["repository"] == str(sample.folder)
    assert any(line.startswith(identity) and "ready" in line for line in sample.run("ls").out.splitlines())


def test_plan_shows_the_whole_stack_and_touches_nothing(sample):
    before = sample.instances()

    output = sample.run("plan", "demo").out

    for name in ("api", "worker", "db", "cache", "payments", "inventory", "db.migrate", "db.seed"):
        assert name in output
    assert sample.instances() == before


def test_commands_say_what_is_not_running_and_how_to_start_it(sample):
    output = sample.run("exec", "api", "--env", "ci", "--", "true", code=2).err

    assert "is not running" in output
    assert "localenv up ci" in output


def test_check_tells_every_mistake_with_its_place_and_starts_nothing(world):
    one = world()
    one.describe("""\
        name: shop
        services:
          api: {build: ../app, command: python app.py, prot: 8000, environment: {DB: "${data.url}"}}
          other: {build: ../nowhere, depends_on: [nobody]}
        upstreams:
          payments: {stubs: ../stubs/payments}
    """)

    output = one.run("check", code=2)
    started = one.up(code=2)

    assert output.out == ""
    for place, reason in {
        "envs/local.yaml:3:": "prot",
        "envs/local.yaml:4:": "nowhere",
        "envs/local.yaml:6:": "stubs/payments",
    }.items():
        assert any(line.startswith(place) and reason in line for line in output.err.splitlines()), output.err
    assert "hint:" in output.err
    assert started.err == output.err
    assert not one.left()


def test_check_says_ok_for_every_description_of_the_sample(sample):
    assert sample.run("check").out == "ok envs/ci.yaml\nok envs/demo.yaml\nok envs/local.yaml\n"


def compose(folder, *arguments):
    return subprocess.run(["docker", "compose", *arguments], cwd=folder, capture_output=True, text=True, timeout=90)


@pytest.mark.full  # as smaller ones in tests/engines/compose/test_jobs and tests/rendering
@pytest.mark.docker
def test_a_rendered_folder_runs_with_plain_docker_compose_and_takes_an_order(copy_of_sample, until):
    checkout = copy_of_sample()
    folder = checkout.folder / "ejected"
    try:
        assert "docker compose up" in checkout.run("render", str(folder)).out
        upped = compose(folder, "up", "--detach")
        assert upped.returncode == 0, upped.stderr
        api = f"http://{compose(folder, 'port', 'api', '8000').stdout.strip()}"

        until(lambda: answers(f"{api}/health"), "answer of the API")
        placed = httpx.post(f"{api}/orders", json={"sku": "lamp", "quantity": 2})

        assert placed.status_code == 201, placed.text
        assert not (folder / "stubs" / "localenv.stubs" / "__files").is_symlink()  # its relay has a link elsewhere
        assert "c-3" in compose(folder, "exec", "-T", "db", "psql", "-Uorders", "-c", "table customers").stdout
        again = compose(folder, "up", "--detach")
        assert again.returncode == 0, again.stderr
    finally:
        compose(folder, "down", "--volumes", "--rmi", "local")
        assert not compose(folder, "ps", "--all", "--quiet").stdout
        checkout.clean()


def answers(url):
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def test_render_prints_the_compose_file_the_same_for_every_run(sample):
    once, again = sample.run("render").out, sample.run("render").out

    assert once == again
    assert "127.0.0.1:${API_PORT:-}:8000" in once
    assert sample.url("db").split(":")[2].split("@")[0] not in once
