"""The architecture: layers, one home for each third-party package, imports at the top."""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from localenv.engines.choosing import ENGINES
from localenv.needs.kinds import KINDS
from localenv.stack.order import cycles
from tests.conftest import LONG

ROOT = Path(__file__).resolve().parents[1]

# each imports only from those above it
LAYERS = (
    ("errors", "host.background", "host.waiting"),  # the two modules of `host` that `process` uses
    ("stack", "paths", "process"),
    ("host", "redaction"),
    ("events",),
    ("sources",),
    ("needs", "stubs"),
    ("resolution",),
    ("rendering", "description", "data", "state", "settings"),
    ("secret_files", "planner", "guard"),
    ("engines", "importing"),
    ("plan",),
    ("environment",),
    ("__init__",),  # the public names, which the front ends use too
    ("console",),
    ("cli", "pytest_plugin"),
    ("__main__",),
)

# imports that the layers allow, but that are forbidden
STRANGERS = {
    "engines": {"description", "planner", "sources"},  # an engine uses the stack, not its source
    "guard": {"stack", "needs", "state", "description"},  # it outlives the process that started it, and must stay small
}

HOMES: Mapping[str, str | tuple[str, ...]] = {
    "pydantic": "description",
    "pydantic_core": "description",
    "yaml": "sources",
    "jinja2": "rendering",
    "openfeature": "stubs",
    "httpx": ("stubs", "pytest_plugin"),  # its fixtures give a test a client
    "jsonschema_rs": "stubs",
    "watchfiles": "host",
    "pact": "stubs",
    "aiosmtpd": "engines.native",
    "oidc_provider_mock": "needs",
    "authlib": "needs",  # what it is made with
    "moto": "engines.native",
    "werkzeug": "engines.native",
    "wiremock": "stubs",
    "python_on_whales": "engines.compose",
    "docker": "engines.compose",
    "requests": "engines.compose",
    "typer": "cli",
    "rich": "console",
    "cryptography": "secret_files",
    "pytest": "pytest_plugin",
}

# imports inside functions: each would slow down commands that do not need it
IN_FUNCTIONS: Mapping[str, set[str]] = {
    "__init__": {
        "environment.awaiting", "environment.doctor", "environment.down.removing", "environment.handle",
        "environment.initialising", "environment.lifecycle", "environment.request", "errors",
    },
    "__main__": {"cli", "host.bytecode"},
    "cli": {"cli.bugs"},
    "cli.commands": {"cli.sweeping", "importlib"},
    "cli.completing": {"environment.up.preparing"},
    "cli.env": {"environment.here.editors"},
    "cli.durations": {"sources.durations"},
    "cli.render": {"environment.ejecting"},
    "cli.signals": {"environment.down.removing"},
    "cli.up": {"cli.foreground", "cli.keys", "cli.several"},
    "cli.stages": {"console.summary", "environment.doctor"},
    "console.progress": {"console.live"},
    **{f"engines.{engine}": {f"engines.{engine}.engine", f"engines.{engine}.examining"} for engine in ENGINES},
    "engines.compose.examining": {"engines.compose.subnets"},
    "engines.compose.engine": {
        "engines.compose.built", "engines.compose.creating", "engines.compose.images", "engines.compose.prepared",
        "engines.compose.working", "engines.compose.writing",
    },
    "engines.compose.working": {"engines.compose.building"},
    "environment.overrides.ending": {"environment.lifecycle"},
    "environment.addresses": {"engines.here"},
    "environment.finding": {"environment.up.preparing"},
    "environment.lifecycle": {
        "environment.overrides.entries", "environment.overrides.real", "environment.overrides.recovering",
        "environment.overrides.scenarios", "environment.up.starting",
    },
    "environment.up.claiming": {"environment.up.starting"},
    "environment.tasks": {
        "environment.down.removing", "environment.here.restoring", "environment.overrides.ending",
        "environment.up.stub_restart",
    },
    "environment.locating": {"settings"},
    # the class is exported, and its import must cost next to nothing
    "environment.handle": {
        "environment.down.removing", "environment.leases", "environment.resetting", "environment.stopping",
        "environment.watching",
    },
    "environment.handle.overrides": {
        "environment.overrides.changes", "environment.overrides.faults", "environment.overrides.flags",
        "environment.overrides.observed", "environment.overrides.real", "environment.saved_stubs",
        "environment.overrides.scenarios", "environment.stubbing", "environment.overrides.upstreams",
        "environment.watching",
    },
    "environment.handle.programs": {
        "environment.clients", "environment.here.debugging", "environment.here.in_place",
        "environment.here.own_commands",
    },
    "environment.handle.reading": {
        "environment.addresses", "environment.deaths", "environment.mailing", "environment.logs.output",
        "environment.status",
    },
    "environment.handle.traffic": {
        "environment.contracts", "environment.explaining", "environment.recording", "environment.requests",
        "environment.stubbing", "environment.verifying",
    },
    "environment.request": {"environment.locating"},
    "environment.stub_traffic": {"environment.contracts", "environment.overrides.entries"},
    "environment.up.building": {"environment.logs.build_errors"},
    "environment.up.earlier": {"environment.overrides.entries", "environment.up.probing"},
    "environment.up.starting": {"environment.up.smoke", "stubs.admin"},
    "environment.up.service_starts": {"environment.overrides.need_faults"},
    "environment.up.stub_loading": {"environment.overrides.faults", "environment.overrides.entries"},
    "environment.stubbing": {"stubs.admin"},
    "environment.up.preparing": {"environment.overlays"},
    "engines.native.kinds": {
        "engines.native.wiremock",
        *(f"engines.native.kinds.{kind}" for kind in KINDS),
    },
    "needs.kinds": {f"needs.{kind}" for kind in KINDS},
    "needs.oidc.api": {"needs.oidc.login_page"},
    "needs.oidc.server": {"authlib", "oidc_provider_mock"},  # private modules, which a later version may not have
    "needs.s3.api": {"xml.etree"},
    "needs.wire": {"ssl"},
    "needs.smtp.snapshots": {"smtplib"},
    "pytest_plugin": {
        "pytest_plugin.ending", "pytest_plugin.matrices", "pytest_plugin.reports", "pytest_plugin.session",
        "pytest_plugin.sharing",
    },
    "pytest_plugin.settings": {"environment.finding"},
    "stubs.responder.handlers": {"stubs.responder.handlers.flags", "stubs.responder.handlers.resources"},
    "secret_files": {"cryptography"},
    "stubs.sources.openapi.contract": {
        "stubs.sources.openapi.judging", "stubs.sources.openapi.meaning", "stubs.sources.openapi.outlining",
        "stubs.sources.openapi.reading",
    },
    "stubs.sources.openapi.kept": {
        "stubs.sources.openapi.generated", "stubs.sources.openapi.reading", "stubs.sources.openapi.served",
    },
    "stubs.sources.pact": {
        "stubs.sources.pact.asking", "stubs.sources.pact.checking", "stubs.sources.pact.interactions",
    },
    "stubs.verification": {"pact"},
}  # fmt: skip

# modules missing in some Python builds: imported in a block that handles it
OPTIONAL: Mapping[str, set[str]] = {"engines.native.scripts.redis_cli": {"readline"}}

# modules that import a module by its name
BY_NAME = {
    "cli.commands",  # the module of the called command
    "pytest_plugin.drivers",  # the client library installed for the tests
}

# a script that runs separately, with only the standard library
ALONE = {"engines.native.scripts.training", "stubs.limiting"}


@dataclass(frozen=True)
class Import:
    """One imported module, and its position."""

    module: str
    line: int
    is_at_the_top: bool
    is_for_types: bool


@cache
def modules() -> Mapping[str, Path]:
    """Every module of the package by its name below it: `engines.compose.api`; a package is its `__init__`."""
    files = sorted((ROOT / "localenv").rglob("*.py"))
    named = {".".join(file.relative_to(ROOT / "localenv").with_suffix("").parts): file for file in files}
    return {name if name == "__init__" else name.removesuffix(".__init__"): file for name, file in named.items()}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text())


@cache
def imports(name: str) -> tuple[Import, ...]:
    found = []
    for statement, is_at_the_top, is_for_types in _statements(tree(name).body):
        for module in _imported(statement):
            found.append(Import(module, statement.lineno, is_at_the_top, is_for_types))
    return tuple(found)


def _statements(body: list[ast.stmt]) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    for statement in body:
        for_types = isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"
        for node in ast.walk(statement):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node, node is statement or for_types, for_types


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Full names; a name imported from a package may be a module."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    assert statement.module
    for alias in statement.names:
        whole = f"{statement.module}.{alias.name}"
        yield whole if whole.removeprefix("localenv.") in modules() else statement.module


def own(name: str) -> Iterator[Import]:
    """Imports of modules of this package, named as in `modules`."""
    for one in imports(name):
        if one.module.split(".")[0] == "localenv":
            below = one.module.removeprefix("localenv").removeprefix(".") or "__init__"
            yield Import(below, one.line, one.is_at_the_top, one.is_for_types)


@cache
def calls(name: str) -> tuple[str, ...]:
    """The names of the functions that a module calls, as written."""
    return tuple(ast.unparse(node.func) for node in ast.walk(tree(name)) if isinstance(node, ast.Call))


LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}


def part(name: str) -> str:
    """The unit in the layers: a top-level module, a top-level folder, or a module by its name."""
    return name if name in LAYER else name.split(".")[0]


def test_every_part_has_its_layer():
    assert {part(name) for name in modules()} <= set(LAYER)


def test_a_module_imports_only_from_the_layers_above_it():
    wrong = [
        f"{name}:{one.line} imports {one.module}"
        for name in modules()
        for one in own(name)
        if part(one.module) != part(name)
        and (LAYER[part(one.module)] >= LAYER[part(name)] or part(one.module) in STRANGERS.get(part(name), ()))
    ]

    assert not wrong


def test_front_ends_know_no_engine_by_name():
    wrong = [
        f"{name}:{one.line} imports {one.module}"
        for name in modules()
        if part(name) != "engines"
        for one in own(name)
        if one.module.startswith(tuple(f"engines.{engine}" for engine in ENGINES))
    ]

    assert not wrong


def test_no_module_outside_of_engines_compares_with_the_name_of_an_engine():
    wrong = [
        f"{name}:{node.lineno}"
        for name in modules()
        if part(name) in ("environment", "console", "cli", "pytest_plugin")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and side.value in ENGINES and "engine" in ast.unparse(node)
    ]

    assert not wrong


def test_nothing_is_imported_in_a_circle():
    graph = {name: [one.module for one in own(name) if not one.is_for_types] for name in modules()}

    assert not cycles(graph)


def homes(package: str) -> tuple[str, ...]:
    """The name prefixes of modules that may import a package."""
    home = HOMES.get(package, package)
    return tuple(f"{one}." for one in ((home,) if isinstance(home, str) else home))


def test_each_package_of_others_has_one_home():
    ours = sys.stdlib_module_names | {"localenv"}
    foreign = [(name, one.line, one.module.split(".")[0]) for name in modules() for one in imports(name)]

    wrong = [
        f"{name}:{line} imports {package}, which belongs to {HOMES.get(package, 'nobody')}"
        for name, line, package in foreign
        if package not in ours and not f"{name}.".startswith(homes(package))
    ]

    assert not wrong


def test_imports_stand_at_the_top_or_in_a_function_that_is_listed():
    found: dict[str, set[str]] = {}
    for name in modules():
        for one in imports(name):
            if not one.is_at_the_top:
                found.setdefault(name, set()).add(_short(one.module))

    assert found == {**IN_FUNCTIONS, **OPTIONAL}


def _short(module: str) -> str:
    """A module of localenv by its name in `modules`, a third-party package by its own."""
    ours = module.removeprefix("localenv.")
    if ours in modules() or module in sys.stdlib_module_names or module.split(".")[0] in sys.stdlib_module_names:
        return ours
    return next((known for known in (ours.rpartition(".")[0],) if known in modules()), module.split(".")[0])


def test_what_imports_by_name_is_known():
    late = {name for name in modules() for called in calls(name) if called.endswith(("import_module", "__import__"))}

    assert late == BY_NAME


def test_programs_given_as_text_import_what_is_there():
    programs = [
        ast.parse(node.value)
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Constant) and str(node.value).startswith(("import sys", "from localenv"))
    ]

    imported = [
        (module.removeprefix("localenv."), alias.name)
        for program in programs
        for statement in program.body
        if isinstance(statement, ast.ImportFrom)
        for module in _imported(statement)
        for alias in statement.names
    ]

    assert len(imported) == 2
    assert not [module for module, _ in imported if module not in modules()]
    assert not [one for one in imported if one[0].rpartition(".")[2] != one[1] and one[1] not in _defined(one[0])]


def _defined(name: str) -> set[str]:
    """The functions and classes of a module."""
    return {node.name for node in tree(name).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_only_one_module_starts_other_programs():
    starts = {"subprocess", "pty", "multiprocessing"}
    shells = ("os.system", "os.popen", "os.spawn", "os.posix_spawn")

    importing = {name for name in modules() for one in imports(name) if one.module in starts}
    calling = {name for name in modules() for called in calls(name) if called.startswith(shells)}

    assert importing == {"process", *ALONE}
    assert not calling


def test_docker_is_asked_through_its_package_but_for_one_module_that_looks():
    speaking = {
        name
        for name in modules()
        if name.startswith("engines.compose.")
        for one in imports(name)
        if one.module in ("http.client", "urllib.request", "httpx")
    }

    assert speaking == {"engines.compose.daemon"}


def test_only_one_module_starts_threads_and_one_lets_time_pass():
    threads = ("Thread", "PoolExecutor", "Timer", "start_new_thread")

    starting = {name for name in modules() for called in calls(name) if called.endswith(threads)}
    sleeping = {name for name in modules() for called in calls(name) if called.endswith("sleep")}

    assert starting == {"host.background"}
    assert sleeping == {"host.waiting", "engines.bridging.forward", "stubs.limiting"}  # both others run separately


def test_only_one_module_locks_files_and_one_writes_them_atomically():
    runs_separately = {f"engines.native.scripts.{name}" for name in ("bound", "gate", "spare", "training")}

    locking = {name for name in modules() for called in calls(name) if called.endswith("flock")}
    replacing = {name for name in modules() for called in calls(name) if called.endswith(("mkstemp", "os.replace"))}

    assert locking == {"host.locks", *runs_separately}
    assert replacing == {"host.files"}
    assert _replacing_files() == {
        "host.files",
        *ALONE,
        "guard.log",  # a log that is full gets another name
        "engines.native.mirror",  # a copy with its times
        "engines.native.wiremock.jar",  # a download that is checked first
    }


def _replacing_files() -> set[str]:
    """The modules that call `Path.replace`, which has one argument; that of texts has two, and that of values names."""
    return {
        name
        for name in modules()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "replace"
        if len(node.args) == 1 and not node.keywords
    }


def test_only_one_module_waits_repeatedly_until_something_is_over():
    waiting = {
        name
        for name in modules()
        for loop in ast.walk(tree(name))
        if isinstance(loop, ast.While)
        for node in ast.walk(loop.test)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "wait"
    }

    assert waiting == {"host.waiting"}


def test_names_of_own_files_stand_in_one_place():
    """Nothing adds a name to a path of `paths`; what users and upstreams name is not of its own."""
    of_others = {"environment.mounts", "rendering.templating", "stubs.sources.pack", "engines.native.caching"}

    naming = {
        name
        for name in modules()
        if not name.startswith("paths")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.left, ast.Call)
        if ast.unparse(node.left.func).startswith(("paths.", "caches."))
    }

    assert naming == of_others


def test_native_scripts_use_the_standard_library_alone():
    scripts = [name for name in modules() if name.startswith(("engines.native.scripts.", "engines.bridging.forward"))]

    packages = {one.module.partition(".")[0] for name in scripts for one in imports(name)}

    assert scripts
    assert packages <= sys.stdlib_module_names


def test_every_module_opens_with_a_sentence():
    opened = {name: (ast.get_docstring(tree(name)) or "").partition("\n\n")[0] for name in modules()}

    assert not [name for name, sentence in opened.items() if not sentence.endswith(".")]


def test_a_module_is_at_most_300_lines():
    lengths = {name: len(file.read_text().splitlines()) for name, file in modules().items()}

    assert not {name: length for name, length in lengths.items() if length > 300}


def test_no_function_of_a_package_has_the_name_of_one_of_its_modules():
    """Importing the module would replace the function, or the other way round: by what is imported first."""
    both = {
        f"{name}.{one.name}"
        for name in modules()
        for one in tree(name).body
        if isinstance(one, ast.FunctionDef | ast.ClassDef) and f"{name}.{one.name}" in modules()
    }

    assert not both


def test_no_two_types_share_a_name():
    homes: dict[str, list[str]] = {}
    for name in modules():
        for node in tree(name).body:
            if named := _type(node):
                homes.setdefault(named, []).append(name)

    assert not {name: where for name, where in homes.items() if len(where) > 1}


def _type(statement: ast.stmt) -> str:
    """The public class, or type alias, that a statement defines; empty for others."""
    match statement:
        case ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) if name[0].isupper() and name != name.upper():
            return name
    return ""


def test_no_private_name_of_a_module_is_left_without_use():
    unused: list[str] = []
    for name in modules():
        assigned = [one for one in tree(name).body if isinstance(one, ast.Assign | ast.AnnAssign)]
        names = [node for one in assigned for node in ast.walk(one) if isinstance(node, ast.Name)]
        private = {node.id for node in names if isinstance(node.ctx, ast.Store) and node.id[0] == "_" != node.id[1]}
        used = {
            node.id for node in ast.walk(tree(name)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        unused += [f"{name}: {one}" for one in private - used]

    assert not unused


def test_docker_is_looked_at_through_its_package_and_called_as_a_program_only_where_that_is_faster_or_has_a_terminal():
    engine = [name for name in modules() if name.startswith("engines.compose")]
    pinging = {name for name in engine if "AF_UNIX" in modules()[name].read_text()}
    calling = {name for name in engine for call in calls(name) if call.split(".")[-1] == "Invocation"}

    assert pinging == {"engines.compose.pulse"}  # whether it still answers
    # a start (measured in its docstring), `exec` in a terminal, the version of Compose for `doctor`
    assert calling == {f"engines.compose.{name}" for name in ("driving", "containers", "examining")}


def test_what_is_left_out_of_the_quick_tests_is_there():
    assert not [place for place in LONG if not place.exists()]
