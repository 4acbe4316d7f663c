"""An `up` in a second terminal that detaches: the first one reports it, and its final message is true."""

import signal

from tests.world.world import SMALL


def test_ctrl_c_in_the_first_leaves_it_up_and_says_who_keeps_it(shop):
    shop.describe(SMALL)
    first = shop.ready()

    shop.up()

    first.wait_for("detached by `localenv up --detach` in another terminal; Ctrl-C leaves the environment up")
    assert first.end(signal.SIGINT) == 130
    assert "removing " not in first.text
    assert "another process" not in first.text
    message = f"{shop.identity} is still up, `localenv up --detach` in another terminal keeps it"
    assert f"{message}; `localenv down {shop.identity}` removes it" in first.text
    assert shop.status()["state"] == "ready"


def test_it_is_removed_by_down_afterwards_and_the_first_says_so(shop):
    shop.describe(SMALL)
    first = shop.ready()
    shop.up()

    shop.run("down")

    assert first.wait() == 0
    assert "removed by localenv down in another terminal" in first.text
    assert not shop.left()
