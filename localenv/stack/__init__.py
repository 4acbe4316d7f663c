"""The stack: everything to run, as immutable values. The planner creates it; engines and templates read it."""

from localenv.stack.jobs import Job, Smoke, Stage
from localenv.stack.model import (
    Need,
    Real,
    RealEnvironment,
    Role,
    Scenario,
    Service,
    Stack,
    StubSource,
    Unmatched,
    Upstream,
)
from localenv.stack.parts import Build, Dependency, File, FileKind, Native, Setup, Volume, WatchExec, WatchRule
from localenv.stack.reaching import Connection, Port, Probe, ProbeKind, Reader
from localenv.stack.texts import Command, Mark, Reference, Template, shell_line, variable
from localenv.stack.walk import Spot, names, rewritten, templates, walk

__all__ = [
    "Build",
    "Command",
    "Connection",
    "Dependency",
    "File",
    "FileKind",
    "Job",
    "Mark",
    "Native",
    "Need",
    "Port",
    "Probe",
    "ProbeKind",
    "Reader",
    "Real",
    "RealEnvironment",
    "Reference",
    "Role",
    "Scenario",
    "Service",
    "Setup",
    "Smoke",
    "Spot",
    "Stack",
    "Stage",
    "StubSource",
    "Template",
    "Unmatched",
    "Upstream",
    "Volume",
    "WatchExec",
    "WatchRule",
    "names",
    "rewritten",
    "shell_line",
    "templates",
    "variable",
    "walk",
]
