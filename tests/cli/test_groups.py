from dataclasses import dataclass
from inspect import signature
from typing import Annotated

import typer
from typer.testing import CliRunner

from localenv.cli.groups import ungrouped


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: Annotated[int, typer.Option("--status", help="Its status.")] = 200
    header: Annotated[list[str] | None, typer.Option()] = None


def test_the_fields_of_a_group_stand_in_its_place_as_options():
    found = []

    def command(words: list[str], *, answer: Answer, quiet: bool = False) -> None:
        found.append((words, answer, quiet))

    application = typer.Typer()
    application.command()(ungrouped(command))
    done = CliRunner().invoke(application, ["a", "--status", "503", "--header", "x", "--quiet"])

    assert list(signature(ungrouped(command)).parameters) == ["words", "status", "header", "quiet"]
    assert (done.exit_code, found) == (0, [(["a"], Answer(status=503, header=["x"]), True)])


def test_a_command_without_groups_stays_as_it_is():
    def command(word: str) -> None:
        pass

    assert ungrouped(command) is command
