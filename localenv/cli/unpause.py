"""`localenv unpause`."""

from localenv.cli import options, stopping


def command(
    words: stopping.ServiceWords,
    option: options.EnvOption = None,
    quiet: options.Quiet = False,
    name: options.Name = None,
) -> None:
    """Continue what was paused."""
    stopping.change("unpause", words, option, name, quiet=quiet)
