"""Packages whose names are imported as they are first asked for."""

import subprocess
import sys
from types import ModuleType

import pytest

from localenv import description, environment

PACKAGES = pytest.mark.parametrize("package", [description, environment], ids=["description", "environment"])


@PACKAGES
def test_every_name_of_the_package_is_there_and_of_that_name(package: ModuleType) -> None:
    names = package.__all__
    assert [getattr(package, name).__name__ for name in names] == names


@PACKAGES
def test_another_name_is_an_error_as_usual(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("command", ["down", "ls", "extend", "cache"])
def test_a_command_that_reads_no_description_imports_nothing_that_does(command: str) -> None:
    told = f"import sys, localenv.cli.{command}; print(*({{'pydantic', 'yaml', 'jinja2', 'httpx'}} & set(sys.modules)))"
    done = subprocess.run((sys.executable, "-c", told), capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
