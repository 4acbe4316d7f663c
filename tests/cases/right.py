"""What is right for each case, as its `expect.txt` says it; a function returns a word when an engine cannot run it."""

import gzip
import os
import stat
import subprocess
import sys
from collections.abc import Callable

from tests.cases.trial import CASES as FOLDER
from tests.cases.trial import Trial
from tests.world.waiting import until

OTHER = "only on the other engine;"


def base_image_rebuilt(trial: Trial) -> str | None:
    if trial.engine == "native":
        return OTHER
    for version in ("1", "2"):
        built = trial.run("docker", "build", "-q", "-t", "bg-f4-base:dev", "--build-arg", f"V={version}", "base")
        assert built.code == 0, built.text
        trial.up()
        assert trial.get("api", "/").strip() == f"base-{version}"
    return None


def causes_not_named(trial: Trial) -> None:
    script = trial.folder / "svc/crlf.sh"
    script.chmod(script.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    done = trial.localenv("up", "--detach")
    assert done.code, done.text
    assert "CRLF" in done.text, done.text
    trial.localenv("down")
    trial.replace("envs/local.yaml", "jobs:\n  crlf: {command: ./crlf.sh, service: api}\n", "")
    done = trial.localenv("up", "--detach")
    assert done.code, done.text
    assert "tcp: true" in done.text, done.text
    trial.localenv("down")
    trial.write(
        "envs/local.yaml",
        "services:\n  api: {image: python:3.13-slim, command: sleep 100, native: {command: sleep 100, working_dir: ..},"
        " environment: {D: '${db.url}'}}\nneeds:\n  db: {postgres: 17, seed: ../seeds/u16.sql}\n",
    )
    done = trial.localenv("up", "--detach")
    assert "UTF-16" in done.text or (done.code == 0), done.text


def class_fixture_rows(trial: Trial) -> None:
    done = trial.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert "2 passed" in done.text, done.text


def client_config_of_the_user(trial: Trial) -> None:
    trial.up()
    service = {"PGSERVICE": "prod", "PGSERVICEFILE": str(trial.folder / "pg_service.conf")}
    options = {"PGOPTIONS": "-c search_path=nowhere", "PGHOSTADDR": "127.0.0.2", "PGSSLMODE": "require"}
    count = "select count(*) from mine"
    for extra in (service, *({name: text} for name, text in options.items()), {**service, **options}):
        done = trial.localenv("connect", "db", "--", "-Atc", count, environment=extra)
        assert (done.code, done.out.strip()) == (0, "0"), (extra, done.text)
        done = trial.localenv("exec", "db", "--", "psql", "-Atc", count, environment=extra)
        assert (done.code, done.out.strip()) == (0, "0"), (extra, done.text)
        done = trial.localenv("exec", "api", "--", "sh", "-c", "env", environment=extra)
        assert not [name for name in extra if f"{name}=" in done.out], done.out
    trial.localenv("down")
    trial.replace("envs/local.yaml", "postgres: 17", "mariadb: 11")
    home = {"HOME": str(trial.folder / "home")}
    if trial.engine == "native" and not mariadb():
        return
    trial.up(environment=home)
    for words in (("connect", "db", "--", "-Ne", count), ("exec", "db", "--", "mariadb", "-Ne", count)):
        done = trial.localenv(*words, environment=home)
        assert (done.code, done.out.strip()) == (0, "0"), done.text
    trial.localenv("down", environment=home)


def csv_cr_only(trial: Trial) -> None:
    done = trial.localenv("up", "--detach")
    assert done.code in {0, 6}, done.text
    if done.code:
        assert "rows.csv" in done.text, done.text
    else:
        assert trial.sql("-Atc", "select count(*) from t").strip() == "2"


def csv_stray_quote(trial: Trial) -> None:
    done = trial.localenv("up", "--detach")
    assert done.code == 6, done.text
    assert "rows.csv" in done.text, done.text


def docker_config_proxies(trial: Trial) -> str | None:
    if trial.engine == "native":
        return OTHER
    trial.up(environment={"DOCKER_CONFIG": str(trial.folder / "dockerconfig")})
    assert trial.get("api", "/x") == "from the stub"
    return None


def dotenv_named_pipe(trial: Trial) -> None:
    pipe = trial.folder / ".env"
    os.mkfifo(pipe)
    with subprocess.Popen(["sh", "-c", "echo TOKEN=from-the-fifo > .env"], cwd=trial.folder) as writer:
        trial.up()
        pipe.unlink()
        done = trial.localenv("exec", "api", "--", "printenv", "TOKEN")
        assert done.out.strip() == "from-the-fifo", done.text
        writer.wait(5)


def dotenv_odd_lines(trial: Trial) -> None:
    checked(trial)
    trial.up()


def env_file_port(trial: Trial) -> None:
    trial.up()
    assert trial.get("api", "/") == "ok"
    assert trial.localenv("exec", "api", "--", "printenv", "LOG").out.strip() == "debug"


def foreign_host_header(trial: Trial) -> None:
    if trial.engine == "native":
        trial.write("envs/local.yaml", "upstreams:\n  billing: {stubs: ../stubs/billing}\n")
    trial.up()
    assert "invoices" in trial.get("billing", "/invoices", headers={"Host": "api.partner.example"})


def git_ignored_build_input(trial: Trial) -> None:
    trial.write("svc/dist/bundle.txt", "bundle-1\n")
    trial.up()
    assert trial.get("api", "/") == "bundle-1\n"
    trial.write("svc/dist/bundle.txt", "bundle-2\n")
    trial.up()
    assert trial.get("api", "/") == "bundle-2\n"
    trial.write("svc/dist/bundle.txt", "bundle-3\n")
    trial.localenv("down")
    trial.up()
    assert trial.get("api", "/") == "bundle-3\n"


def glob_characters_in_paths(trial: Trial) -> None:
    checked(trial)
    trial.up()
    assert trial.sql("-Atc", "select count(*) from t").strip() == "0"


def global_templating(trial: Trial) -> None:
    checked(trial, names="templat")
    trial.up()
    trial.replace("envs/local.yaml", "stubs: ../stubs/pay", "stubs: ../stubs/pay, templating: all")
    trial.up()
    assert trial.get("pay", "/t") == "/t"


def gzip_body_file(trial: Trial) -> None:
    trial.up()
    served = trial.fetch("pay", "/report")
    assert served == (trial.folder / "stubs/pay/__files/report.json.gz").read_bytes()
    assert gzip.decompress(served)


def large_objects(trial: Trial) -> None:
    trial.up()
    for change in ("lo_put((select o from doc), 0, 'HELLO')", "lo_create(0)", "lo_unlink((select o from doc))"):
        trial.sql("-c", f"select {change}")
        done = trial.localenv("reset")
        kept = trial.sql("-Atc", "select encode(lo_get(o), 'escape') from doc").strip()
        count = trial.sql("-Atc", "select count(*) from pg_largeobject_metadata").strip()
        assert (done.code, kept, count) == (0, "hello", "1") or done.code == 1, (change, kept, count, done.text)


def mappings_the_server_loads(trial: Trial) -> None:
    checked(trial)
    trial.up()
    for path in "abcdefg":
        trial.fetch("pay", f"/{path}")


def psql_include_beside_seed(trial: Trial) -> None:
    trial.up()
    assert trial.sql("-Atc", "select count(*) from t").strip() == "1"
    trial.localenv("down")
    trial.replace("envs/local.yaml", "../seeds/main.sql", "{command: psql -f ../seeds/main.sql, service: db}")
    # as psql itself has it, \\copy looks in the folder of the command
    done = trial.localenv("up", "--detach")
    assert done.code == 6
    assert "psql went on without a file: psql:../seeds/main.sql:2: error: rows.csv" in done.text, done.text


def second_database_made_by_seed(trial: Trial) -> None:
    trial.up()
    trial.sql("-d", "audit", "-c", "insert into a values (2)")
    done = trial.localenv("reset")
    rows = trial.sql("-d", "audit", "-Atc", "select count(*) from a").strip()
    assert rows == "1" or (done.code == 1 and "audit" in done.text), (rows, done.text)


def serial_after_csv(trial: Trial) -> None:
    trial.up()
    assert trial.sql("-qAtc", "insert into customers (name) values ('Eve') returning id").strip() == "3"


def server_settings(trial: Trial) -> str | None:
    trial.run(sys.executable, "make.py")
    if trial.engine == "native" and not mariadb():
        return "no mariadb here;"
    trial.replace("envs/local.yaml", "mariadb: 11,", "mariadb: 11, settings: {max_allowed_packet: 64M},")
    trial.up()
    assert trial.sql("-Ne", "select length(b) from big").strip() == "20000000"
    return None


def shell_operator_in_command(trial: Trial) -> None:
    checked(trial, names="&&")


def stop_grace_period(trial: Trial) -> str | None:
    if trial.engine == "native":
        return OTHER
    (trial.folder / "out").chmod(0o777)
    trial.up()
    trial.localenv("down")
    assert (trial.folder / "out/done").exists()
    return None


def webhook_to_a_service(trial: Trial) -> None:
    trial.up()
    trial.get("pay", "/charge")
    until(lambda: "CALLED /callback" in trial.localenv("logs", "api").text, "the callback")
    assert trial.get("pay", "/via") == "ok"


def checked(trial: Trial, *, names: str = "") -> None:
    """`localenv check` accepts it; or it names what is wrong, as a warning or an error."""
    done = trial.localenv("check")
    assert done.code == 0 or names, done.text
    assert names in done.text, done.text


def mariadb() -> bool:
    """Whether this machine has the server."""
    return any(os.access(f"{folder}/mariadbd", os.X_OK) for folder in ("/usr/sbin", "/usr/local/bin", "/usr/bin"))


Right = Callable[[Trial], str | None]
CASES: dict[str, Right] = {
    name.replace("_", "-"): right
    for name, right in list(globals().items())
    if callable(right) and (FOLDER / name.replace("_", "-")).is_dir()
}


def names() -> list[str]:
    """Every case, also one that nobody has said what is right for."""
    return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
