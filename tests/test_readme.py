"""The README is correct: its examples are parsed, and need nothing that they do not install."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from localenv import paths
from localenv.description.loading import load
from tests.world.repository import write

FILES = {  # files that the examples mention
    **{f"{folder}Dockerfile": "FROM scratch\n" for folder in ("", "envs/orders/", "web/")},
    **{f"stubs/{name}/mappings/a.json": '{"request": {}, "response": {}}' for name in ("payments", "rates")},
    "envs/seeds/customers.csv": "id\n",
    **dict.fromkeys(("envs/seeds/more.sql", "package.json", "package-lock.json"), ""),
    "envs/orders/requirements.txt": "",
}
README = Path(__file__).resolve().parents[1] / "README.md"
BRINGS_NPM = {"'localenv[native]", "npm"}  # the first from PyPI, the second with the system's packages


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", examples("yaml"))
def test_an_example_in_yaml_can_be_read(text: str) -> None:
    assert yaml.safe_load(text)


@pytest.mark.parametrize("text", [text for text in examples("yaml") if "services:" in text])
def test_an_example_of_a_description_can_be_loaded(text: str, tmp_path: Path) -> None:
    folder = write(tmp_path, FILES | {"envs/local.yaml": text})

    assert load(folder / "envs/local.yaml", repository=folder)


@pytest.mark.parametrize("text", examples("json"))
def test_an_example_in_json_can_be_read(text: str) -> None:
    assert json.loads(text)


def test_a_job_that_runs_natively_in_an_image_of_python_installs_what_brings_wiremock_3() -> None:
    jobs = [job for job in map(image_of_python, examples("yaml")) if job and "localenv[native]" in str(job)]
    assert jobs
    for job in jobs:
        installed = {word for line in job["script"] if "install" in line for word in line.split()}
        assert installed & BRINGS_NPM


def image_of_python(text: str) -> dict[str, Any] | None:
    """The GitLab job in an example."""
    found = yaml.safe_load(text).get("test")
    return found if isinstance(found, dict) and str(found.get("image", "")).startswith("python:") else None


@pytest.mark.docker
def test_the_example_in_python_prints_an_address_and_ready(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = [text for text in examples("python") if "from localenv import" in text]

    exec(compile(example, "README.md", "exec"), {})

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+\nready\n", capsys.readouterr().out)
    assert not paths.states()
