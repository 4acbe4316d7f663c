"""A file of SQL that another one includes."""

from pathlib import Path

from localenv.data import failures
from localenv.process import Completed
from localenv.stack import Job, Stage


def test_one_in_utf_16_which_no_client_reads_is_named(tmp_path: Path) -> None:
    (tmp_path / "more.sql").write_text("SELECT 1;\n", encoding="utf-16")
    job = Job(name="db.seed", stage=Stage.SEED, need="db", file=tmp_path / "main.sql")
    done = Completed(code=3, output="psql:more.sql:1: ERROR:  invalid byte sequence")

    failed = failures.statement(job, tmp_path / "more.sql", 1, "invalid byte sequence", done)

    assert failed.message.endswith("more.sql: an included file must be UTF-8, and this is UTF-16")
    assert "list it under seed: of db" in failed.hint
