"""`localenv stop`."""

from localenv.cli import options, stopping


def command(
    words: stopping.ServiceWords,
    option: options.EnvOption = None,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Stop services, needs or the stub server of a running environment.

    localenv stop api

    They stay stopped until `localenv start`, or the next `localenv up`; data of needs is kept. `localenv status` shows
    who stopped them. The stub server, `localenv.stubs`, forgets its requests.
    """
    stopping.change("stop", words, option, name, quiet=quiet)
