"""Variables as dotenv."""

import subprocess

from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from localenv.cli.env import dotenv, shell

TEXTS = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(TEXTS | st.text("'\"\\$`\n #!={}", max_size=20))
def test_a_shell_reads_every_value_back_exactly(text):
    script = f'{dotenv({"VALUE": text})}printf %s "$VALUE"'
    read = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout

    assert read.decode() == text


def test_readers_of_dotenv_files_read_usual_values_back(tmp_path):
    values = {
        "URL": "postgresql://orders:secret@127.0.0.1:5432/orders",
        "SPACED": "a b # c",
        "DOLLAR": "cost: $5 ${HOME}",
        "LINES": "one\ntwo",
        "EMPTY": "",
        "QUOTES": 'say "hi"',
        "APOSTROPHE": "it's",
    }
    (tmp_path / ".env").write_text(dotenv(values))

    assert dotenv_values(tmp_path / ".env", interpolate=False) == values


def test_a_name_that_a_shell_would_run_is_left_out(tmp_path):
    canary = tmp_path / "was-run"
    names = (f"A;{{touch,{canary}}};B", "C$(touch x)", "D E", "F\nG", "H-I", "1J", "", "K")
    written = dotenv(dict.fromkeys(names, "text"))

    subprocess.run(["bash", "-c", f'eval "{written}"'], check=True, cwd=tmp_path)

    assert written == "K=text\n"
    assert not canary.exists()


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_a_shell_exports_every_value(text):
    script = f"{shell({'VALUE': text, 'A;B': 'x'})}env -0"
    read = subprocess.run(["sh", "-c", script], capture_output=True, check=True, env={}).stdout

    assert f"VALUE={text}".encode() in read.split(b"\0")
