"""Bare clients of needs: options that connect them to their need, and scripts that add these wherever one is called."""

from collections.abc import Callable, Mapping, Sequence
from shlex import join

from localenv.needs.kinds import KINDS
from localenv.stack import Command, Need

_OWN_FILES = ("--no-defaults", "--defaults-", "--print-defaults")  # options that stand only in front of all others

_SCRIPT = """#!/bin/sh
# connects a bare {name} to the need '{need}': calls the next {name} on PATH with its login
own=${{0%/*}}
IFS=:
for folder in $PATH; do
    [ "${{folder%/}}" != "$own" ] && [ -x "$folder/{name}" ] || continue
    unset IFS
    case ${{1-}} in
        {own_files}) exec "$folder/{name}" "$@" ;;
    esac
    exec "$folder/{name}" {options} "$@"
done
echo "{name}: not found" >&2
exit 127
"""


def options(need: Need, argv: Sequence[str]) -> Command:
    """The options that a command in a need gets behind its first word: login and database for its bare client."""
    client = KINDS[need.kind].client
    if client is None or argv[0] not in client.bare or any(word.startswith(_OWN_FILES) for word in argv[1:2]):
        return ()
    return client.bare[argv[0]](need)[1:]


def may_call(need: Need, argv: Sequence[str]) -> bool:
    """Whether a command in a need may call a bare client of it that wants such options, and is not one itself."""
    client = KINDS[need.kind].client
    return client is not None and bool(client.bare) and argv[0] not in client.bare


def scripts(need: Need, resolved: Callable[[Command], Sequence[str]]) -> Mapping[str, str]:
    """For each bare client of a need a script of its name, for commands that call it: a shell, a script, a program.

    `resolved` resolves options, which hold no password.
    """
    client = KINDS[need.kind].client
    if client is None or not client.bare:
        return {}
    own_files = "|".join(f"{one}*" for one in _OWN_FILES)
    return {
        name: _SCRIPT.format(name=name, need=need.name, options=join(resolved(command(need)[1:])), own_files=own_files)
        for name, command in sorted(client.bare.items())
    }
