"""An exit after everything was ready is reported: in the foreground at once, otherwise by status."""

DESCRIPTION = """
    name: shop
    services:
      worker:
        image: python:3.13-slim
        command: [sh, -c, 'echo working; trap "echo no more work; exit 3" TERM; while :; do sleep 0.1; done']
        native: {working_dir: ..}
"""


def test_the_foreground_says_so_at_once_with_the_exit_code_and_the_last_lines(world):
    shop = world(app=False)
    shop.describe(DESCRIPTION)
    running = shop.ready()

    shop.end("worker")

    running.wait_for("worker exited (exit code 3); its last lines:\n    working\n    no more work\n")
    assert running.code is None  # the rest continues
    assert shop.status()["state"] == "failed"


def test_nothing_is_announced_of_what_down_ends(world):
    shop = world(app=False)
    shop.describe(DESCRIPTION)
    running = shop.ready()

    shop.run("down")

    running.wait()
    assert "exited" not in running.text


def test_status_says_so_after_a_detached_start_and_up_starts_it_again(world, until):
    shop = world(app=False)
    shop.describe(DESCRIPTION)
    shop.up()

    shop.end("worker")
    until(lambda: shop.status()["state"] == "failed")

    assert "worker exited (exit code 3); its last lines:\n    working\n    no more work\n" in shop.run("status").out
    assert shop.status()["detail"] == "worker exited (exit code 3)"
    inside = shop.run("exec", "worker", "--", "true", code=1).err
    assert inside == (
        "error: worker exited (exit code 3)\n"
        "hint: its log: localenv logs worker; start it again: localenv start worker\n"
    )
    assert "start worker (exited)" in shop.run("up", "--dry-run").out
    shop.up()
    assert shop.status()["state"] == "ready"
