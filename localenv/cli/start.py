"""`localenv start`."""

from localenv.cli import options, stopping


def command(
    words: stopping.ServiceWords,
    option: options.EnvOption = None,
    timeout: stopping.ReadyTimeout = None,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Start what was stopped or paused, and wait until it is ready.

    The stub server gets its stubs and the added ones back. Exits with 5 if something does not become
    ready.
    """
    stopping.change("start", words, option, name, quiet=quiet, ready=timeout)
