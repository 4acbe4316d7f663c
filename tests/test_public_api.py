import subprocess
import sys

import pytest

import localenv
from tests.world.repository import CHECKOUT

FROM_NOTHING = """
import sys
import localenv
print(sorted(name for name in sys.modules if name.startswith("localenv")))
"""


def test_importing_the_package_imports_nothing_else_of_it():
    done = subprocess.run([sys.executable, "-c", FROM_NOTHING], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['localenv']"


def test_an_interrupt_is_handled_before_anything_slow_is_imported():
    program = "import sys; from localenv.__main__ import main; sys.exit(str({'re', 'typing'} & set(sys.modules)))"
    argv = [sys.executable, "-S", "-c", program]  # without site, which may import them itself
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.stderr.strip() == "set()"


def test_importing_all_names_imports_only_their_classes_and_no_package_of_others():
    names = ", ".join(localenv.__all__)
    done = subprocess.run(
        [sys.executable, "-c", f"from localenv import {names}; {FROM_NOTHING.replace(chr(10), ';').strip(';')}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert len(done.stdout.split()) < 15, done.stdout


def test_importing_all_names_spares_slow_modules_of_the_standard_library():
    slow = "{'pathlib', 'typing', 'urllib'}"
    program = (
        f"import sys; from localenv import {', '.join(localenv.__all__)}; print(sorted({slow} & {{*sys.modules}}))"
    )
    argv = [sys.executable, "-S", "-c", program]  # without site, which may import them itself
    done = subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_every_public_name_is_there():
    assert {name: getattr(localenv, name).__name__ for name in localenv.__all__} == {
        name: name for name in localenv.__all__
    }


def test_another_name_is_none_of_its():
    with pytest.raises(AttributeError, match="no attribute 'upp'"):
        localenv.upp  # noqa: B018


def test_a_request_has_the_defaults_of_the_command_line(monkeypatch):
    for name, value in {"LOCALENV_ENV": "ci", "LOCALENV_ENGINE": "native", "LOCALENV_NAME": "mine"}.items():
        monkeypatch.setenv(name, value)

    usual, own = (
        localenv.Request.of(folder=CHECKOUT),
        localenv.Request.of("demo", folder=CHECKOUT, engine="auto", name="a"),
    )

    assert (usual.target.file.stem, usual.engine, usual.name) == ("ci", "native", "mine")
    assert (own.target.file.stem, own.engine, own.name) == ("demo", "auto", "a")
