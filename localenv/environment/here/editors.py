"""What editors take to start a service in place: VS Code an entry of `launch.json`, PyCharm a run configuration."""

import json
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from localenv.environment.locating import contained_in
from localenv.errors import UsageError, shown
from localenv.host import files

_LAUNCH = Path(".vscode") / "launch.json"
_NEW = '{\n    "version": "0.2.0",\n    "configurations": []\n}\n'
_STRING = r'"(?:[^"\\]|\\.)*"'
_COMMENT = r"//[^\n]*|/\*.*?\*/"
_TOKEN = re.compile(rf"{_STRING}|{_COMMENT}|[\[\]{{}}:,]|[^\s\[\]{{}}:,\"/]+", re.DOTALL)


def vscode(service: str, argv: Sequence[str], env: str) -> dict[str, Any]:
    """An entry of `launch.json` that runs the service in place, under the debugger of its language."""
    words = ["run", *([env] if env != "local" else []), "--as", service, "--in-place"]
    named = {"name": f"localenv: {service}", "request": "launch"}
    program = Path(argv[0]).name if argv else ""
    if program in ("node", "npm", "npx", "yarn", "pnpm"):
        return {"type": "node", **named, "runtimeExecutable": "localenv", "runtimeArgs": words}
    if argv and program not in ("go", "java", "ruby", "php"):
        more = {"console": "integratedTerminal", "subProcess": True, "justMyCode": False}
        return {"type": "debugpy", **named, "module": "localenv", "args": words, **more}
    return {"type": "node-terminal", **named, "command": f"localenv debug {service}"}


def merged(text: str, entry: Mapping[str, Any]) -> str | None:
    """`launch.json` with an entry before the others; comments and layout stay.

    None if it has an entry of that name already; raises ValueError if it has no list of configurations.
    """
    if entry["name"] in _names(text):
        return None
    at, is_empty = _list(text)
    indent = " " * 8
    body = "\n".join(f"{indent}{line}" for line in json.dumps(entry, indent=4).splitlines())
    end = f"\n    {text[at:].lstrip()}" if is_empty else f",{text[at:]}"
    return f"{text[:at]}\n{body}{end}"


def write_vscode(repository: Path, entry: Mapping[str, Any]) -> str:
    """Merge an entry into `.vscode/launch.json`; returns what was done.

    Raises UsageError, with the entry to paste, for a file that cannot be merged into.
    """
    file = repository / _LAUNCH
    try:
        before = _before(repository, file)
        new = merged(_NEW if before is None else before, entry)
    except (ValueError, OSError) as error:
        hint = f"paste into its configurations:\n{json.dumps(entry, indent=4)}"
        raise UsageError(f"{shown(file)} is not changed: {error}", hint=hint) from error
    if new is None:
        return f"{shown(file)} has '{entry['name']}' already"
    files.save(file, new.encode(), within=repository)
    return f"{shown(file)}: added '{entry['name']}'"


def write_pycharm(repository: Path, service: str, env: str) -> str:
    """Write a shared run configuration, `.run/localenv SERVICE.run.xml`; returns what was done."""
    file = repository / ".run" / f"localenv {service}.run.xml"
    words = ["run", *([env] if env != "local" else []), "--as", service, "--in-place"]
    content = _pycharm(f"localenv {service}", words)
    before = _before(repository, file)
    if before is not None:
        return f"{shown(file)} exists already" if before != content else f"{shown(file)} is up to date"
    files.save(file, content.encode(), within=repository)
    return f"{shown(file)}: written"


def _before(repository: Path, file: Path) -> str | None:
    """The content of a file; None where there is none. Raises UsageError for what is no file of the repository."""
    if not os.path.lexists(file):
        return None
    if not contained_in(file, repository).is_file():
        raise UsageError(f"{shown(file)} is not a file")
    return file.read_text()


def _pycharm(name: str, words: Sequence[str]) -> str:
    options = {
        "SCRIPT_NAME": "localenv",
        "MODULE_MODE": "true",
        "PARAMETERS": shlex.join(words),
        "WORKING_DIRECTORY": "$PROJECT_DIR$",
        "EMULATE_TERMINAL": "true",
        "IS_MODULE_SDK": "true",
    }
    lines = "\n".join(f"    <option name={quoteattr(key)} value={quoteattr(text)} />" for key, text in options.items())
    return (
        '<component name="ProjectRunConfigurationManager">\n'
        f'  <configuration default="false" name={quoteattr(name)} type="PythonConfigurationType" '
        f'factoryName="Python">\n{lines}\n    <method v="2" />\n  </configuration>\n</component>\n'
    )


def _tokens(text: str) -> list[tuple[int, str]]:
    """The tokens of JSON with comments, each with its position, without comments."""
    found = [(one.start(), one[0]) for one in _TOKEN.finditer(text)]
    return [(at, word) for at, word in found if not word.startswith(("//", "/*"))]


def _list(text: str) -> tuple[int, bool]:
    """The position behind the bracket that opens `configurations`, and whether the list is empty."""
    tokens, depth = _tokens(text), 0
    for number, (_, word) in enumerate(tokens):
        if word in "{[":
            depth += 1
        elif word in "}]":
            depth -= 1
        following = [one for _, one in tokens[number + 1 : number + 4]]
        if depth == 1 and word == '"configurations"' and following[:2] == [":", "["]:
            return tokens[number + 2][0] + 1, following[2:] == ["]"]
    raise ValueError("it has no list of configurations")


def _names(text: str) -> set[str]:
    words = [word for _, word in _tokens(text)]
    pairs = zip(words, words[2:], strict=False)
    return {json.loads(value) for key, value in pairs if key == '"name"' and value.startswith('"')}
