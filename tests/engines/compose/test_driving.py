"""What a failed build of Docker's shows."""

import pytest

from localenv.engines.compose import driving

CHECKSUM = 'failed to calculate checksum of ref b9a2::w3r: "/conf/nope.txt": not found'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"failed to solve: failed to compute cache key: {CHECKSUM}", "conf/nope.txt is not in the build context"),
        ("failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN",
         "dockerfile parse error on line 2: unknown instruction: RUNN"),
    ],
)  # fmt: skip
def test_the_cause_comes_without_the_builders_own_words(line, message):
    found = driving.refusal("api: build failed", [f"#7 ERROR: {CHECKSUM}", line], "")

    assert found.message == f"api: build failed: {message}"


def test_a_failed_command_is_shown_as_it_was_written():
    line = r'process "/bin/sh -c echo \"a\" && exit 3" did not complete successfully: exit code: 3'

    assert driving.failed_step(line) == 'RUN echo "a" && exit 3, exit code: 3'


def test_a_base_image_that_cannot_be_had_has_its_name():
    lines = [
        "#2 [internal] load metadata for docker.io/library/python:3", "#2 DONE 0.1s",
        "#3 [api internal] load metadata for docker.io/nobody/x:1", "#3 ERROR: pull access denied",
    ]  # fmt: skip

    assert driving.failed_image(lines) == "docker.io/nobody/x:1"
    assert driving.failed_image(lines[:2]) == ""


def test_keys_that_contradict_one_another_are_told_of_their_own_service():
    line = (
        "services.api: can't set distinct values on 'cpus' and 'deploy.resources.limits.cpus': invalid compose project"
    )

    found = driving.refusal("cache cannot be started", [line], "")

    assert found.message.startswith("api: Compose refuses its keys: can't set distinct values on 'cpus'")
    assert found.hint == "correct the keys under compose: of api"
