"""Of two commands that watch an environment, one takes changes over."""

import os
from contextlib import ExitStack
from threading import Event

from localenv import paths
from localenv.environment.watch.alone import alone
from localenv.host.background import meanwhile
from localenv.host.waiting import until


def test_the_second_takes_changes_over_once_the_first_has_ended():
    paths.state("a")
    said: list[str] = []
    follows: list[str] = []

    def begin(name: str, blocks: ExitStack) -> None:
        def follow(over: Event) -> None:
            follows.append(name)
            over.wait()

        blocks.enter_context(meanwhile(lambda over: alone("a", follow, said.append, over)))

    with ExitStack() as second:
        with ExitStack() as first:
            begin("first", first)
            assert until(lambda: follows == ["first"], within=10)
            begin("second", second)
            assert until(lambda: bool(said), within=10)
            assert f"another command (pid {os.getpid()}) takes changes over" in said[0]
            assert follows == ["first"]
        assert until(lambda: follows == ["first", "second"], within=10)
