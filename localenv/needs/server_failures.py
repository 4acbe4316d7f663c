"""What the server of a need does itself when it is to fail on demand."""

from collections.abc import Callable
from dataclasses import dataclass

from localenv.stack import Need

DISCONNECT, REFUSE, FULL = "disconnect", "refuse", "full"


@dataclass(frozen=True, kw_only=True)
class ServerFailure:
    """What a kind of server does itself: the words for its client, and those that undo it (empty: it does not last).

    With `is_setting` they change its configuration, which natively its users may not. With `of_database` they concern
    the need's own database alone.
    """

    words: Callable[[Need], tuple[str, ...]]
    undo: Callable[[Need], tuple[str, ...]] = lambda _: ()
    is_setting: bool = False
    of_database: bool = False
