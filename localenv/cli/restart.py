"""`localenv restart`."""

from localenv.cli import options, stopping


def command(
    words: stopping.ServiceWords,
    option: options.EnvOption = None,
    timeout: stopping.ReadyTimeout = None,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Stop and start services, needs or the stub server, and wait until they are ready.

    Data of needs is kept. Exits with 5 if something does not become ready.
    """
    stopping.change("restart", words, option, name, quiet=quiet, ready=timeout)
