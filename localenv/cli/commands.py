"""All commands by name; each is loaded when it is called."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from localenv.cli import usage
from localenv.cli.groups import ungrouped
from localenv.environment import recovery
from localenv.errors import UsageError
from localenv.host import starting

ProgramWords = tuple[str, ...]  # the arguments after `--`


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One command: its help line, and whether it takes a program after `--`. Its module has the same name."""

    help: str
    program: bool = False


COMMANDS: Mapping[str, Entry] = {
    "up": Entry(help="Start environments; Ctrl-C, or the end of CMD, removes them.", program=True),
    "down": Entry(help="Remove environments and everything that belongs to them."),
    "extend": Entry(help="Extend the lease set with --for."),
    "status": Entry(help="Show services, needs and upstreams: state, URL, real or stub, unmatched requests."),
    "stop": Entry(help="Stop services, needs or the stub server of a running environment."),
    "start": Entry(help="Start what was stopped or paused, and wait until it is ready."),
    "restart": Entry(help="Stop and start services, needs or the stub server, and wait until they are ready."),
    "pause": Entry(help="Freeze services, needs or the stub server: they neither answer nor refuse connections."),
    "unpause": Entry(help="Continue what was paused."),
    "wait": Entry(help="Wait until an environment is ready."),
    "reset": Entry(help="Reset needs to the seeded data, and upstreams to their stubs, without a restart."),
    "logs": Entry(help="Show the output of services, merged by time."),
    "requests": Entry(help="Show the requests to upstreams, with bodies and the stub that matched."),
    "mail": Entry(help="Show the mails that were sent to a mail server of an environment."),
    "explain": Entry(help="Explain which stub answers a request, or why none does, with a stub to paste."),
    "notes": Entry(help="Show the notes of the description, with passwords."),
    "record": Entry(help="Record the traffic with a real service as stubs, without secrets.", program=True),
    "stub": Entry(help="Add a stub to an upstream while it runs, list the added stubs, or remove them."),
    "fault": Entry(help="Make an upstream or a need fail while it runs, list active failures, or end them."),
    "flags": Entry(help="List feature flags and how often each variant was evaluated, or change them."),
    "scenario": Entry(help="Activate a scenario of the description: its stubs, flags and failures together."),
    "real": Entry(help="Let the real server of an upstream answer in the place of its stubs, or list which ones do."),
    "clear": Entry(help="Remove the overrides of a running environment: all, or those of one upstream."),
    "plan": Entry(help="Show the resolved description; starts nothing."),
    "render": Entry(help="Print the Compose file, or write a folder to run without localenv."),
    "init": Entry(help="Write a description for this repository, from a Compose file or the repository's files."),
    "doctor": Entry(help="Check this machine: what works, what prevents `up`, and how to fix it."),
    "check": Entry(help="Check the descriptions and their stubs for mistakes; starts nothing."),
    "schema": Entry(help="Print the JSON Schema of the description, for editors."),
    "run": Entry(help="Run a program here with the variables of an environment.", program=True),
    "debug": Entry(help="Run a service here under its debugger, in place of its container or process.", program=True),
    "exec": Entry(help="Run a program inside a service or need; without one, a shell.", program=True),
    "env": Entry(help="Print the variables of a service, with addresses for this machine."),
    "open": Entry(help="Open a service in the browser, or print its URL."),
    "connect": Entry(help="Open the client of a need, such as psql or redis-cli.", program=True),
    "completion": Entry(help="Print the completion script of a shell."),
    "ls": Entry(help="List all environments on this machine."),
    "help": Entry(help="Show the help of a command; `help description` is the reference of envs/ENV.yaml."),
    "cache": Entry(help="List cached images, folders and data; `prune` removes unused entries."),
}


_REMOVING = (
    "down",
    "reset",
    "cache",
    "clear",
)  # never suggested for a mistyped command
_OF_OTHERS = {  # commands of Compose and the like; what removes something has no counterpart here
    "ps": "status", "list": "ls", "tail": "logs", "config": "plan", "build": "up --build",
    "shell": "exec", "sh": "exec", "ssh": "exec", "clean": "--help", "prune": "--help",
    "psql": "connect", "mysql": "connect", "redis-cli": "connect", "reload": "restart",
}  # fmt: skip


class ProgramEnded(Exception):  # noqa: N818 - the outcome, not an error
    """The program of the command has exited; the command exits with its code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


_TYPER_USAGE_ERROR: Any = typer.BadParameter.__bases__[0]


class _Escaped(Exception):  # noqa: N818 - an envelope
    """An exception that `main` handles instead of Typer."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, kw_only=True)
class Called:
    """The context of a command."""

    program: ProgramWords | None


class _Command(TyperCommand):
    """A command whose help shows arguments as `ENV` or `[SERVICE]...`, without types."""

    def invoke(self, ctx: Any) -> Any:
        starting.end()
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        arguments = [one for one in self.get_params(ctx) if one.param_type_name == "argument"]
        return ["[OPTIONS]", *map(_in_usage, arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        rows: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for one in self.get_params(ctx):
            record = one.get_help_record(ctx)
            if record is None:  # a hidden option
                continue
            name, help_text = record
            if one.param_type_name == "argument":
                rows["Arguments"].append((str(one.metavar), help_text.removesuffix("  [required]")))
            else:
                rows["Options"].append((name, help_text))
        for heading, found in rows.items():
            if found:
                with formatter.section(heading):
                    formatter.write_dl(found)


class _WithProgram(_Command):
    """A command that takes a program after `--`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "[-- CMD...]"]


def _in_usage(argument: Any) -> str:
    name: str = argument.metavar
    return name if argument.required or name.startswith("[") else f"[{name}]"


class Commands(TyperGroup):
    """The commands of the table; the module of a command is imported when it is called."""

    _is_listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command; for a listing only its help line."""
        if cmd_name not in COMMANDS:
            return None
        if self._is_listing:
            return TyperCommand(cmd_name, short_help=COMMANDS[cmd_name].help)
        return _loaded(cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The called command; raises UsageError for an unknown command, or a program that it does not take."""
        name = args[0] if args else ""
        if (
            name in COMMANDS
            and not COMMANDS[name].program
            and isinstance(ctx.obj, Called)
            and ctx.obj.program is not None
        ):
            taking = ", ".join(name for name, one in COMMANDS.items() if one.program)
            raise UsageError(f"`localenv {name}` takes no command after --", hint=f"commands that do: {taking}")
        if name and not name.startswith("-") and name not in COMMANDS:
            harmless = [one for one in COMMANDS if one not in _REMOVING]
            begun = [one for one in harmless if len(name) > 1 and one.startswith(name)]
            near = [_OF_OTHERS[name]] if name in _OF_OTHERS else begun if len(begun) == 1 else []
            near = near or get_close_matches(name, harmless, n=1, cutoff=0.7) or ["--help"]
            raise UsageError(f"unknown command '{name}'", hint=f"localenv {near[0]}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The table, without loading the commands."""
        with self._listing():
            super().format_commands(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Names and help lines, without loading the commands."""
        with self._listing():
            return super().shell_complete(ctx, incomplete)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; `main` handles an interrupt or a closed output, not Typer."""
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


def call(own: Sequence[str], program: ProgramWords | None) -> int:
    """Run a command and return its exit code; raises ProgramEnded, UsageError, and the errors of the command."""
    try:
        code = _application().main(
            args=list(own), prog_name="localenv", standalone_mode=False, obj=Called(program=program)
        )
    except SystemExit as ended:  # after a shell completion
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except _Escaped as escaped:
        raise escaped.error from None
    except _TYPER_USAGE_ERROR as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message(), err=True)
            return UsageError.exit_code
        called = " ".join(("localenv", *(set(own[:1]) & COMMANDS.keys())))
        raise usage.mistake(error, called) from None
    return code if isinstance(code, int) else 0


def program(ctx: typer.Context) -> ProgramWords:
    """The program after `--`; raises UsageError if it is missing."""
    found = cast(Called, ctx.obj).program
    if not found:
        raise UsageError("missing command", hint=f"localenv {ctx.info_name} … -- CMD [ARGUMENT…]")
    return found


def _application() -> Any:
    settings = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
    application = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        context_settings=settings,
        rich_markup_mode=None,  # its import takes longer than the rest of --help
        pretty_exceptions_enable=False,
    )
    application.callback()(_localenv)
    return get_command(application)


def _loaded(name: str) -> Any:
    one = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    module = import_module(f"localenv.cli.{name}")
    kind = _WithProgram if COMMANDS[name].program else _Command
    one.command(name, cls=kind, short_help=COMMANDS[name].help)(ungrouped(module.command))
    return get_command(one)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # takes longer than the rest of this module

        typer.echo(f"localenv {metadata.version('localenv')}")
        raise typer.Exit


def _localenv(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Ephemeral local environments: real services and databases, stubs for the services of others.

    `localenv up` starts the environment described in envs/local.yaml and removes it on Ctrl-C.
    """
    # the import is slow, and not needed without leftovers
    if recovery.is_due():
        from localenv.cli import sweeping

        sweeping.sweep()
