"""`localenv completion`."""

from typing import Annotated

from typer import Argument
from typer._completion_shared import get_completion_script  # the one of --show-completion

from localenv.cli import completing
from localenv.errors import UsageError

_SHELLS = ("bash", "zsh", "fish", "powershell")


def command(
    shell: Annotated[
        str,
        Argument(metavar="SHELL", help=f"One of {', '.join(_SHELLS)}.", autocompletion=completing.one_of(*_SHELLS)),
    ],
) -> None:
    """Print the completion script of a shell.

    bash: eval "$(localenv completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc, after compinit;
    fish: localenv completion fish > ~/.config/fish/completions/localenv.fish
    """
    if shell not in _SHELLS:
        raise UsageError(f"unknown shell '{shell}'", hint=f"one of {', '.join(_SHELLS)}")
    print(get_completion_script(prog_name="localenv", complete_var="_LOCALENV_COMPLETE", shell=shell))
