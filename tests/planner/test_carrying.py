"""A key that a description and the stack call by one name needs no line in the planner."""

from dataclasses import dataclass
from pathlib import Path

from localenv.description.model import Model
from localenv.errors.problems import Position
from localenv.planner.carrying import carried

AT = Position(Path("local.yaml"), 2, 3)


class Described(Model):
    command: str
    port: int
    profiles: str = ""


@dataclass(frozen=True, kw_only=True)
class Stacked:
    name: str
    command: str
    port: str
    at: Position


def test_members_of_one_name_are_carried_with_the_position_except_converted_ones():
    model = Described.model_construct(command="serve", port=80).placed(AT)

    assert carried(model, Stacked, but=("port",)) == {"command": "serve", "at": AT}
