"""Names for what a Compose file has: valid, and different from one another."""

from collections.abc import Iterable
from itertools import chain

from localenv.description.names import NAME, fitted
from localenv.stack import variable

_TAKEN = ("env", "flags", "port", "bind", "self", "answer")


class Names:
    """Gives each thing a name that is still free."""

    def __init__(self) -> None:
        self._taken = {variable(name) for name in _TAKEN}

    def free(self, wanted: str, otherwise: Iterable[str] = ()) -> str:
        """The wanted name as far as it is valid and free, else one of the others, else one with a number."""
        first = (
            wanted if NAME.fullmatch(wanted) and len(wanted) <= 63 else fitted(wanted.replace(".", "-")) or "service"
        )
        more = (f"{first}-{number}" for number in range(2, 1000))
        name = next(one for one in chain((first, *otherwise), more) if variable(one) not in self._taken)
        self._taken.add(variable(name))
        return name
