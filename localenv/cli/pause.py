"""`localenv pause`."""

from localenv.cli import options, stopping


def command(
    words: stopping.ServiceWords,
    option: options.EnvOption = None,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Freeze services, needs or the stub server: they neither answer nor refuse connections.

    `localenv unpause` or `localenv start` continues them.
    """
    stopping.change("pause", words, option, name, quiet=quiet)
