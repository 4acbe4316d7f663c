"""Every command by name, each loaded only when it is called."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from localenv.environment import recovery
from localenv.errors import UsageError

Program = tuple[str, ...]  # what stands after `--`


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command: its help in one line, and whether a program may follow after `--`; its module has its name."""

    help: str
    program: bool = False


COMMANDS: Mapping[str, Command] = {
    "up": Command(help="Bring an environment up; Ctrl-C, or the end of CMD, removes it.", program=True),
    "down": Command(help="Remove an environment and everything that belongs to it."),
    "extend": Command(help="Prolong the lease of an environment."),
    "status": Command(help="Show what runs, what is real, and what no stub answered."),
    "reset": Command(help="Bring back the data as it was seeded; everything goes on running."),
    "logs": Command(help="Show what the services print, merged by time."),
    "plan": Command(help="Show what the description means, without touching anything."),
    "render": Command(help="Print the Compose file, or write a folder to run without localenv."),
    "check": Command(help="Find every mistake in the descriptions; starts nothing."),
    "schema": Command(help="Print the JSON Schema of the description, for editors."),
    "run": Command(help="Run a program here with the variables of an environment.", program=True),
    "exec": Command(help="Run a program inside a service or need.", program=True),
    "env": Command(help="Print the variables of a service, settled for this machine."),
    "open": Command(help="Open a service in the browser, or print its URL."),
    "connect": Command(help="Open the client of a need: psql, redis-cli, and so on.", program=True),
    "ls": Command(help="List every environment on this machine."),
    "cache": Command(help="Show what makes the next start faster; `prune` removes what is of no use any more."),
}


class ProgramEnded(Exception):  # noqa: N818 - the outcome, not an error
    """A program that localenv was asked to run has ended; its exit code is that of the command."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Escaped(Exception):  # noqa: N818 - an envelope
    """What Typer would answer for itself, on its way to `main`."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, kw_only=True)
class Called:
    """What a command finds in its context."""

    program: Program | None


class _WithProgram(TyperCommand):
    """A command whose usage shows that a program may follow."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- CMD...]"]


class Commands(TyperGroup):
    """The commands of the table; a module is imported when its command is called."""

    _is_listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Their names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command; while they are listed, no more than its help."""
        if cmd_name not in COMMANDS:
            return None
        if self._is_listing:
            return TyperCommand(cmd_name, short_help=COMMANDS[cmd_name].help)
        return _loaded(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called; raises UsageError for a program that it would not run."""
        name = args[0] if args else ""
        if (
            name in COMMANDS
            and not COMMANDS[name].program
            and isinstance(ctx.obj, Called)
            and ctx.obj.program is not None
        ):
            taking = ", ".join(name for name, one in COMMANDS.items() if one.program)
            raise UsageError(f"`localenv {name}` takes nothing after --", hint=f"these do: {taking}")
        if name and not name.startswith("-") and name not in COMMANDS:
            near = get_close_matches(name, COMMANDS, n=1)
            raise UsageError(f"there is no command '{name}'", hint=f"localenv {near[0] if near else '--help'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table, without loading any."""
        with self._listing():
            super().format_commands(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Names and help, without loading any."""
        with self._listing():
            return super().shell_complete(ctx, incomplete)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an interrupt or a closed output is for `main` to answer, not for Typer."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, EOFError, OSError) as error:
            raise _Escaped(error) from error

    @contextmanager
    def _listing(self) -> Iterator[None]:
        self._is_listing = True
        try:
            yield
        finally:
            self._is_listing = False


def call(own: Sequence[str], program: Program | None) -> int:
    """Run the command that is called, and return its exit code; raises ProgramEnded, and what the command raises."""
    try:
        _application().main(args=list(own), prog_name="localenv", obj=Called(program=program))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except _Escaped as escaped:
        raise escaped.error from None
    return 0


def program(ctx: typer.Context) -> Program:
    """The program after `--`; raises UsageError where there is none."""
    found = cast(Called, ctx.obj).program
    if not found:
        raise UsageError("say what to run after --", hint=f"localenv {ctx.info_name} … -- CMD [ARGUMENT…]")
    return found


def _application() -> Any:
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
    application = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        context_settings=settings,
        rich_markup_mode=None,  # its import costs more than all the rest of --help
        pretty_exceptions_enable=False,
    )
    application.callback()(_localenv)
    return get_command(application)


def _loaded(name: str) -> Any:
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    module = import_module(f"localenv.cli.{name}")
    kind = _WithProgram if COMMANDS[name].program else TyperCommand
    one.command(name, cls=kind, short_help=COMMANDS[name].help)(module.command)
    return get_command(one)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # costs more than all the rest of this module

        typer.echo(f"localenv {metadata.version('localenv')}")
        raise typer.Exit


def _localenv(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Ephemeral local environments: your service and its needs for real, stubs for everybody else.

    `localenv up` brings up what envs/local.yaml describes and removes it on Ctrl-C.
    """
    # whose removal is nothing that a command which finds none should import
    if recovery.is_due():
        from localenv.cli import sweeping

        sweeping.sweep()
